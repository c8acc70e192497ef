//! Requests that say something else of themselves than what they are, and webhooks that a carrier signed though nobody can store them.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use reqwest::{Response, StatusCode};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use vestibule::http::edge::{PerMinute, Proxies, Settings};

use crate::harness::door::{Door, Transport, quick};
use crate::harness::twilio::{ACCOUNT, AUTH_TOKEN, Leads, furnish};
use crate::twilio_people::{Pairs, form, signature};

/// Ways to say that one is elsewhere, or wants something else.
const GAMES: [(&str, &str); 11] = [
    ("Host", "evil.example"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Server", "evil.example"),
    ("X-Forwarded-Proto", "https"),
    ("X-Forwarded-Ssl", "on"),
    ("X-Forwarded-Port", "443"),
    ("X-Forwarded-Prefix", "/evil"),
    ("Forwarded", "for=203.0.113.7;host=evil.example;proto=https"),
    ("X-Original-URL", "/health/live"),
    ("X-Rewrite-URL", "/health/live"),
    ("X-HTTP-Method-Override", "GET"),
];
/// Nobody's line: whatever comes of it, nobody is rung.
const NO_LINE: &str = "+15145550198";

fn asks(call: &str) -> Vec<(&str, &str)> {
    vec![("CallSid", call), ("AccountSid", ACCOUNT), ("From", "+441632960001"), ("To", NO_LINE)]
}

async fn sends(url: &str, signature: &str, game: (&str, &str), pairs: &Pairs<'_>) -> u16 {
    let request = reqwest::Client::new()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("x-twilio-signature", signature)
        .header(game.0, game.1);
    request.body(form(pairs)).send().await.unwrap().status().as_u16()
}

/// Even what a proxy of ours says counts for the client's address, and for nothing else.
#[actix_web::test]
async fn what_a_request_says_of_its_place_is_no_part_of_what_is_signed() {
    let proxies = Proxies::new(vec!["127.0.0.0/8".parse().unwrap()]);
    let edge = Settings { per_minute: PerMinute::UNLIMITED, proxies, ..Settings::default() };
    let door = Door::open_behind(edge, None, quick()).await;
    let manager = door.manager().await;
    let connection = furnish(&door.api, &manager, &door.simulator, Leads::ToTheSameDoor).await;
    let path = format!("/hooks/twilio/{}/voice", connection["token"].as_str().unwrap());
    let (ours, host) = (format!("{}{path}", door.api), door.api.replace("http://", ""));
    let pairs = asks("CA00000000000000000000000000000901");

    for game in GAMES {
        let good = signature(AUTH_TOKEN, &ours, &pairs);
        assert_eq!(sends(&ours, &good, game, &pairs).await, 200, "{game:?}");
        for place in ["http://evil.example", "https://evil.example", &format!("https://{host}")] {
            let elsewhere = signature(AUTH_TOKEN, &format!("{place}{path}"), &pairs);
            assert_eq!(sends(&ours, &elsewhere, game, &pairs).await, 403, "{game:?} {place}");
        }
    }
    for (place, status) in [(door.api.as_str(), 200), ("http://evil.example", 403)] {
        let signature = signature(AUTH_TOKEN, &format!("{place}{path}"), &pairs);
        let body = form(&pairs);
        let request = format!(
            "POST http://evil.example{path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\nX-Twilio-Signature: {signature}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut socket = TcpStream::connect(&host).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{place}: {answer}");
    }
    assert!(door.simulator.placed(None).is_empty());
    door.close().await;
}

#[actix_web::test]
async fn no_header_makes_a_stranger_somebody_else_for_the_limits() {
    let per_minute = PerMinute { address: NonZeroU32::new(60), ..PerMinute::UNLIMITED };
    let edge = Settings { per_minute, ..Settings::default() };
    let door = Door::open_behind(edge, None, quick()).await;
    let n = AtomicU8::new(1);
    let asks = async || -> Response {
        let address = format!("203.0.113.{}", n.fetch_add(1, Ordering::Relaxed));
        let mut request = reqwest::Client::new().get(format!("{}/v1/buildings", door.api));
        for header in
            ["X-Forwarded-For", "X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"]
        {
            request = request.header(header, &address);
        }
        request.header("Forwarded", format!("for={address}")).send().await.unwrap()
    };

    let mut refused = 0;
    for _ in 0..120 {
        refused += usize::from(asks().await.status() == StatusCode::TOO_MANY_REQUESTS);
    }

    assert!(refused > 40, "{refused} of 120 were refused");
    door.close().await;
}

/// PostgreSQL's text knows no NUL. Whoever signs one gets an answer, and not the same question for ever.
#[actix_web::test]
async fn what_can_not_be_stored_is_answered_though_the_carrier_signed_it() {
    let door = Door::open(Transport::Database).await;
    let manager = door.manager().await;
    let connection = furnish(&door.api, &manager, &door.simulator, Leads::ToTheSameDoor).await;
    let http = reqwest::Client::new();
    let vonage = async |hook: &str, body: String| {
        let token = door.signed(body.as_bytes(), door.now());
        let send = http.post(door.hook(hook)).bearer_auth(token).body(body);
        send.send().await.unwrap().status().as_u16()
    };
    let fields = [
        "from",
        "to",
        "uuid",
        "conversation_uuid",
        "status",
        "reason",
        "timestamp",
        "dtmf",
        "payload",
        "region_url",
        "price",
        "duration",
    ];
    for hook in ["answer", "event"] {
        for field in fields {
            for odd in [r#""a\u0000b""#, r#"{"digits":"\u0000"}"#, "\"\u{ffff}\u{202e}\""] {
                let body = format!(
                    r#"{{"to":"15145550198","from":"441632960001","uuid":"9d1e","conversation_uuid":"CON-9","{field}":{odd}}}"#
                );
                let status = settled(async || vonage(hook, body.clone()).await).await;
                assert!(status < 500, "{status} for {hook} {body}");
            }
        }
        for none in [r#"{"uuid":"\ud800"}"#, r#"{"uuid":"9d1e","duration":1e400}"#] {
            assert_eq!(vonage(hook, none.to_owned()).await, 400, "{none}");
        }
    }
    let url = format!("{}/hooks/twilio/{}/voice", door.api, connection["token"].as_str().unwrap());
    let call = &asks("CA00000000000000000000000000000902")[..2];
    for field in ["From", "Digits", "CallStatus", "Timestamp", "AnsweredBy", "FriendlyName"] {
        for odd in ["a\0b", "\u{ffff}\u{202e}", "\r\nX-Injected: 1"] {
            let pairs = [call, &[("To", NO_LINE), (field, odd)]].concat();
            let good = signature(AUTH_TOKEN, &url, &pairs);
            let status = settled(async || sends(&url, &good, ("x-n", "1"), &pairs).await).await;
            assert!(status < 500, "{status} for {field} {odd:?}");
        }
    }
    assert_eq!(door.get("/v1/calls").await["items"], json!([]));
    door.close().await;
}

/// What is answered once a machine that others use finds the time. What can not be stored is refused for ever.
async fn settled(send: impl AsyncFn() -> u16) -> u16 {
    for _ in 0..10 {
        match send().await {
            503 => tokio::time::sleep(Duration::from_millis(500)).await,
            status => return status,
        }
    }
    503
}
