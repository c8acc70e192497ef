//! The flow in `examples/studio-flow`: Studio would take it, and what it asks for is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use vestibule::http::openapi;

/// The widgets that Studio has, with the events that each of them knows.
const WIDGETS: &[(&str, &[&str])] = &[
    (
        "trigger",
        &[
            "incomingMessage",
            "incomingCall",
            "incomingConversationMessage",
            "incomingRequest",
            "incomingParent",
        ],
    ),
    ("set-variables", &["next"]),
    ("make-http-request", &["success", "failed"]),
    ("split-based-on", &["noMatch", "match"]),
    ("gather-input-on-call", &["keypress", "speech", "timeout"]),
    ("say-play", &["audioComplete"]),
    ("fork-stream", &["next"]),
    ("connect-call-to", &["callCompleted", "hangup"]),
];
/// What the host in its URLs is to be replaced by.
const HOST: &str = "REPLACE_WITH_HOST";
/// What stands before it: a key as a password.
const KEY: &str = "https://key:REPLACE_WITH_API_KEY@";

fn flow() -> Value {
    serde_json::from_str(include_str!("../../examples/studio-flow/pin-gate.json")).unwrap()
}

fn states(flow: &Value) -> BTreeMap<&str, &Value> {
    let states = flow["states"].as_array().unwrap();
    let named: BTreeMap<_, _> =
        states.iter().map(|state| (state["name"].as_str().unwrap(), state)).collect();
    assert_eq!(named.len(), states.len(), "two states have one name");
    named
}

fn transitions(state: &Value) -> &Vec<Value> {
    state["transitions"].as_array().unwrap()
}

/// The method and path of each request to the API.
fn requests(flow: &Value) -> Vec<(String, String)> {
    let requests = states(flow).into_values().filter(|state| state["type"] == "make-http-request");
    requests
        .map(|state| {
            let properties = &state["properties"];
            let url = properties["url"].as_str().unwrap();
            let path = url.strip_prefix(&format!("{KEY}{HOST}"));
            let path = path.unwrap_or_else(|| panic!("{url} has no key and host to replace"));
            (properties["method"].as_str().unwrap().to_lowercase(), path.to_owned())
        })
        .collect()
}

/// A path with what Liquid puts into it as a parameter.
fn is_at(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) =
        (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(expected, found)| {
            if expected.starts_with('{') { found.starts_with("{{") } else { expected == found }
        })
}

#[test]
fn every_state_is_a_widget_of_studios_and_leads_to_states_that_are_there() {
    let flow = flow();
    let states = states(&flow);

    assert!(states.contains_key(flow["initial_state"].as_str().unwrap()));
    for (name, state) in &states {
        let kind = state["type"].as_str().unwrap();
        let known = WIDGETS.iter().find(|(widget, _)| *widget == kind);
        let (_, events) = known.unwrap_or_else(|| panic!("{name}: Studio has no {kind}"));
        for transition in transitions(state) {
            let event = transition["event"].as_str().unwrap();
            assert!(events.contains(&event), "{name}: a {kind} has no event {event}");
            if let Some(next) = transition["next"].as_str() {
                assert!(states.contains_key(next), "{name}: {event} leads to no state: {next}");
            }
            let is_match = event == "match";
            assert_eq!(transition["conditions"].is_array(), is_match, "{name}: {event}");
        }
        assert!(state["properties"]["offset"]["x"].is_i64(), "{name} stands nowhere");
    }
}

#[test]
fn nothing_is_streamed_or_connected_but_by_a_pin_that_opens() {
    let flow = flow();
    let states = states(&flow);
    // Every way from the start that does not go through the answer "opens".
    let (mut open, mut seen) = (vec!["Trigger"], BTreeSet::new());
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        for transition in transitions(states[name]) {
            let opens = transition["conditions"][0]["value"] == "opens";
            open.extend(transition["next"].as_str().filter(|_| !opens));
        }
    }

    for (name, state) in &states {
        let kind = state["type"].as_str().unwrap();
        if ["fork-stream", "connect-call-to"].contains(&kind) {
            assert!(!seen.contains(name), "{name} is reached without a PIN");
        }
    }
    assert!(seen.contains("check_pin") && seen.contains("say_refused"), "{seen:?}");
    assert!(!seen.contains("probe_stream"));
}

#[test]
fn what_it_asks_for_is_in_the_document() {
    let flow = flow();
    let document = openapi::document();
    let requests = requests(&flow);

    assert_eq!(requests.len(), 4);
    let paths = document["paths"].as_object().unwrap();
    for (method, path) in &requests {
        let found = paths
            .iter()
            .any(|(template, methods)| is_at(template, path) && methods[method].is_object());
        assert!(found, "{method} {path} is no operation");
    }
}

#[test]
fn the_pins_request_is_one_that_the_api_reads_and_its_answers_are_the_ones_that_it_gives() {
    let flow = flow();
    let states = states(&flow);
    let body = states["check_pin"]["properties"]["body"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let document = openapi::document();

    let fields = document["components"]["schemas"]["PinCheckBody"]["properties"].clone();
    for field in body.as_object().unwrap().keys() {
        assert!(fields[field].is_object(), "{field} is no field");
    }
    assert_eq!(body["call_id"], "{{flow.sid}}");
    let described = &document["components"]["schemas"]["PinCheckView"]["properties"]["result"];
    for transition in transitions(states["what_came_of_it"]) {
        if let Some(word) = transition["conditions"][0]["value"].as_str() {
            let text = described["description"].as_str().unwrap();
            assert!(text.contains(&format!("`{word}`")), "{word}: {text}");
        }
    }
}

#[test]
fn its_readme_names_all_that_is_to_be_replaced() {
    let readme = include_str!("../../examples/studio-flow/README.md");
    let text = json!(flow()).to_string();
    let wanted: BTreeSet<&str> = text
        .match_indices("REPLACE_WITH_")
        .map(|(at, _)| {
            let rest = &text[at..];
            let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect();

    assert_eq!(wanted.len(), 4, "{wanted:?}");
    for word in wanted {
        assert!(readme.contains(&format!("`{word}`")), "{word}");
    }
}
