//! The OpenAPI document as a machine reads it: each operation, what its ids lead to, and an example of its body.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Fields whose name does not say which collection their id leads to.
const REFERENCES: &[(&str, &str)] = &[
    ("quiet_hours_id", "schedules"),
    ("backend_ids", "stream-backends"),
    ("backends", "stream-backends"),
];

/// What the build that is tested says of itself.
pub struct Document(Value);

/// One way to call the API.
#[derive(Clone, Debug)]
pub struct Operation {
    pub id: String,
    pub method: Method,
    /// With its parameters in braces.
    pub path: String,
    /// Whether anybody may call it.
    pub is_public: bool,
    /// Parameters of the query that are ids, and where they lead to.
    pub query_ids: Vec<(String, String)>,
    /// Parameters of the query that it can not do without, with their examples.
    pub query_examples: Vec<(String, String)>,
    /// Headers that it knows.
    pub headers: BTreeSet<String>,
    /// Its other parameters in the path, with their examples.
    path_examples: BTreeMap<String, String>,
    /// The media type of its body and an example, if it takes one.
    pub body: Option<(String, Value)>,
    /// Each place in the body that holds an id, and where that leads to.
    pub body_ids: Vec<BodyId>,
    /// Whether it says 201 when all is well.
    pub creates: bool,
}

/// A place in a body that holds an id.
#[derive(Clone, Debug, PartialEq)]
pub struct BodyId {
    /// The names on the way to it; `0` is the first of a list.
    pub way: Vec<String>,
    /// `buildings` and the like.
    pub collection: String,
    pub is_required: bool,
}

impl Document {
    pub fn of_this_build() -> Self {
        Self(serde_json::from_str(&vestibule::http::openapi::text()).unwrap())
    }

    /// Every operation of the API; probes are none of it.
    pub fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, methods) in self.0["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                if path.starts_with("/v1/") {
                    operations.push(self.operation(path, method, operation));
                }
            }
        }
        assert!(operations.len() > 25, "{} operations", operations.len());
        operations
    }

    fn operation(&self, path: &str, method: &str, said: &Value) -> Operation {
        let id = said["operationId"].as_str().unwrap().to_owned();
        let parameters: Vec<_> = said["parameters"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|found| self.resolved(found))
            .collect();
        let named = |place: &'static str| {
            parameters
                .iter()
                .filter(move |parameter| parameter["in"] == place)
                .map(|parameter| (parameter["name"].as_str().unwrap().to_owned(), parameter))
        };
        let shown = |(name, parameter): (String, &Value)| {
            let example = example_of(parameter).or_else(|| example_of(&parameter["schema"]));
            let example = example.unwrap_or_else(|| panic!("{id}: no example of {name}"));
            (name, plain(&example))
        };
        // A name that may be an id is tried as one.
        let may_be_id = |schema: &Value| {
            let ways = schema["anyOf"].as_array();
            ways.is_some_and(|ways| ways.iter().any(|way| way["format"] == "uuid"))
        };
        let is_id = |parameter: &Value| {
            parameter["schema"]["format"] == "uuid" || may_be_id(&parameter["schema"])
        };
        let path_examples =
            named("path").filter(|(_, parameter)| !is_id(parameter)).map(shown).collect();
        let query_examples = named("query")
            .filter(|(_, parameter)| parameter["required"] == true)
            .map(shown)
            .collect();
        let media = self.resolved(&said["requestBody"])["content"].clone();
        let media = media
            .as_object()
            .and_then(|types| types.iter().next())
            .map(|(name, media)| (name.clone(), media.clone()));
        let mut body_ids = Vec::new();
        let body = media.map(|(name, media)| {
            self.find_ids(&media["schema"], &mut Vec::new(), true, &mut body_ids, 0);
            let example = example_of(&media).or_else(|| self.example(&media["schema"]));
            (
                name,
                example.unwrap_or_else(|| panic!("{id}: nothing shows what its body looks like")),
            )
        });
        Operation {
            method: method.to_uppercase().parse().unwrap(),
            path: path.to_owned(),
            is_public: said["security"]
                .as_array()
                .is_some_and(|any| any.is_empty() || any.contains(&json!({}))),
            query_ids: named("query")
                .filter(|(name, parameter)| {
                    parameter["schema"]["format"] == "uuid" && name != "cursor"
                })
                .map(|(name, _)| (name.clone(), collection_of(&name)))
                .collect(),
            headers: named("header").map(|(name, _)| name).collect(),
            path_examples,
            query_examples,
            body,
            body_ids,
            creates: said["responses"]["201"].is_object(),
            id,
        }
    }

    /// What stands behind a `$ref`.
    fn resolved(&self, found: &Value) -> Value {
        match found["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap().clone(),
            None => found.clone(),
        }
    }

    /// An example of this schema, put together from those of its fields where it has none of its own.
    fn example(&self, schema: &Value) -> Option<Value> {
        let schema = self.resolved(schema);
        if let Some(example) = example_of(&schema) {
            return Some(example);
        }
        if let Some(parts) = schema["allOf"].as_array() {
            let mut whole = Map::new();
            for part in parts {
                whole.extend(self.example(part)?.as_object()?.clone());
            }
            return Some(Value::Object(whole));
        }
        if let Some(ways) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array()) {
            return ways
                .iter()
                .filter(|way| way["type"] != "null")
                .find_map(|way| self.example(way));
        }
        if let Some(fields) = schema["properties"].as_object() {
            let required = |name: &String| {
                schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)))
            };
            let mut whole = Map::new();
            for (name, field) in fields {
                match self.example(field) {
                    Some(example) => drop(whole.insert(name.clone(), example)),
                    None if required(name) => return None,
                    None => {}
                }
            }
            return Some(Value::Object(whole));
        }
        if schema["format"] == "uuid" {
            return schema["type"].is_string().then(|| json!(Uuid::nil()));
        }
        if schema["type"] == "array" {
            return self.example(&schema["items"]).map(|item| json!([item]));
        }
        (schema["type"] == "boolean").then_some(json!(false))
    }

    /// Walks through a schema to each id in it.
    fn find_ids(
        &self,
        schema: &Value,
        way: &mut Vec<String>,
        is_required: bool,
        found: &mut Vec<BodyId>,
        depth: u8,
    ) {
        let schema = self.resolved(schema);
        if depth > 20 {
            return;
        }
        if schema["format"] == "uuid" {
            let name = way.iter().rev().find(|name| *name != "0").unwrap();
            found.push(BodyId { way: way.clone(), collection: collection_of(name), is_required });
            return;
        }
        for part in ["allOf", "oneOf", "anyOf"] {
            for part in schema[part].as_array().into_iter().flatten() {
                self.find_ids(part, way, is_required, found, depth + 1);
            }
        }
        if schema["items"].is_object() {
            way.push("0".to_owned());
            self.find_ids(&schema["items"], way, false, found, depth + 1);
            way.pop();
        }
        for (name, field) in schema["properties"].as_object().into_iter().flatten() {
            let required =
                schema["required"].as_array().is_some_and(|names| names.contains(&json!(name)));
            way.push(name.clone());
            self.find_ids(field, way, is_required && required, found, depth + 1);
            way.pop();
        }
    }
}

impl Operation {
    /// The ids in its path: each with the collection that it leads to.
    pub fn path_ids(&self) -> Vec<(String, String)> {
        let segments: Vec<_> = self.path.split('/').collect();
        let mut ids = Vec::new();
        for (place, segment) in segments.iter().enumerate() {
            let name = segment.trim_start_matches('{').trim_end_matches('}');
            if segment.starts_with('{') && !self.path_examples.contains_key(name) {
                ids.push((name.to_owned(), segments[place - 1].to_owned()));
            }
        }
        ids
    }

    /// The path with these ids in the place of its parameters.
    pub fn path_with(&self, ids: &BTreeMap<String, Uuid>) -> String {
        let mut path = self.path.clone();
        for (name, id) in ids {
            path = path.replace(&format!("{{{name}}}"), &id.to_string());
        }
        for (name, example) in &self.path_examples {
            path = path.replace(&format!("{{{name}}}"), example);
        }
        path
    }

    /// The collection that it adds to or lists.
    pub fn collection(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// Reading what stands at its path.
    pub fn as_read(&self) -> Self {
        Self { method: Method::GET, body: None, ..self.clone() }
    }

    /// Whether it asks for a password or a code of the caller's own, which no example has.
    pub fn asks_for_a_secret(&self) -> bool {
        self.path.starts_with("/v1/me/")
    }

    /// Whether a firm gets something by it.
    pub fn makes_things(&self) -> bool {
        self.method == Method::POST && self.creates && !self.is_public && !self.asks_for_a_secret()
    }

    pub fn changes_something(&self) -> bool {
        self.method != Method::GET
    }
}

/// `building_id`, `building`, `entrances`, `resident_ids`: all lead to a collection by their name.
pub fn collection_of(field: &str) -> String {
    if let Some((_, collection)) = REFERENCES.iter().find(|(name, _)| *name == field) {
        return (*collection).to_owned();
    }
    let name = field.trim_end_matches("_ids").trim_end_matches("_id").replace('_', "-");
    match name.as_str() {
        plural if plural.ends_with("ses") || (plural.ends_with('s') && !plural.ends_with("ss")) => {
            name
        }
        hiss if hiss.ends_with("ss") => format!("{name}es"),
        other => match other.strip_suffix('y') {
            Some(stem) => format!("{stem}ies"),
            None => format!("{name}s"),
        },
    }
}

/// The example that stands here, however it is written.
fn example_of(said: &Value) -> Option<Value> {
    let named = said["examples"].as_object().and_then(|all| all.values().next());
    let value = named.map(|example| example["value"].clone());
    let listed = said["examples"].as_array().and_then(|all| all.first().cloned());
    let constant = said["const"].as_str().map(|only| json!(only));
    let chosen = said["enum"].as_array().and_then(|all| all.first().cloned());
    said.get("example").cloned().or(value).or(listed).or(constant).or(chosen)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
