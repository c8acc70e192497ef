//! What the vendor's own packages and OpenAPI document say about what we write. Skipped, with the reason, where they can not be had.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vestibule::application::ports::CarrierClient;
use vestibule::carriers::vonage::render::ncco;
use vestibule::carriers::vonage::{Client, Refusal, Signing, Unverified};
use vestibule::domain::call::script::{Mailboxes, Placement};
use vestibule::domain::call::signal::CarrierLeg;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::vonage_people::{
    APPLICATION, HandClock, KEY, NOON, SECRET, TOKEN, claims, credentials, posted, token,
    token_with_header,
};
use crate::vonage_render::{scripts, urls};
use crate::vonage_rest::{on_leg, placement, vonage_at};

const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn what_we_write_is_as_the_vendors_own_code_wants_it() {
    let python = match vendors_python() {
        Ok(python) => python,
        Err(reason) => return eprintln!("skipped: {reason}"),
    };
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vonage-vendor");
    fs::create_dir_all(&directory).unwrap();
    let write =
        |name: &str, value: &Value| fs::write(directory.join(name), value.to_string()).unwrap();
    let (requests, tokens) = requests_and_tokens().await;
    write("nccos.json", &nccos());
    write("requests.json", &requests);
    write("tokens.json", &tokens);
    write("webhooks.json", &webhooks());
    write("to_sign.json", &to_sign());

    let mut check = Command::new(python);
    check.arg(Path::new(PROJECT).join("tests/vendor/vonage_check.py")).arg(&directory);
    match vendors_document("vonage-voice.yml") {
        Some(document) => _ = check.arg(document),
        None => eprintln!(
            "skipped: no OpenAPI document of the vendor's here; VESTIBULE_SPECS may name the folder that holds vonage-voice.yml"
        ),
    }
    let checked = check.output().unwrap();

    eprintln!("{}", String::from_utf8_lossy(&checked.stdout));
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    believes_what_the_vendors_library_signed(&directory.join("signed.json"));
}

fn nccos() -> Value {
    let written = |script| serde_json::to_value(ncco(&script, &urls())).expect("texts and numbers");
    scripts().into_iter().map(|(name, script)| (name.to_owned(), written(script))).collect()
}

/// Everything that the client can ask for, as it went over the wire.
async fn requests_and_tokens() -> (Value, Value) {
    let carrier = MockServer::start().await;
    let leg = json!({"uuid": "1c2f", "_embedded": {"calls": []}});
    let answer = ResponseTemplate::new(200).set_body_json(leg);
    Mock::given(any()).respond_with(answer).mount(&carrier).await;
    let vonage = vonage_at(&carrier.uri(), Arc::new(HandClock::at_noon()));
    ask_for_everything(&vonage.client(TOKEN, &credentials()).expect("a key")).await;

    let requests = carrier.received_requests().await.expect("they are recorded");
    let token = |request: &wiremock::Request| {
        let header = request.headers["authorization"].to_str().expect("a token").to_owned();
        header.trim_start_matches("Bearer ").to_owned()
    };
    let tokens = json!({
        "tokens": [token(&requests[0])],
        "application_id": APPLICATION,
        "private_key": KEY,
        "public_key": include_str!("../golden/vonage/test-application-key.pub.pem"),
    });
    let written = requests.iter().map(|request| {
        let query: serde_json::Map<String, Value> = request
            .url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), json!(value)))
            .collect();
        let body = serde_json::from_slice::<Value>(&request.body).unwrap_or_default();
        json!({"method": request.method.as_str(), "path": request.url.path(), "query": query, "body": body})
    });
    (written.collect(), tokens)
}

async fn ask_for_everything(client: &Client) {
    let at = on_leg(CarrierLeg { id: "1c2f".to_owned(), region: None });
    let mailboxes = Mailboxes::HangUpOnMachine;
    client.place(&placement()).await.expect("placed");
    client.place(&Placement { mailboxes, ..placement() }).await.expect("placed");
    client.hang_up(&at).await.expect("done");
    client.mute(&at).await.expect("done");
    client.unmute(&at).await.expect("done");
    client.hold(&at).await.expect("done");
    client.resume(&at).await.expect("done");
    client.send_digits(&at, "0123456789*#p").await.expect("done");
    client.listen_for_keys(&at).await.expect("done");
    for language in ["en-GB", "de-DE", "fr-FR", "cy-GB", "ar", "tlh"] {
        client.say(&at, "One minute left", language).await.expect("done");
    }
    for (_, script) in scripts() {
        client.redirect(&at, &script).await.expect("done");
    }
    client.find(&placement(), NOON).await.expect("listed");
}

/// The vendor's verifier looks at the signature, at `exp` and at an `iat` in the future: in all else we are stricter, by design.
fn webhooks() -> Value {
    let body = b"{}";
    // NOON is in the past of whoever runs this, or its future: the vendor's verdict must not hang on that.
    let old = |change: fn(&mut Value)| {
        let mut claims = claims(body);
        claims["iat"] = json!(1_600_000_000);
        change(&mut claims);
        claims
    };
    let good = old(|_| {});
    let case = |name: &str, token: String, their_verdict: bool| {
        let webhook =
            Unverified { authorization: vec![format!("Bearer {token}")], ..posted(&body[..]) };
        let at = time::OffsetDateTime::from_unix_timestamp(1_600_000_000).expect("a time");
        let ours = webhook.verify(&credentials(), Signing::Required, at);
        assert!(their_verdict || ours.is_err(), "{name}: we accept what the vendor refuses");
        json!({"name": name, "token": token, "secret": SECRET, "their_verdict": their_verdict})
    };
    json!([
        case("good", token(&good, SECRET), true),
        case("another secret", token(&good, "another"), false),
        case("no algorithm", token_with_header(&json!({"alg": "none"}), &good, ""), false),
        case("HS512", token_with_header(&json!({"alg": "HS512"}), &good, SECRET), false),
        case("cut short", token(&good, SECRET)[1..].to_owned(), false),
        case("expired", token(&old(|claims| claims["exp"] = json!(1_600_000_000)), SECRET), false),
        case("another issuer", token(&old(|claims| claims["iss"] = json!("Eve")), SECRET), true),
        case(
            "another body",
            token(&old(|claims| claims["payload_hash"] = json!("00")), SECRET),
            true
        ),
    ])
}

fn to_sign() -> Value {
    let bodies =
        ["{}", r#"{"to":"442079460000"}"#, "{\"from\":\"J\u{fc}rgen \u{1f6aa}\"}", "{ \"a\" : 1 }"];
    let mut claims = claims(b"");
    claims.as_object_mut().expect("an object").remove("payload_hash");
    bodies
        .iter()
        .map(|body| json!({"claims": claims, "secret": SECRET, "body": STANDARD.encode(body)}))
        .collect()
}

fn believes_what_the_vendors_library_signed(file: &Path) {
    let signed: Vec<Value> =
        serde_json::from_slice(&fs::read(file).expect("written")).expect("JSON");
    assert!(!signed.is_empty());
    for webhook in signed {
        let text = |name: &str| webhook[name].as_str().expect("a text").to_owned();
        let body = STANDARD.decode(text("body")).expect("base64");
        let signed =
            Unverified { authorization: vec![format!("Bearer {}", text("token"))], ..posted(body) };
        let refusal: Option<Refusal> = signed.verify(&credentials(), Signing::Required, NOON).err();
        assert_eq!(refusal, None, "{webhook}");
    }
}

/// A Python that has the vendors' packages, made once and kept below the target folder.
pub fn vendors_python() -> Result<PathBuf, String> {
    static PYTHON: LazyLock<Result<PathBuf, String>> = LazyLock::new(make_python);
    PYTHON.clone()
}

fn make_python() -> Result<PathBuf, String> {
    let requirements = Path::new(PROJECT).join("tests/vendor/requirements.txt");
    let wanted = fs::read(&requirements).map_err(|error| error.to_string())?;
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("vendor");
    let python = home.join("bin/python");
    let installed = home.join("requirements.txt");
    if fs::read(&installed).is_ok_and(|has| has == wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
        .args(["--timeout", "15", "--retries", "1", "--requirement"])
        .arg(&requirements))?;
    fs::write(&installed, wanted).map_err(|error| error.to_string())?;
    Ok(python)
}

pub fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    let why = String::from_utf8_lossy(&output.stderr);
    let why = why.lines().last().unwrap_or_default();
    if output.status.success() { Ok(()) } else { Err(format!("{command:?}: {why}")) }
}

/// A vendor's OpenAPI document: where the environment says, or in a folder beside the project.
pub fn vendors_document(name: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "tests have no boot that reads it for them")]
    let told = std::env::var("VESTIBULE_SPECS").map(PathBuf::from).ok();
    let beside = Path::new(PROJECT)
        .parent()
        .and_then(|parent| fs::read_dir(parent).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("providers/specs")));
    told.into_iter().chain(beside).map(|folder| folder.join(name)).find(|file| file.is_file())
}
