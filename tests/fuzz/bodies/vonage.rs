//! Vonage's webhooks: what they say, and whether they are Vonage's.

use vestibule::carriers::vonage::parse::parse;
use vestibule::carriers::vonage::{Hook, Signing, Unverified, Verified, What};

use super::{choice, is_fit_for_a_log, line, place, text};
use crate::vonage_people::{NOON, account, credentials, got, posted};

/// The first byte names the hook, the rest is a body.
pub fn event(input: &[u8]) {
    let (hook, body) = choice(input, Hook::ALL.len());
    let webhook = Unverified { authorization: vec![], ..posted(body.to_vec()) };
    let webhook = webhook.verify(&credentials(), Signing::Off, NOON).expect("nothing is checked");
    says_nothing_wild(Hook::ALL[hook], &webhook);
}

/// The first byte names the hook, the rest is a query.
pub fn query(input: &[u8]) {
    let (hook, query) = choice(input, Hook::ALL.len());
    let query = text(query);
    let webhook = Unverified { authorization: vec![], ..got(&query, "") };
    // Something that is said twice, or no UTF-8.
    let Ok(webhook) = webhook.verify(&credentials(), Signing::Off, NOON) else { return };
    says_nothing_wild(Hook::ALL[hook], &webhook);
}

fn says_nothing_wild(hook: Hook, webhook: &Verified) {
    assert_eq!(webhook.key(account()), webhook.clone().key(account()));
    let Ok(parsed) = parse(hook, webhook) else { return };
    for id in parsed.carrier_leg.iter().map(|leg| &leg.id).chain(&parsed.conversation) {
        let is_path_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!((1..=128).contains(&id.len()) && id.bytes().all(is_path_safe), "{id:?}");
    }
    is_tame(&parsed.what);
    assert!(!parsed.what.label().is_empty());
}

fn is_tame(what: &What) {
    match what {
        What::Asks(arrival) => {
            let shown = [&arrival.to, &arrival.from, &arrival.from_user, &arrival.endpoint_type];
            for text in shown.into_iter().flatten() {
                assert!(text.chars().count() <= 256 && !text.chars().any(char::is_control));
            }
        }
        What::FellBack(fallback) => {
            assert!(is_fit_for_a_log(&fallback.reason), "{:?}", fallback.reason);
            is_tame(&fallback.original);
        }
        What::Other(name) => assert!(is_fit_for_a_log(name), "{name:?}"),
        What::Leg(_) | What::Keys(_) | What::Marked(_) => {}
    }
}

/// A first line that says where a bit is turned, and a body. What was signed is believed; with that bit turned, in the body or in the token,
/// it is not. And the line itself is no token.
pub fn signature(input: &[u8]) {
    let (turn, body) = line(input);
    let believed =
        |webhook: Unverified| webhook.verify(&credentials(), Signing::Required, NOON).is_ok();
    let good = posted(body.to_vec());
    assert!(believed(good.clone()));

    let (at, bit) = place(turn, body.len());
    if !body.is_empty() {
        let mut other = body.to_vec();
        other[at] ^= bit;
        assert!(!believed(Unverified { body: other.into(), ..good.clone() }), "bit {bit} of {at}");
    }
    let mut header = good.authorization[0].clone().into_bytes();
    let (at, bit) = place(turn, header.len());
    header[at] ^= bit;
    if let Ok(header) = String::from_utf8(header) {
        assert!(!believed(Unverified { authorization: vec![header], ..good.clone() }));
    }
    for header in [text(turn), format!("Bearer {}", text(turn))] {
        assert!(!believed(Unverified { authorization: vec![header], ..good.clone() }));
    }
    a_body_is_no_query(body);
}

/// The object that a query makes is longer than the query: what was signed as a body is never believed as one.
fn a_body_is_no_query(body: &[u8]) {
    let query = text(body);
    let as_query = got(&query, &query);
    assert!(as_query.verify(&credentials(), Signing::Required, NOON).is_err());
}
