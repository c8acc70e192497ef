//! Prompts, as carriers fetch them that do not speak: rendered in advance, sent by managers, or a signal that tells the visitor to go on.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::application::ports::{Directory, LineCalled, LineKey};
use vestibule::domain::call::script::{Sound, Speech};
use vestibule::domain::ids::TenantId;
use vestibule::domain::phone_number::Caller;
use vestibule::domain::policy::Policy;
use vestibule::domain::policy::capabilities::{Capabilities, Meeting};
use vestibule::prompts::recordings::Round;
use vestibule::prompts::wav::{HEADER_BYTES, check_wav, wav};
use vestibule::prompts::{Part, Prompt, PromptUrls, Recordings, Voice};
use vestibule::simulator::sound::{Clip, examine};
use vestibule::store::Store;
use vestibule::store::directory::PgDirectory;

use crate::harness::door::{Door, Manager, Transport};

const SOON: &str = "public, max-age=300";

/// The demo building behind a carrier that plays files only, as far as prompts are told.
struct House {
    door: Door,
    manager: Manager,
    tenant: TenantId,
    line: String,
}

impl House {
    async fn open() -> Self {
        let door = Door::open(Transport::Database).await;
        let manager = door.manager().await;
        let tenant: Uuid = text(&manager.get("/v1/tenants/me").await, "id").parse().unwrap();
        let line = text(&manager.get("/v1/lines").await["items"][0], "id");
        Self { door, manager, tenant: tenant.into(), line }
    }

    fn store(&self) -> Store {
        self.door.rooms.as_ref().unwrap().store.clone()
    }

    fn recordings(&self, voice: Option<Voice>) -> Recordings {
        Recordings::new(self.urls(), Arc::new(self.store()), voice)
    }

    fn urls(&self) -> PromptUrls {
        PromptUrls::new(&self.door.api, &self.store().prompt_key())
    }

    fn directory(&self) -> PgDirectory {
        PgDirectory::new(self.store(), |_| {
            Some(Capabilities {
                speech: false,
                meeting: Meeting::InScript { at_most: 5 },
                ..Capabilities::EVERYTHING
            })
        })
    }

    async fn policy(&self) -> Policy {
        let line: Uuid = self.line.parse().unwrap();
        let called = LineCalled { tenant: self.tenant, line: LineKey::Id(line.into()) };
        self.directory().policy(called, Caller::Withheld).await.unwrap().unwrap()
    }

    async fn render(&self, voice: Voice) -> Round {
        let recordings = self.recordings(Some(voice));
        recordings.render_missing(&self.directory(), &["vonage"]).await.unwrap()
    }

    /// A sentence of the line's, as the API lists it.
    async fn listed(&self, text: &str) -> Value {
        let listed = self.manager.get(&format!("/v1/lines/{}/prompts", self.line)).await;
        let items = listed["items"].as_array().unwrap().clone();
        let found = items.iter().find(|item| item["text"] == text);
        found.unwrap_or_else(|| panic!("no {text}: {listed:#}")).clone()
    }

    async fn upload(&self, hash: &str, media_type: &str, file: Vec<u8>) -> (u16, Value) {
        upload(&self.manager, hash, media_type, file).await
    }

    async fn delete(&self, hash: &str) -> StatusCode {
        let request = self.manager.request(Method::DELETE, &format!("/v1/prompts/{hash}"));
        request.send().await.unwrap().status()
    }

    async fn heard(&self, parts: impl IntoIterator<Item = Part>) -> Fetched {
        fetched(&self.urls().of(self.tenant, &Prompt::of(parts))).await
    }
}

/// A file as a carrier got it.
#[derive(Debug, PartialEq)]
struct Fetched {
    status: u16,
    cached: String,
    etag: String,
    file: Vec<u8>,
}

async fn fetched(url: &str) -> Fetched {
    read(reqwest::get(url).await.unwrap()).await
}

async fn read(response: Response) -> Fetched {
    let header = |name: &str| {
        response.headers().get(name).map(|it| it.to_str().unwrap().to_owned()).unwrap_or_default()
    };
    let (status, cached, etag) =
        (response.status().as_u16(), header("cache-control"), header("etag"));
    if status == 200 {
        assert_eq!(header("content-type"), "audio/wav");
        assert!(!header("content-length").is_empty());
    }
    Fetched { status, cached, etag, file: response.bytes().await.unwrap().to_vec() }
}

async fn upload(manager: &Manager, hash: &str, media: &str, file: Vec<u8>) -> (u16, Value) {
    let request = manager.request(Method::PUT, &format!("/v1/prompts/{hash}"));
    let response = request.header("Content-Type", media).body(file).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field}: {value}")).to_owned()
}

fn goodbye() -> Part {
    say("Goodbye.")
}

fn say(text: &str) -> Part {
    Part::Speech(Speech { text: text.into(), language: "en-GB".into() })
}

/// What a manager sends: a note of its own, so many milliseconds long.
fn note(milliseconds: usize) -> Vec<u8> {
    let samples: Vec<i16> =
        (0..milliseconds * 8).map(|at| if at % 8 < 4 { 9_000 } else { -9_000 }).collect();
    wav(&samples).to_vec()
}

/// Where a program is that says the same to everything: a quarter second of noise. Written once a run, before anybody starts it.
static PARROT: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("parrot");
    std::fs::create_dir_all(&folder).unwrap();
    let noise: Vec<i16> =
        (0..2_000).map(|at: i32| i16::try_from(at * 7_919 % 12_000).unwrap()).collect();
    std::fs::write(folder.join("noise.wav"), wav(&noise)).unwrap();
    let program = folder.join("espeak-ng");
    let script = format!(
        "#!/bin/sh\nPATH=/usr/bin:/bin\nif [ \"$1\" = --voices ]; then echo Pty Language; echo 5 en-gb; exit 0; fi\n\
         cat >/dev/null\ncat '{}'\n",
        folder.join("noise.wav").display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
});

fn parrot() -> Voice {
    Voice::installed_in(std::slice::from_ref(&*PARROT)).unwrap()
}

#[actix_web::test]
async fn what_a_manager_sends_is_heard_in_place_of_what_is_rendered_until_it_is_deleted() {
    let house = House::open().await;

    let first = house.render(parrot()).await;
    let again = house.render(parrot()).await;
    let rendered = house.heard([goodbye()]).await;
    let listed = house.listed("Goodbye.").await;
    let hash = text(&listed, "hash");
    let (status, sent) = house.upload(&hash, "audio/wav", note(500)).await;
    let uploaded = house.heard([goodbye()]).await;
    let after = house.render(parrot()).await;
    let listed_after = house.listed("Goodbye.").await;
    let (_, _) = house.upload(&hash, "audio/x-wav; charset=binary", note(600)).await;
    let replaced = house.heard([goodbye()]).await;
    let deleted = house.delete(&hash).await;
    let back = house.heard([goodbye()]).await;

    // Who is rung, that nobody answers, that the talk ends soon, and goodbye.
    assert_eq!(first, Round { rendered: 4, missing: 0 });
    assert_eq!(again, Round::default());
    assert_eq!(after, Round::default());
    assert_eq!((rendered.status, rendered.cached.as_str()), (200, SOON));
    assert_eq!(check_wav(&rendered.file), Ok(Duration::from_millis(250)));
    assert_eq!(
        (&listed["source"], &listed["duration_ms"], &listed["language"]),
        (&json!("rendered"), &json!(250), &json!("en-gb"))
    );
    assert_eq!(fetched(&text(&listed, "url")).await, rendered, "the address that is listed");
    assert_eq!((status, sent), (200, json!({ "hash": hash, "duration_ms": 500 })));
    assert_eq!((&uploaded.file, uploaded.cached.as_str()), (&note(500), SOON));
    assert_ne!(uploaded.etag, rendered.etag);
    assert_eq!(
        (&listed_after["source"], &listed_after["duration_ms"]),
        (&json!("uploaded"), &json!(500))
    );
    assert_eq!(replaced.file, note(600));
    assert_eq!(deleted, 204);
    assert_eq!(back, rendered);
    assert_eq!(house.delete(&hash).await, 404);
    house.door.close().await;
}

#[actix_web::test]
async fn without_a_voice_and_a_file_a_signal_is_heard_and_the_check_counts_what_is_missing() {
    let house = House::open().await;
    let mute = house.recordings(None);
    let policy = house.policy().await;

    let before = mute.missing(&policy).await.unwrap();
    let signal = house.heard([goodbye()]).await;
    let hash = text(&house.listed("Goodbye.").await, "hash");
    house.upload(&hash, "audio/wav", note(500)).await;
    let after = mute.missing(&policy).await.unwrap();
    let speaking = Policy { capabilities: Capabilities::EVERYTHING, ..policy.clone() };

    assert_eq!(signal.cached, "no-store");
    assert_eq!(check_wav(&signal.file), Ok(Duration::from_millis(700)));
    assert_eq!(examine(&signal.file, Duration::ZERO).tones, [], "no panel takes it for a key");
    assert!(before.iter().any(|sentence| sentence.text() == "Goodbye."));
    assert_eq!(after.len(), before.len() - 1);
    assert!(after.iter().all(|sentence| sentence.text() != "Goodbye."));
    assert_eq!(mute.missing(&speaking).await.unwrap(), []);
    assert_eq!(house.recordings(Some(parrot())).missing(&policy).await.unwrap(), []);
    house.door.close().await;
}

#[actix_web::test]
async fn keys_inside_a_prompt_are_heard_as_keys() {
    let house = House::open().await;
    house.render(parrot()).await;

    let open = [Part::Pause { seconds: 1 }, Part::Tones("12p9#".into())];
    let tones = house.heard(open.clone()).await;
    let spoken = house.heard([goodbye()].into_iter().chain(open)).await;
    let music = house.heard([Part::Sound(Sound::HoldMusic)]).await;

    let keys = |file: &[u8]| -> String {
        examine(file, Duration::ZERO).tones.into_iter().map(|(_, key)| key).collect()
    };
    assert_eq!((keys(&tones.file), keys(&spoken.file)), ("129#".to_owned(), "129#".to_owned()));
    assert!(check_wav(&spoken.file).unwrap() > check_wav(&tones.file).unwrap());
    assert_eq!(tones.cached, "public, max-age=31536000, immutable");
    assert_eq!(music.cached, tones.cached);
    assert_eq!(spoken.cached, SOON);
    assert!(music.file.len() > 6 * 16_000);
    house.door.close().await;
}

#[actix_web::test]
async fn a_carrier_may_ask_whether_a_file_is_still_the_one_that_it_has() {
    let house = House::open().await;
    let url = house.urls().of(house.tenant, &Prompt::of([Part::Tones("9".into())]));
    let http = reqwest::Client::new();

    let whole = fetched(&url).await;
    let known = http.get(&url).header("If-None-Match", &whole.etag).send().await.unwrap();
    let another = http.get(&url).header("If-None-Match", "\"another\"").send().await.unwrap();
    let head = http.head(&url).send().await.unwrap();

    assert_eq!((known.status().as_u16(), another.status().as_u16()), (304, 200));
    assert_eq!(read(known).await.etag, whole.etag);
    assert_eq!(head.status(), 200);
    assert_eq!(head.headers()["content-length"], whole.file.len().to_string().as_str());
    assert_eq!(read(head).await, Fetched { file: vec![], ..whole });
    let name = url.rsplit('/').next().unwrap().trim_end_matches(".wav").to_owned();
    let foreign = PromptUrls::new(&house.door.api, &[9; 32]).of(house.tenant, &Prompt::default());
    for wrong in [url.replace(&name, &name[1..]), url.replace(&name, "9"), foreign] {
        let refused = fetched(&wrong).await;
        assert_eq!((refused.status, refused.cached.as_str()), (404, "no-store"), "{wrong}");
    }
    house.door.close().await;
}

#[actix_web::test]
async fn a_file_that_some_carrier_does_not_play_is_refused_with_the_reason() {
    let house = House::open().await;
    let hash = text(&house.listed("Goodbye.").await, "hash");
    let with = |at: usize, bytes: &[u8]| {
        let mut file = note(100);
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    };

    for (media, file, status, reason) in [
        ("audio/mpeg", note(100), 415, "audio/wav"),
        ("application/json", b"{}".to_vec(), 415, "audio/wav"),
        ("audio/wav", b"".to_vec(), 422, "no WAV file"),
        ("audio/wav", b"ID3\x04 not really".to_vec(), 422, "no WAV file"),
        ("audio/wav", with(22, &[2, 0]), 422, "2 channels; it must have one"),
        ("audio/wav", with(24, &44_100_u32.to_le_bytes()), 422, "44100 samples a second"),
        ("audio/wav", with(34, &[8, 0]), 422, "8 bits; they must have 16"),
        ("audio/wav", with(20, &[7, 0]), 422, "it must be PCM"),
        ("audio/wav", note(100)[..200].to_vec(), 422, "cut off"),
        ("audio/wav", note(100)[..HEADER_BYTES].to_vec(), 422, "cut off"),
        ("audio/wav", note(60_500), 422, "61 seconds; at most 60"),
        ("audio/wav", vec![0; 1024 * 1024 + 1], 413, "at most 1 MiB"),
    ] {
        let (answered, said) = house.upload(&hash, media, file).await;
        assert_eq!(answered, status, "{media} {reason}: {said}");
        assert!(said.to_string().contains(reason), "{reason}: {said}");
    }
    for nobodys in ["5d3f", "..", &"g".repeat(64)] {
        assert_eq!(house.upload(nobodys, "audio/wav", note(100)).await.0, 404, "{nobodys}");
    }
    assert_eq!(house.listed("Goodbye.").await["source"], "missing");
    assert_eq!(house.upload(&hash, "audio/wav", note(60_000)).await.0, 200);
    house.door.close().await;
}

#[actix_web::test]
async fn what_one_firm_sends_is_not_heard_at_another_ones_doors() {
    let house = House::open().await;
    let firm = json!({ "name": "Elm", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a long password of theirs" });
    let (status, _) = house.manager.post("/v1/tenants", &firm).await;
    assert_eq!(status, 201);
    let hedy =
        Manager::signed_in(&house.door.api, "hedy@elm.example", "a long password of theirs").await;
    let hash = text(&house.listed("Goodbye.").await, "hash");
    let path = format!("/v1/prompts/{hash}");

    let (sent, _) = upload(&hedy, &hash, "audio/wav", note(500)).await;
    let here = house.heard([goodbye()]).await;
    let elm: Uuid = text(&hedy.get("/v1/tenants/me").await, "id").parse().unwrap();
    let there = fetched(&house.urls().of(elm.into(), &Prompt::of([goodbye()]))).await;
    let stolen = house.delete(&hash).await;
    let peeked = hedy.try_get(&format!("/v1/lines/{}/prompts", house.line)).await.0;

    assert_eq!(sent, 200);
    assert_eq!(check_wav(&here.file), Ok(Duration::from_millis(700)), "the signal");
    assert_eq!(there.file, note(500));
    assert_eq!((stolen, peeked), (StatusCode::NOT_FOUND, 404));
    assert_eq!(hedy.request(Method::DELETE, &path).send().await.unwrap().status(), 204);
    house.door.close().await;
}

#[actix_web::test]
async fn who_sent_and_deleted_a_file_is_told_in_the_audit_log() {
    let house = House::open().await;
    let hash = text(&house.listed("Goodbye.").await, "hash");

    house.upload(&hash, "audio/wav", note(500)).await;
    house.upload(&hash, "audio/wav", note(500)).await;
    house.upload(&hash, "audio/wav", note(600)).await;
    house.delete(&hash).await;

    let told = house
        .door
        .eventually("three changes are in the log", async || {
            let log = house.manager.get("/v1/audit?resource=prompt").await;
            let items = log["items"].as_array()?.clone();
            (items.len() >= 3).then_some(items)
        })
        .await;
    let mut actions: Vec<_> = told.iter().map(|one| text(one, "action")).collect();
    actions.sort();
    assert_eq!(actions, ["changed", "created", "deleted"], "{told:#?}");
    assert!(told.iter().all(|one| one.to_string().contains(&hash)), "{told:#?}");
    house.door.close().await;
}

#[actix_web::test]
async fn the_demo_line_is_spoken_by_espeak_where_it_is_installed() {
    let folders = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].map(PathBuf::from);
    let Some(voice) = Voice::installed_in(&folders) else {
        eprintln!("skipped: espeak-ng is not installed");
        return;
    };
    let house = House::open().await;

    let round = house.render(voice).await;
    let heard = house.heard([say("Calling unit 1204."), goodbye()]).await;

    assert!(round.rendered > 0 && round.missing == 0, "{round:?}");
    let Clip { lasts, tones } = examine(&heard.file, Duration::ZERO);
    assert!((Duration::from_secs(2)..Duration::from_secs(7)).contains(&lasts), "{lasts:?}");
    assert_eq!(tones, [], "a voice presses no keys");
    house.door.close().await;
}
