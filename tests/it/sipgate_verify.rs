//! Whether a push is sipgate's: the one that sipgate published above all, and every way around it that we know.

use proptest::prelude::*;
use vestibule::carriers::sipgate::{Credentials, Refusal, Signing, TrustedKeys, Unverified};
use vestibule::domain::ids::ConnectionId;

use crate::sipgate_people::{
    ACCOUNT, CALL, PATH, Pairs, SIPGATE, Signer, account, credentials, pushed,
};

/// A real push with sipgate's signature: the signature, then the body.
///
/// Source: `src/test/resources/request` in github.com/sipgate/pushapi-request-verifier, sipgate's own test data.
const PUBLISHED: &str = include_str!("sipgate_published_request.txt");

fn published() -> Unverified {
    let (signature, body) = PUBLISHED.split_once('\n').unwrap();
    Unverified {
        path: PATH.to_owned(),
        query: String::new(),
        signature: vec![signature.to_owned()],
        body: body.trim_end().to_owned().into(),
    }
}

fn refusal_of(webhook: Unverified) -> Option<Refusal> {
    webhook.verify(&credentials(), Signing::Required, &SIPGATE.trusted()).err()
}

fn refusal_of_published(webhook: Unverified) -> Option<Refusal> {
    webhook.verify(&credentials(), Signing::Required, &TrustedKeys::default()).err()
}

fn rings(more: &Pairs<'_>) -> Unverified {
    let pairs = [
        ("event", "newCall"),
        ("direction", "in"),
        ("from", "493023125101"),
        ("to", "493023125900"),
        ("callId", CALL),
    ];
    pushed(PATH, &[&pairs[..], more].concat())
}

#[test]
fn the_published_request_is_believed_and_with_any_byte_changed_it_is_not() {
    assert_eq!(refusal_of_published(published()), None);

    let length = published().body.len();
    assert_eq!(length, 267, "as its Content-Length said");
    for place in 0..length {
        let mut body = published().body.to_vec();
        body[place] ^= 1;
        let changed = Unverified { body: body.into(), ..published() };
        assert_eq!(refusal_of_published(changed), Some(Refusal::Signature), "byte {place}");
    }
    let longer = [&published().body[..], b"&"].concat();
    let longer = Unverified { body: longer.into(), ..published() };
    assert_eq!(refusal_of_published(longer), Some(Refusal::Signature));
}

#[test]
fn another_key_takes_the_place_of_sipgates_and_two_are_good_together() {
    let other = Signer::new();
    let both = TrustedKeys::from_pems(&format!("{}{}", other.pem(), SIPGATE.pem())).unwrap();
    let verdict = |keys: &TrustedKeys, webhook: Unverified| {
        webhook.verify(&credentials(), Signing::Required, keys).err()
    };

    assert_eq!(verdict(&SIPGATE.trusted(), published()), Some(Refusal::Signature));
    assert_eq!(verdict(&other.trusted(), rings(&[])), Some(Refusal::Signature));
    assert_eq!(verdict(&both, rings(&[])), None);
}

#[test]
fn there_is_exactly_one_signature_and_it_is_one() {
    let signed = |signature: &[&str]| {
        let signature = signature.iter().map(|&text| text.to_owned()).collect();
        refusal_of(Unverified { signature, ..rings(&[]) })
    };
    let good = rings(&[]).signature.remove(0);

    assert_eq!(signed(&[&good]), None);
    assert_eq!(signed(&[]), Some(Refusal::Unsigned));
    assert_eq!(signed(&[""]), Some(Refusal::Unsigned));
    assert_eq!(signed(&[&good, &good]), Some(Refusal::Headers));
    for bad in ["?", "AAAA", &good[1..], &format!(" {good}"), &good.replace('=', "")] {
        assert_eq!(signed(&[bad]), Some(Refusal::Signature), "{bad}");
    }
    let unsigned = Unverified { signature: vec![], ..rings(&[]) };
    let verdict = unsigned.verify(&credentials(), Signing::Off, &SIPGATE.trusted());
    assert!(verdict.is_ok(), "on a machine of one's own");
}

#[test]
fn a_push_of_another_account_is_refused_though_sipgate_signed_it() {
    for (users, refusal) in [
        (&[("fullUserId[]", "7654321w0")][..], None),
        (&[("fullUserId[]", "7654321w0"), ("fullUserId[]", "7654321g3")], None),
        (&[("fullUserId[]", "")], None),
        (&[("user[]", "")], None),
        (&[("fullUserId", "7654321w0")], None),
        (&[("fullUserId[]", "7654320w0")], Some(Refusal::Account)),
        (&[("fullUserId[]", "76543210w0")], Some(Refusal::Account)),
        (&[("fullUserId[]", "w0")], Some(Refusal::Account)),
        (&[("fullUserId[]", "7654321w0"), ("fullUserId[]", "1234567w0")], Some(Refusal::Account)),
        (&[("fullUserId", "1234567w0")], Some(Refusal::Account)),
    ] {
        assert_eq!(refusal_of(rings(users)), refusal, "{users:?}");
    }
}

#[test]
fn a_delivery_is_itself_by_its_words_and_where_it_came_to() {
    let other_account = ConnectionId::from_uuid(uuid::Uuid::from_u128(0xff));
    let key = |webhook: Unverified, account| {
        webhook.verify(&credentials(), Signing::Required, &SIPGATE.trusted()).unwrap().key(account)
    };
    let first = key(rings(&[]), account());

    assert_eq!(key(rings(&[]), account()), first, "sent again");
    assert_ne!(key(rings(&[]), other_account), first);
    assert_ne!(key(rings(&[("xcid", "5e1f00")]), account()), first);
    let elsewhere = Unverified { path: format!("{PATH}/c/l"), ..rings(&[]) };
    assert_ne!(key(elsewhere, account()), first);
    let step = Unverified { query: "n=2".to_owned(), ..rings(&[]) };
    assert_ne!(key(step, account()), first);
    let resigned = Unverified { signature: vec![SIPGATE.sign(&rings(&[]).body)], ..rings(&[]) };
    assert_eq!(key(resigned, account()), first, "the signature is no part of it");
}

#[test]
fn every_refusal_has_a_label_of_its_own() {
    let refusals =
        [Refusal::Unsigned, Refusal::Headers, Refusal::Signature, Refusal::Form, Refusal::Account];

    let labels: std::collections::BTreeSet<_> = refusals.map(Refusal::label).into();

    assert_eq!(labels.len(), 5);
    assert!(labels.contains("signature") && labels.contains("account"), "{labels:?}");
    assert_eq!(refusals.map(Refusal::status), [403; 5]);
}

#[test]
fn nothing_prints_who_called_whom() {
    let webhook = rings(&[]);
    let printed = format!(
        "{webhook:?} {:?}",
        webhook.clone().verify(&credentials(), Signing::Required, &SIPGATE.trusted())
    );

    assert!(!printed.contains("4930"), "{printed}");
    let printed = format!("{:?}", Credentials { account_number: ACCOUNT.into(), ..credentials() });
    assert!(!printed.contains("test-access-token"), "{printed}");
}

proptest! {
    #[test]
    fn what_was_not_signed_is_not_believed(body in prop::collection::vec(any::<u8>(), 0..300), signature in "[A-Za-z0-9+/=]{0,400}") {
        let webhook = Unverified {
            path: PATH.to_owned(),
            query: String::new(),
            signature: vec![signature.clone()],
            body: body.into(),
        };

        let refusal = if signature.is_empty() { Refusal::Unsigned } else { Refusal::Signature };
        prop_assert_eq!(refusal_of_published(webhook), Some(refusal));
    }
}
