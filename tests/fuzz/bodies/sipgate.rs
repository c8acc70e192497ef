//! sipgate's pushes: what they say, and whether they are sipgate's.

use vestibule::carriers::sipgate::parse::parse;
use vestibule::carriers::sipgate::{Part, Signing, TrustedKeys, Unverified, What};

use super::{is_fit_for_a_log, line, place, text};
use crate::sipgate_people::{NOON, PATH, SIPGATE, account, credentials};

fn unsigned(query: &str, body: &[u8]) -> Unverified {
    Unverified {
        path: PATH.to_owned(),
        query: query.to_owned(),
        signature: vec![],
        body: body.to_vec().into(),
    }
}

/// A first line with the part and the query of a URL of ours, and a form.
pub fn form(input: &[u8]) {
    let (url, body) = line(input);
    let url = text(url);
    let (name, query) = url.split_once('?').unwrap_or((&url, ""));
    let push = unsigned(query, body);
    let push = push.verify(&credentials(), Signing::Off, &TrustedKeys::default());
    let Ok(push) = push else { return };
    assert_eq!(push.key(account()), push.clone().key(account()));
    let Ok(parsed) = parse(Part::read(name, query), &push, NOON) else { return };
    for name in parsed.carrier_leg.iter().map(|leg| &leg.id).chain(&parsed.names) {
        assert!((1..=256).contains(&name.len()) && !name.chars().any(char::is_control));
    }
    assert!(parsed.names.len() <= 2);
    match &parsed.what {
        What::Other(name) => assert!(is_fit_for_a_log(name), "{name:?}"),
        What::Rings(_) | What::Keys(_) | What::TooSoon | What::Heard | What::Leg(_) => {}
    }
}

/// A first line that says where a bit is turned, and a body. What was signed is believed; with that bit turned, in the body or in the
/// signature, it is not. And the line itself signs nothing.
pub fn signature(input: &[u8]) {
    let (turn, body) = line(input);
    let trusted = SIPGATE.trusted();
    let readable = unsigned("", body).verify(&credentials(), Signing::Off, &trusted).is_ok();
    let verified =
        |webhook: Unverified| webhook.verify(&credentials(), Signing::Required, &trusted).is_ok();
    let signature = SIPGATE.sign(body);
    let good = Unverified { signature: vec![signature.clone()], ..unsigned("", body) };
    assert_eq!(verified(good.clone()), readable);

    if !body.is_empty() {
        let (at, bit) = place(turn, body.len());
        let mut other = body.to_vec();
        other[at] ^= bit;
        assert!(!verified(Unverified { body: other.into(), ..good.clone() }));
    }
    let mut other = signature.into_bytes();
    let (at, bit) = place(turn, other.len());
    other[at] ^= bit;
    for signature in [text(&other), text(turn)] {
        assert!(!verified(Unverified { signature: vec![signature], ..good.clone() }));
    }
}
