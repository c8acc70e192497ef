//! What the vendor's own packages and OpenAPI document say about what we write. Skipped, with the reason, where they can not be had.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use serde_json::{Value, json};
use url::form_urlencoded;
use vestibule::application::ports::CarrierClient;
use vestibule::carriers::twilio::render::{interlude, sentence, twiml};
use vestibule::carriers::twilio::{Client, Signing, Unverified};
use vestibule::domain::call::script::{Mailboxes, Placement};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::twilio_people::{
    AUTH_TOKEN, CALL, HandClock, NOON, PUBLIC_URL, TOKEN, call, credentials, form, posted,
    signature,
};
use crate::twilio_render::{scripts, speech, urls};
use crate::twilio_rest::{in_room, outside, stream, twilio_at};
use crate::vonage_rest::placement;
use crate::vonage_vendor::{run, vendors_document, vendors_python};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn what_we_write_to_twilio_is_as_the_vendors_own_code_wants_it() {
    let python = match vendors_python() {
        Ok(python) => python,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("twilio-vendor");
    fs::create_dir_all(&directory).unwrap();
    let write =
        |name: &str, value: &Value| fs::write(directory.join(name), value.to_string()).unwrap();
    write("twiml.json", &documents());
    write("requests.json", &requests().await);
    write("webhooks.json", &webhooks());
    write("to_sign.json", &to_sign());

    let mut check = Command::new(python);
    check.arg(Path::new(PROJECT).join("tests/vendor/twilio_check.py")).arg(&directory);
    match vendors_document("twilio-voice-subset.json") {
        Some(document) => _ = check.arg(document),
        None => eprintln!(
            "skipped: no OpenAPI document of the vendor's here; VESTIBULE_SPECS may name the folder that holds twilio-voice-subset.json"
        ),
    }
    match vendors_declarations() {
        Ok(declarations) => _ = check.arg(declarations),
        Err(reason) => eprintln!("skipped: {reason}"),
    }
    let checked = check.output().unwrap();

    eprintln!("{}", String::from_utf8_lossy(&checked.stdout));
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    believes_what_the_vendors_validator_signed(&directory.join("signed.json"));
}

fn documents() -> Value {
    let text = |body: &[u8]| json!(String::from_utf8_lossy(body));
    let mut documents: serde_json::Map<String, Value> = scripts()
        .into_iter()
        .map(|(name, script)| (name.to_owned(), json!(twiml(&script, &urls()).to_string())))
        .collect();
    for (name, script) in scripts() {
        documents.insert(format!("{name}, in between"), json!(interlude(&script, &urls())));
    }
    let said = sentence(Some(&speech("One minute <left> & \"no\" more", "fr-CA")));
    documents.insert("sentence".to_owned(), text(&said.body));
    documents.insert("silence".to_owned(), text(&sentence(None).body));
    for language in [
        "af-ZA",
        "am-ET",
        "bg-BG",
        "ca-ES",
        "cs-CZ",
        "cy-GB",
        "da-DK",
        "el-GR",
        "en-AU",
        "en-GB-WLS",
        "en-IN",
        "en-US",
        "es-ES",
        "es-MX",
        "es-US",
        "fi-FI",
        "fil-PH",
        "fr-FR",
        "gu-IN",
        "he-IL",
        "hi-IN",
        "hu-HU",
        "id-ID",
        "is-IS",
        "it-IT",
        "ja-JP",
        "kn-IN",
        "ko-KR",
        "lv-LV",
        "ml-IN",
        "mr-IN",
        "ms-MY",
        "nb-NO",
        "nl-BE",
        "nl-NL",
        "pa-IN",
        "pl-PL",
        "pt-PT",
        "ro-RO",
        "ru-RU",
        "sk-SK",
        "sr-RS",
        "sv-SE",
        "ta-IN",
        "te-IN",
        "th-TH",
        "tr-TR",
        "uk-UA",
        "vi-VN",
        "yue-HK",
        "cmn-TW",
        "bn-IN",
        "ar-XA",
    ] {
        documents.insert(language.to_owned(), text(&sentence(Some(&speech("!", language))).body));
    }
    documents.into()
}

/// Everything that the client can ask for, as it went over the wire.
async fn requests() -> Value {
    let carrier = MockServer::start().await;
    let answer = json!({"sid": CALL, "calls": [], "conferences": []});
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_json(answer))
        .mount(&carrier)
        .await;
    let twilio = twilio_at(&carrier.uri(), Arc::new(HandClock::at_noon()));
    ask_for_everything(&twilio.client(TOKEN, &credentials())).await;

    let written = |text: &[u8]| -> Value {
        form_urlencoded::parse(text).map(|(name, value)| json!([name, value])).collect()
    };
    let requests = carrier.received_requests().await.expect("they are recorded");
    requests
        .iter()
        .map(|request| {
            let query = request.url.query().unwrap_or_default();
            json!({
                "method": request.method.as_str(),
                "path": request.url.path(),
                "query": written(query.as_bytes()),
                "form": written(&request.body),
            })
        })
        .collect()
}

async fn ask_for_everything(client: &Client) {
    let (inside, outside) = (in_room(), outside());
    let mailboxes = Mailboxes::HangUpOnMachine;
    client.place(&placement()).await.expect("placed");
    client.place(&Placement { mailboxes, ..placement() }).await.expect("placed");
    client.hang_up(&inside).await.expect("done");
    client.mute(&inside).await.expect("done");
    client.unmute(&inside).await.expect("done");
    client.hold(&inside).await.expect("done");
    client.resume(&inside).await.expect("done");
    for on in [&inside, &outside] {
        client.send_digits(on, "0123456789*#p").await.expect("done");
        client.say(on, "One minute left", "en-GB").await.expect("done");
    }
    client.start_stream(&inside, stream()).await.expect("done");
    client.stop_stream(&inside, stream()).await.expect("done");
    client.end_room(call(), inside.room.as_ref()).await.expect("done");
    client.end_room(call(), None).await.expect("done");
    for (_, script) in scripts() {
        client.redirect(&inside, &script).await.expect("done");
    }
    client.lets_us_in().await.expect("in");
    client.find(&placement(), NOON).await.expect("listed");
}

/// A form and a place, whom the vendor's validator believes or not; ours agrees, or is stricter.
fn webhooks() -> Value {
    let url = format!("{PUBLIC_URL}/hooks/twilio/t/voice?n=7");
    let pairs = [
        ("CallSid", CALL),
        ("CallerName", "José Ñandú & <co>"),
        ("FromZip", ""),
        ("Reason", " left "),
        ("ReasonConferenceEnded", "last-participant-left"),
    ];
    let good = signature(AUTH_TOKEN, &url, &pairs);
    let case = |name: &str, signature: &str, body: String, their_verdict: bool| {
        let webhook = Unverified {
            signature: vec![signature.to_owned()],
            body: body.clone().into(),
            ..posted("/hooks/twilio/t/voice?n=7", &pairs)
        };
        let ours = webhook.verify(&credentials(), Signing::Required, PUBLIC_URL);
        assert_eq!(ours.is_ok(), their_verdict, "{name}");
        json!({"name": name, "token": AUTH_TOKEN, "url": url, "signature": signature, "form": body, "their_verdict": their_verdict})
    };
    json!([
        case("good", &good, form(&pairs), true),
        case("another token", &signature("another", &url, &pairs), form(&pairs), false),
        case("another place", &signature(AUTH_TOKEN, PUBLIC_URL, &pairs), form(&pairs), false),
        case("one parameter less", &good, form(&pairs[1..]), false),
        case("trimmed", &good, form(&pairs).replace("+left+", "left"), false),
        case("cut short", &good[1..], form(&pairs), false),
    ])
}

fn to_sign() -> Value {
    let forms: [&[(&str, &str)]; 5] = [
        &[],
        &[("CallSid", CALL), ("Empty", "")],
        &[("Name", "J\u{fc}rgen \u{1f6aa}"), ("Body", " = & + % ")],
        &[("Reason", "x"), ("ReasonConferenceEnded", "y"), ("reason", "z")],
        &[("Digits", "5678"), ("Digits", "1234"), ("Digits", "1234")],
    ];
    let case = |pairs: &&[(&str, &str)]| json!({"token": AUTH_TOKEN, "url": format!("{PUBLIC_URL}/hooks/twilio/t/voice?n=7"), "form": form(pairs)});
    forms.iter().map(case).collect()
}

fn believes_what_the_vendors_validator_signed(file: &Path) {
    let signed: Vec<Value> =
        serde_json::from_slice(&fs::read(file).expect("written")).expect("JSON");
    assert!(!signed.is_empty());
    for webhook in signed {
        let text = |name: &str| webhook[name].as_str().expect("a text").to_owned();
        let signed = Unverified {
            signature: vec![text("signature")],
            body: text("form").into(),
            ..posted("/hooks/twilio/t/voice?n=7", &[])
        };
        let refusal = signed.verify(&credentials(), Signing::Required, PUBLIC_URL).err();
        assert_eq!(refusal, None, "{webhook}");
    }
}

/// What the vendor's package for Node.js declares of TwiML, fetched once and kept below the target folder.
fn vendors_declarations() -> Result<PathBuf, String> {
    let wanted = fs::read(Path::new(PROJECT).join("tests/vendor/package.json"))
        .map_err(|error| error.to_string())?;
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("vendor-node");
    let declarations = home.join("node_modules/twilio/lib/twiml/VoiceResponse.d.ts");
    if fs::read(home.join("package.json")).is_ok_and(|has| has == wanted) && declarations.is_file()
    {
        return Ok(declarations);
    }
    fs::create_dir_all(&home).map_err(|error| error.to_string())?;
    fs::write(home.join("package.json"), wanted).map_err(|error| error.to_string())?;
    run(Command::new("npm")
        .args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        .current_dir(&home))?;
    if declarations.is_file() { Ok(declarations) } else { Err("npm brought no types".to_owned()) }
}
