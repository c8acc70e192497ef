//! What every request and every answer goes through: names, limits, manners, and a process that ends well.

use std::io::Read;
use std::num::NonZeroU32;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::{Method, Response, StatusCode};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use uuid::Uuid;
use vestibule::http::edge::{PerMinute, Proxies, Settings};

use crate::harness::database;
use crate::harness::door::{Door, MASTER_KEY, Manager, PATIENCE, Transport, quick};

async fn behind(settings: Settings) -> Door {
    Door::open_behind(settings, None, quick()).await
}

fn at_most(per_minute: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(per_minute)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// Asks until it is refused; the refusal.
async fn ask_until_refused(ask: impl AsyncFn() -> Response) -> Response {
    for _ in 0..400 {
        let response = ask().await;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            return response;
        }
    }
    panic!("nobody minds 400 requests");
}

#[actix_web::test]
async fn every_answer_has_the_name_of_its_request() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let mine = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001).to_string();
    let ask = async |path: &str, name: &str| {
        let request = manager.request(Method::GET, path).header("X-Request-Id", name);
        header(&request.send().await.unwrap(), "x-request-id").to_owned()
    };

    for path in ["/v1/buildings", "/v1/nothing", "/docs/", "/health/live", "/hooks/vonage/x/answer"]
    {
        assert_eq!(ask(path, &mine).await, mine, "{path}");
    }
    for unusable in ["7", "", "mine\u{e9}", &format!("{mine}0")] {
        let named = ask("/v1/buildings", unusable).await;
        assert!(Uuid::try_parse(&named).is_ok_and(|id| !id.is_nil()), "{unusable}: {named}");
    }
    assert_ne!(ask("/v1/buildings", "").await, ask("/v1/buildings", "").await);
    door.close().await;
}

#[actix_web::test]
async fn answers_tell_browsers_to_guess_frame_and_keep_nothing() {
    let door = Door::open(Transport::Database).await;

    for path in ["/v1/buildings", "/v1/nothing", "/docs/", "/openapi.json", "/health/live"] {
        let response = door.manager().await.request(Method::GET, path).send().await.unwrap();
        assert_eq!(header(&response, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&response, "referrer-policy"), "no-referrer", "{path}");
        let policy = header(&response, "content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{policy}");
        assert_eq!(header(&response, "cache-control") == "no-store", path.starts_with("/v1/"));
        // This server's public URL is http: a promise of https would lock people out.
        assert_eq!(header(&response, "strict-transport-security"), "");
    }
    let page = reqwest::get(format!("{}/docs/", door.api)).await.unwrap();
    let policy = header(&page, "content-security-policy").to_owned();
    let page = page.text().await.unwrap();
    assert!(policy.starts_with("default-src 'self';"), "{policy}");
    // What the policy would stop: scripts in the page itself, or from elsewhere.
    assert!(page.split("<script").skip(1).all(|script| script.contains("src=\"./")), "{page}");
    let music = reqwest::get(format!("{}/sounds/hold-music.mp3", door.api)).await.unwrap();
    assert_eq!(header(&music, "cache-control"), "public, max-age=86400");
    door.close().await;
}

#[actix_web::test]
async fn an_address_that_asks_too_often_waits_while_carriers_come_through() {
    let per_minute = PerMinute { address: at_most(60), ..PerMinute::UNLIMITED };
    let door = behind(Settings { per_minute, ..Settings::default() }).await;
    let first = reqwest::get(format!("{}/v1/buildings", door.api)).await.unwrap();
    assert_eq!(header(&first, "ratelimit-policy"), "\"address\";q=60;w=60");

    let invented = std::sync::atomic::AtomicU8::new(1);
    let refused = ask_until_refused(async || {
        // Nobody but a proxy of ours is believed: other addresses in the header change nothing.
        let n = invented.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let http = reqwest::Client::new();
        let request = http
            .get(format!("{}/v1/buildings", door.api))
            .header("X-Forwarded-For", format!("203.0.113.{n}"))
            .header("Forwarded", format!("for=203.0.113.{n}"));
        request.send().await.unwrap()
    })
    .await;

    let wait: u64 = header(&refused, "retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(header(&refused, "ratelimit"), format!("\"address\";r=0;t={wait}"));
    assert_eq!(header(&refused, "content-type"), "application/problem+json");
    assert!(Uuid::try_parse(header(&refused, "x-request-id")).is_ok());
    let problem: Value = refused.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/too-many-requests");
    assert_eq!(problem["status"], 429);
    for path in ["/hooks/vonage/nobody/answer", "/health/ready"] {
        for _ in 0..100 {
            let hook = reqwest::get(format!("{}{path}", door.api)).await.unwrap();
            assert_ne!(hook.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
            assert_eq!(header(&hook, "ratelimit"), "", "{path}");
        }
    }
    door.close().await;
}

#[actix_web::test]
async fn behind_a_proxy_of_ours_each_client_is_counted_by_itself() {
    let per_minute = PerMinute { address: at_most(60), ..PerMinute::UNLIMITED };
    let proxies = Proxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let door = behind(Settings { per_minute, proxies, ..Settings::default() }).await;
    let http = reqwest::Client::new();
    let ask = async |client: &str| {
        let request = http.get(format!("{}/v1/buildings", door.api));
        request.header("X-Forwarded-For", client).send().await.unwrap()
    };

    ask_until_refused(async || ask("2001:db8::1").await).await;

    assert_eq!(ask("2001:db8::2").await.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask("2001:db8:0:1::1").await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(ask("203.0.113.7").await.status(), StatusCode::UNAUTHORIZED);
    door.close().await;
}

#[actix_web::test]
async fn a_user_and_a_firm_have_limits_of_their_own() {
    let per_minute =
        PerMinute { user: at_most(40), tenant: at_most(1_000), ..PerMinute::UNLIMITED };
    let door = behind(Settings { per_minute, ..Settings::default() }).await;
    let manager = door.manager().await;
    let list = async |manager: &Manager| {
        manager.request(Method::GET, "/v1/buildings").send().await.unwrap()
    };

    let refused = ask_until_refused(async || list(&manager).await).await;

    assert!(header(&refused, "ratelimit").starts_with("\"user\";r=0;t="));
    let firm = json!({ "name": "Elm Management", "owner_name": "Hedy", "email": "hedy@elm.example", "password": "a password of hers" });
    assert_eq!(manager.post("/v1/tenants", &firm).await.0, 201);
    let other = Manager::signed_in(&door.api, "hedy@elm.example", "a password of hers").await;
    let others = list(&other).await;
    assert_eq!(others.status(), StatusCode::OK);
    assert_eq!(header(&others, "ratelimit"), "\"user\";r=39;t=0");
    door.close().await;

    let per_minute = PerMinute { tenant: at_most(40), ..PerMinute::UNLIMITED };
    let door = behind(Settings { per_minute, ..Settings::default() }).await;
    let manager = door.manager().await;
    let refused = ask_until_refused(async || list(&manager).await).await;
    assert!(header(&refused, "ratelimit").starts_with("\"tenant\";r=0;t="));
    door.close().await;
}

#[actix_web::test]
async fn guessing_passwords_is_slow_from_one_address() {
    let per_minute = PerMinute { sign_in: at_most(10), ..PerMinute::UNLIMITED };
    let door = behind(Settings { per_minute, ..Settings::default() }).await;
    let http = reqwest::Client::new();
    let tried = std::sync::atomic::AtomicU32::new(0);

    let refused = ask_until_refused(async || {
        let n = tried.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let body = json!({ "email": format!("someone{n}@maple.example"), "password": "a guess" });
        http.post(format!("{}/v1/sessions", door.api)).json(&body).send().await.unwrap()
    })
    .await;

    assert!(header(&refused, "ratelimit").starts_with("\"sign-in\";r=0;t="));
    let listed = http.get(format!("{}/v1/buildings", door.api)).send().await.unwrap();
    assert_eq!(listed.status(), StatusCode::UNAUTHORIZED);
    door.close().await;
}

#[actix_web::test]
async fn pages_of_other_origins_may_call_only_if_the_operator_says_so() {
    let http = reqwest::Client::new();
    let preflight = async |door: &Door, origin: &str| {
        http.request(Method::OPTIONS, format!("{}/v1/buildings", door.api))
            .header("Origin", origin)
            .header("Access-Control-Request-Method", "PATCH")
            .header("Access-Control-Request-Headers", "authorization,if-match")
            .send()
            .await
            .unwrap()
    };
    let door = Door::open(Transport::Database).await;
    let told = preflight(&door, "https://manage.example.com").await;
    assert_eq!(header(&told, "access-control-allow-origin"), "");
    door.close().await;

    let origins = vec!["https://manage.example.com".to_owned()];
    let per_minute = PerMinute { user: at_most(40), ..PerMinute::UNLIMITED };
    let door = behind(Settings { per_minute, origins, ..Settings::default() }).await;
    let told = preflight(&door, "https://manage.example.com").await;
    assert_eq!(told.status(), StatusCode::OK);
    assert_eq!(header(&told, "access-control-allow-origin"), "https://manage.example.com");
    assert!(header(&told, "access-control-allow-methods").contains("PATCH"));
    assert_eq!(header(&told, "access-control-allow-credentials"), "");
    let foreign = preflight(&door, "https://elsewhere.example.com").await;
    assert_eq!(header(&foreign, "access-control-allow-origin"), "");

    let manager = door.manager().await;
    let refused = ask_until_refused(async || {
        let request = manager.request(Method::GET, "/v1/buildings");
        request.header("Origin", "https://manage.example.com").send().await.unwrap()
    })
    .await;
    // A page must be able to read that it was too fast, and for how long.
    assert_eq!(header(&refused, "access-control-allow-origin"), "https://manage.example.com");
    let exposed = header(&refused, "access-control-expose-headers").to_lowercase();
    for name in ["ratelimit", "retry-after", "etag", "x-request-id"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    door.close().await;
}

#[actix_web::test]
async fn a_question_that_takes_too_long_is_given_up() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let mut admin = database::connect(&door.database).await;
    sqlx::query("alter table vestibule.building rename to slow_building")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::query("create view vestibule.building with (security_invoker = true) as select b.* from vestibule.slow_building b, lateral (select pg_sleep(60)) s")
        .execute(&mut admin)
        .await
        .unwrap();
    sqlx::query("grant select on vestibule.building to vestibule_app")
        .execute(&mut admin)
        .await
        .unwrap();

    let asked = Instant::now();
    let response = manager.request(Method::GET, "/v1/buildings").send().await.unwrap();

    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    assert_eq!(header(&response, "retry-after"), "1");
    let problem: Value = response.json().await.unwrap();
    assert_eq!(problem["type"], "/problems/unavailable");
    assert!(!problem["detail"].as_str().unwrap().contains("statement"), "{problem}");
    door.close().await;
}

const NAMED: &str = "01900000-0000-7000-8000-00000000cafe";

/// A server process of its own, ended with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn told_to_end(&self) {
        let kill = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        assert!(kill.unwrap().success());
    }
}

#[actix_web::test]
async fn a_server_that_is_told_to_end_says_so_first_and_lets_go_of_who_follows() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let http = reqwest::Client::new();
    let free = || std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (listen, metrics) = (free(), free());
    let mut process = Process(
        Command::new(env!("CARGO_BIN_EXE_vestibule"))
            .arg("api")
            .env("VESTIBULE_LISTEN", listen.to_string())
            .env("VESTIBULE_METRICS_LISTEN", metrics.to_string())
            .env("DATABASE_URL", door.database.expose_secret())
            .env("VESTIBULE_MASTER_KEY", BASE64_STANDARD.encode(MASTER_KEY))
            .env("VESTIBULE_LOG", "warn")
            .env_remove("AMQP_URL")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap(),
    );
    let ready = async || {
        let request = http.get(format!("http://{listen}/health/ready"));
        let answer = request.header("X-Request-Id", NAMED).send().await.ok()?;
        Some(answer.status().as_u16())
    };
    door.eventually("the process is ready", async || (ready().await? == 200).then_some(())).await;
    let follow = manager.request_at(&format!("http://{listen}"), Method::GET, "/v1/live");
    let mut stream = follow.send().await.unwrap();
    assert!(stream.chunk().await.unwrap().unwrap().starts_with(b"event: snapshot"));

    let told = Instant::now();
    process.told_to_end();

    door.eventually("it says that it is not ready", async || (ready().await? == 503).then_some(()))
        .await;
    let still = manager.request_at(&format!("http://{listen}"), Method::GET, "/v1/buildings");
    assert_eq!(still.send().await.unwrap().status(), StatusCode::OK);
    let ended =
        tokio::time::timeout(PATIENCE, async { while let Ok(Some(_)) = stream.chunk().await {} });
    ended.await.unwrap();
    let output = tokio::task::spawn_blocking(move || {
        let mut lines = String::new();
        process.0.stderr.take().unwrap().read_to_string(&mut lines).unwrap();
        (process.0.wait().unwrap().code(), lines)
    });
    let (code, lines) = output.await.unwrap();
    assert_eq!(code, Some(0), "{lines}");
    // A line of the log says on whose behalf it was written.
    let line = lines.lines().find(|line| line.contains("answered 503")).unwrap();
    assert!(line.contains(NAMED), "{line}");
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
    door.close().await;
}
