//! Twilio's webhooks: what they say, and whether they are Twilio's.

use std::collections::{BTreeMap, BTreeSet};

use url::form_urlencoded;
use vestibule::carriers::twilio::parse::parse;
use vestibule::carriers::twilio::verify::Method;
use vestibule::carriers::twilio::{Hook, Signing, Unverified, What, is_sid};

use super::{choice, is_fit_for_a_log, line, place, text};
use crate::twilio_people::{
    AUTH_TOKEN, PUBLIC_URL, account, believed, credentials, posted, signature as signed,
};

/// The first byte names the hook, the rest is a form.
pub fn form(input: &[u8]) {
    let (hook, body) = choice(input, Hook::ALL.len());
    let webhook = Unverified { body: body.to_vec().into(), ..posted("/", &[]) };
    let Ok(webhook) = webhook.verify(&credentials(), Signing::Off, PUBLIC_URL) else { return };
    assert_eq!(webhook.key(account()), webhook.clone().key(account()));
    let Ok(parsed) = parse(Hook::ALL[hook], &webhook) else { return };
    assert!(parsed.carrier_leg.iter().all(|leg| is_sid("CA", &leg.id)));
    is_tame(&parsed.what);
    assert!(!parsed.what.label().is_empty());
    // A form that is nothing is no other form.
    assert!(body.is_empty() || webhook.key(account()) != believed(&[]).key(account()));
}

fn is_tame(what: &What) {
    match what {
        What::Asks(arrival) => {
            for text in [&arrival.to, &arrival.from].into_iter().flatten() {
                assert!(text.chars().count() <= 256 && !text.chars().any(char::is_control));
            }
        }
        What::FellBack(fallback) => is_tame(&fallback.original),
        What::Other(name) => assert!(is_fit_for_a_log(name), "{name:?}"),
        What::Keys(_) | What::SteppedOut | What::WantsSentence | What::Leg(_) | What::Room(_) => {}
    }
}

/// What a form says, however it is written.
fn meaning(body: &[u8]) -> BTreeMap<String, BTreeSet<String>> {
    let mut meaning = BTreeMap::<String, BTreeSet<String>>::new();
    for (name, value) in form_urlencoded::parse(body).into_owned() {
        meaning.entry(name).or_default().insert(value);
    }
    meaning
}

/// A first line that says where a bit is turned, and a form. What was signed is believed; with that bit turned, in the form, in the path or
/// in the signature, it is not, unless it says the same. And the line itself signs nothing.
pub fn signature(input: &[u8]) {
    const TARGET: &str = "/hooks/twilio/nobody-guesses-this/gather/c/l?n=7";
    let (turn, body) = line(input);
    let meant = meaning(body);
    let pairs: Vec<_> = meant
        .iter()
        .flat_map(|(name, values)| values.iter().map(move |value| (name.as_str(), value.as_str())))
        .collect();
    let signature = signed(AUTH_TOKEN, &format!("{PUBLIC_URL}{TARGET}"), &pairs);
    let form = Unverified {
        signature: vec![signature.clone()],
        body: body.to_vec().into(),
        ..posted(TARGET, &[])
    };
    let verified =
        |webhook: Unverified| webhook.verify(&credentials(), Signing::Required, PUBLIC_URL).is_ok();
    for header in [text(turn), String::new()] {
        assert!(!verified(Unverified { signature: vec![header], ..form.clone() }));
    }
    let readable = form.clone().verify(&credentials(), Signing::Off, PUBLIC_URL).is_ok();
    assert_eq!(verified(form.clone()), readable, "what can be read is signed as it is read");
    if !readable {
        return;
    }
    if !body.is_empty() {
        let (at, bit) = place(turn, body.len());
        let mut other = body.to_vec();
        other[at] ^= bit;
        let is_believed = verified(Unverified { body: other.clone().into(), ..form.clone() });
        assert!(!is_believed || meaning(&other) == meant, "{}", text(&other));
    }
    let turned = |text: &str| {
        let mut bytes = text.to_owned().into_bytes();
        let (at, bit) = place(turn, bytes.len());
        bytes[at] ^= bit;
        String::from_utf8(bytes).ok()
    };
    if let Some(signature) = turned(&signature) {
        assert!(!verified(Unverified { signature: vec![signature], ..form.clone() }));
    }
    if let Some(path) = turned(&form.path) {
        assert!(!verified(Unverified { path, ..form.clone() }));
    }
    assert!(!verified(Unverified { method: Method::Get, ..form }) || body.is_empty());
}
