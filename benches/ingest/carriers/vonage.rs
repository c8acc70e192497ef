//! Vonage: JSON, with a token signed with HMAC-SHA256 that names the body's hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;
use vestibule::boot::demo::{ADA, BEN, LINE, PANEL};
use vestibule::simulator::vonage::events::stamp;

use super::{Hooks, Visit};
use crate::ingest::firm::{VONAGE_API_KEY, VONAGE_APPLICATION, VONAGE_SECRET};

/// Of one of a visit's legs; the visitor's is the first.
pub fn leg_id(visit: usize, leg: usize) -> String {
    format!("0000000000000000{visit:015x}{leg:x}")
}

fn conversation(visit: usize) -> String {
    format!("CON-00000000-0000-4000-8000-{visit:012x}")
}

pub fn ring(to: &Hooks<'_>, visit: usize) -> Vec<u8> {
    let body = json!({
        "region_url": "https://api-eu-3.vonage.com",
        "from": digits(PANEL),
        "to": digits(LINE),
        "uuid": leg_id(visit, 0),
        "conversation_uuid": conversation(visit),
    });
    post(to, &format!("/hooks/vonage/{}/answer", to.firm.vonage), &body)
}

pub fn news(to: &Hooks<'_>, visit: &Visit) -> Vec<Vec<u8>> {
    let mut news = Vec::new();
    let event = format!("/hooks/vonage/{}/event", to.firm.vonage);
    for status in ["ringing", "answered", "completed"] {
        for (place, (leg, number)) in (1..).zip(visit.residents.iter().zip([ADA, BEN])) {
            let body = told(visit, place, (LINE, number), "outbound", status);
            news.push(post(to, &format!("{event}/{}/{leg}", visit.call), &body));
        }
    }
    news.push(post(to, &event, &told(visit, 0, (PANEL, LINE), "inbound", "completed")));
    news
}

fn told(
    visit: &Visit,
    leg: usize,
    (from, number): (&str, &str),
    direction: &str,
    status: &str,
) -> Value {
    let at = stamp(now());
    let mut event = json!({
        "headers": {},
        "from": digits(from),
        "to": digits(number),
        "uuid": leg_id(visit.n, leg),
        "conversation_uuid": conversation(visit.n),
        "status": status,
        "direction": direction,
        "timestamp": at,
    });
    if status == "completed" {
        event["start_time"] = at.clone().into();
        event["end_time"] = at.into();
        event["duration"] = "9".into();
        event["rate"] = "0.00450000".into();
        event["price"] = "0.00067500".into();
        event["network"] = "23420".into();
        event["sip_code"] = 200.into();
    }
    event
}

fn digits(number: &str) -> &str {
    number.trim_start_matches('+')
}

fn post(to: &Hooks<'_>, path: &str, body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let claims = json!({
        "iat": now().unix_timestamp(),
        "jti": format!("{:032x}", rand::random::<u128>()),
        "iss": "Vonage",
        "payload_hash": hex::encode(Sha256::digest(&body)),
        "api_key": VONAGE_API_KEY,
        "application_id": VONAGE_APPLICATION,
    });
    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed =
        format!("{}.{}", encoded(&json!({ "alg": "HS256", "typ": "JWT" })), encoded(&claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(VONAGE_SECRET.as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(signed.as_bytes());
    let signature = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    let authorization = format!("Bearer {signed}.{signature}");
    to.post(path, "application/json", &[("Authorization", &authorization)], &body)
}

#[expect(clippy::disallowed_methods, reason = "a carrier has a clock of its own")]
fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}
