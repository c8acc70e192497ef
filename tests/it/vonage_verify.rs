//! Whether a webhook is Vonage's: what is accepted, and every way around it that we know.

use proptest::prelude::*;
use serde_json::{Value, json};
use time::Duration;
use vestibule::carriers::vonage::verify::{Wrong, verify_upgrade};
use vestibule::carriers::vonage::{Refusal, Signing, Unverified};

use crate::vonage_people::{
    APPLICATION, NOON, SECRET, account, claims, credentials, got, posted, token, token_with_header,
};

const BODY: &str =
    r#"{"to":"442079460000","from":"447700900000","conversation_uuid":"CON-1","uuid":"u1"}"#;
const QUERY: &str = "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1";

fn refusal_of(webhook: Unverified) -> Option<Refusal> {
    webhook.verify(&credentials(), Signing::Required, NOON).err()
}

fn with_header(value: impl Into<String>) -> Unverified {
    Unverified { authorization: vec![value.into()], ..posted(BODY) }
}

fn with_claims(change: impl FnOnce(&mut Value)) -> Unverified {
    let mut claims = claims(BODY.as_bytes());
    change(&mut claims);
    with_header(format!("Bearer {}", token(&claims, SECRET)))
}

#[test]
fn what_vonage_signs_is_believed() {
    let verified = posted(BODY).verify(&credentials(), Signing::Required, NOON).unwrap();

    assert_eq!(verified.token_id(), Some("f2b6f0cc-2dc1-4e54-b1d4-52c2ff0a7b3a"));
}

#[test]
fn the_documents_example_of_a_payload_hash_is_accepted() {
    let hash = "16be98a248ceed7d1fb0ec7a6c8322e505493131f16cdc509216c139eda9487d";
    assert_eq!(claims(BODY.as_bytes())["payload_hash"], hash);

    assert_eq!(refusal_of(got(QUERY, BODY)), None);
}

#[test]
fn an_unsigned_webhook_is_to_come_again_later() {
    let unsigned = Unverified { authorization: vec![], ..posted(BODY) };

    let refusal = refusal_of(unsigned).unwrap();

    assert_eq!(refusal, Refusal::Unsigned);
    assert_eq!((refusal.status(), refusal.retry_after()), (503, Some(1)));
}

#[test]
fn an_upgrade_needs_a_token_too_but_no_hash() {
    let mut claims = claims(b"");
    claims.as_object_mut().unwrap().remove("payload_hash");
    let bearer = |secret| vec![format!("Bearer {}", token(&claims, secret))];
    let upgrade = |authorization: &[String], signing| {
        verify_upgrade(authorization, &credentials(), signing, NOON)
    };

    assert_eq!(upgrade(&bearer(SECRET), Signing::Required), Ok(()));
    assert_eq!(upgrade(&[], Signing::Required), Err(Refusal::Unsigned));
    let forged = bearer("another-tenants-secret");
    assert_eq!(upgrade(&forged, Signing::Required), Err(Wrong::Signature.into()));
    assert_eq!(upgrade(&forged, Signing::Off), Ok(()));
}

#[test]
fn headers_that_carry_no_token_are_refused() {
    let good = posted(BODY).authorization.remove(0);
    let signed = good.strip_prefix("Bearer ").unwrap().to_owned();
    for value in [
        String::new(),
        signed.clone(),
        format!("bearer {signed}"),
        format!("BEARER {signed}"),
        format!(" Bearer {signed}"),
        format!("Basic {signed}"),
        format!("Bearer\t{signed}"),
    ] {
        assert_eq!(refusal_of(with_header(&*value)), Some(Wrong::Scheme.into()), "{value:?}");
    }
    let twice = Unverified { authorization: vec![good.clone(), good], ..posted(BODY) };
    assert_eq!(refusal_of(twice), Some(Wrong::Headers.into()));
}

#[test]
fn tokens_that_are_none_are_refused() {
    let good = posted(BODY).authorization.remove(0);
    for value in [
        "Bearer ".to_owned(),
        "Bearer a.b".to_owned(),
        "Bearer ..".to_owned(),
        format!("{good} "),
        format!("{good}="),
        format!("{good}.x"),
        good.replace('.', ". "),
        format!("Bearer {}", "A".repeat(100_000)),
    ] {
        let refusal = refusal_of(with_header(&*value)).expect("no token");
        assert_eq!(refusal.status(), 401, "{value:?}");
    }
}

#[test]
fn only_hs256_and_no_other_word_in_the_header_is_accepted() {
    let claims = claims(BODY.as_bytes());
    for header in [
        json!({"alg": "none", "typ": "JWT"}),
        json!({"alg": "None", "typ": "JWT"}),
        json!({"alg": "hs256", "typ": "JWT"}),
        json!({"alg": "HS512", "typ": "JWT"}),
        json!({"alg": "RS256", "typ": "JWT"}),
        json!({"typ": "JWT"}),
        json!({"alg": ["HS256"]}),
        json!({"alg": "HS256", "typ": "JWE"}),
        json!({"alg": "HS256", "kid": "../../../dev/null"}),
        json!({"alg": "HS256", "jku": "https://evil.example/keys"}),
        json!({"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}),
        json!({"alg": "HS256", "crit": ["b64"], "b64": false}),
    ] {
        let token = token_with_header(&header, &claims, SECRET);
        let refusal = refusal_of(with_header(format!("Bearer {token}")));
        assert_eq!(refusal, Some(Wrong::Algorithm.into()), "{header}");
    }
    let (signed, _) =
        token(&claims, SECRET).rsplit_once('.').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
    assert_eq!(refusal_of(with_header(format!("Bearer {signed}."))), Some(Wrong::Signature.into()));
}

#[test]
fn other_secrets_sign_nothing() {
    for secret in ["another-tenants-secret", "", &SECRET.to_uppercase(), &format!("{SECRET} ")] {
        let token = token(&claims(BODY.as_bytes()), secret);
        let webhook = with_header(format!("Bearer {token}"));
        assert_eq!(refusal_of(webhook), Some(Wrong::Signature.into()), "{secret:?}");
    }
}

#[test]
fn a_public_key_signs_nothing() {
    let public = include_str!("../golden/vonage/test-application-key.pub.pem");
    let token = token(&claims(BODY.as_bytes()), public);

    assert_eq!(refusal_of(with_header(format!("Bearer {token}"))), Some(Wrong::Signature.into()));
}

#[test]
fn an_empty_secret_in_the_configuration_signs_nothing() {
    let token = token(&claims(BODY.as_bytes()), "");
    let mut credentials = credentials();
    credentials.signature_secrets = vec!["".into()];

    let refusal =
        with_header(format!("Bearer {token}")).verify(&credentials, Signing::Required, NOON);

    assert_eq!(refusal.unwrap_err(), Wrong::Signature.into());
}

#[test]
fn while_a_secret_is_changed_both_sign() {
    let mut credentials = credentials();
    credentials.signature_secrets.insert(0, "the-next-secret".into());

    for secret in [SECRET, "the-next-secret"] {
        let token = token(&claims(BODY.as_bytes()), secret);
        let webhook = with_header(format!("Bearer {token}"));
        assert!(webhook.verify(&credentials, Signing::Required, NOON).is_ok(), "{secret}");
    }
}

#[test]
fn claims_of_others_are_refused() {
    for (claim, value, wrong) in [
        ("iss", json!("vonage"), Wrong::Issuer),
        ("iss", Value::Null, Wrong::Claims),
        ("api_key", json!("deadbeef"), Wrong::Account),
        ("api_key", Value::Null, Wrong::Claims),
        ("application_id", json!("11111111-bbbb-4ccc-8ddd-0123456789ab"), Wrong::Application),
        ("application_id", json!(""), Wrong::Application),
        ("iat", Value::Null, Wrong::Claims),
        ("iat", json!("1772366400"), Wrong::Claims),
        ("exp", json!("9999999999"), Wrong::Claims),
        ("nbf", json!([0]), Wrong::Claims),
        ("payload_hash", Value::Null, Wrong::Claims),
        ("payload_hash", json!(""), Wrong::Payload),
        ("payload_hash", json!("0".repeat(64)), Wrong::Payload),
    ] {
        let refusal = refusal_of(with_claims(|claims| claims[claim] = value.clone()));
        assert_eq!(refusal, Some(wrong.into()), "{claim}: {value}");
    }
}

#[test]
fn the_application_may_be_left_out() {
    let webhook = with_claims(|claims| {
        assert_eq!(
            claims.as_object_mut().unwrap().remove("application_id"),
            Some(json!(APPLICATION))
        );
    });

    assert_eq!(refusal_of(webhook), None);
}

#[test]
fn a_token_is_good_for_five_minutes_and_for_one_before_its_time() {
    for (seconds, refusal) in [
        (-61, Some(Refusal::Stale)),
        (-60, None),
        (300, None),
        (301, Some(Refusal::Stale)),
        (86_400 * 30, Some(Refusal::Stale)),
    ] {
        let at = NOON + Duration::seconds(seconds);
        assert_eq!(
            posted(BODY).verify(&credentials(), Signing::Required, at).err(),
            refusal,
            "{seconds} s after it was signed"
        );
    }
    for iat in [i64::MIN, i64::MAX, 0] {
        let refusal = refusal_of(with_claims(|claims| claims["iat"] = json!(iat)));
        assert_eq!(refusal, Some(Refusal::Stale), "{iat}");
    }
}

#[test]
fn an_expired_token_is_refused_however_fresh() {
    let now = NOON.unix_timestamp();
    for (exp, refusal) in
        [(now, Some(Refusal::Stale)), (now + 1, None), (i64::MIN, Some(Refusal::Stale))]
    {
        assert_eq!(refusal_of(with_claims(|claims| claims["exp"] = json!(exp))), refusal, "{exp}");
    }
    let not_yet = with_claims(|claims| claims["nbf"] = json!(now + 61));
    assert_eq!(refusal_of(not_yet), Some(Refusal::Stale));
}

#[test]
fn the_compact_form_of_a_body_may_have_been_hashed() {
    let spaced = "{ \"dtmf\" : {\"digits\":\"1 2\\\" \"},\r\n\t\"uuid\":\"u1\" }";
    let compact = "{\"dtmf\":{\"digits\":\"1 2\\\" \"},\"uuid\":\"u1\"}";
    let signed = |body: &'static str| Unverified {
        authorization: posted(compact).authorization,
        ..posted(body)
    };

    assert_eq!(refusal_of(signed(spaced)), None);
    assert_eq!(
        refusal_of(signed("{ \"dtmf\":{\"digits\":\"12\\\" \"},\"uuid\":\"u1\"}")),
        Some(Wrong::Payload.into())
    );
    // White space does not make another delivery of it.
    let key = |webhook: Unverified| {
        webhook.verify(&credentials(), Signing::Required, NOON).unwrap().key(account())
    };
    assert_eq!(key(signed(spaced)), key(signed(compact)));
}

#[test]
fn the_query_may_have_been_hashed_with_or_without_our_parameter_and_in_any_spelling() {
    let query = "n=7&to=442079460000&from=J%C3%BCrgen+%F0%9F%9A%AA";
    for hashed in [
        r#"{"n":"7","to":"442079460000","from":"Jürgen 🚪"}"#,
        r#"{"to":"442079460000","from":"Jürgen 🚪"}"#,
        r#"{"to":"442079460000","from":"J\u00fcrgen \ud83d\udeaa"}"#,
        r#"{"n":"7","to":"442079460000","from":"J\u00FCrgen \uD83D\uDEAA"}"#,
    ] {
        assert_eq!(refusal_of(got(query, hashed)), None, "{hashed}");
    }
}

#[test]
fn a_query_that_says_something_else_is_refused() {
    for query in [
        "to=442079460001&from=447700900000&conversation_uuid=CON-1&uuid=u1",
        "from=447700900000&to=442079460000&conversation_uuid=CON-1&uuid=u1",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1&dtmf=1",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1&uuid=u1",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1&n=1&n=2",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1%00",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1%",
        "to=442079460000&from=447700900000&conversation_uuid=CON-1&uuid=u1%ff",
        "",
    ] {
        assert_eq!(refusal_of(got(query, BODY)), Some(Wrong::Payload.into()), "{query}");
    }
    // The same, written otherwise, is the same delivery.
    let key = |query| {
        got(query, BODY).verify(&credentials(), Signing::Required, NOON).unwrap().key(account())
    };
    assert_eq!(key(&QUERY.replace("u1", "%751")), key(QUERY));
}

#[test]
fn what_was_signed_as_a_body_is_no_query_and_the_other_way_round() {
    let body_in_a_get = Unverified { body: BODY.into(), ..got(QUERY, BODY) };
    assert_eq!(refusal_of(body_in_a_get), Some(Wrong::Payload.into()));

    let query_in_a_post = Unverified { body: QUERY.into(), ..posted(BODY) };
    assert_eq!(refusal_of(query_in_a_post), Some(Wrong::Payload.into()));
}

#[test]
fn a_delivery_is_known_by_its_account_path_query_and_body() {
    let key = |webhook: Unverified| {
        webhook.verify(&credentials(), Signing::Off, NOON).unwrap().key(account())
    };
    let first = key(posted(BODY));

    assert_eq!(first, key(Unverified { authorization: vec![], ..posted(BODY) }), "a retry");
    assert_ne!(first, key(posted(BODY.replace("u1", "u2"))));
    assert_ne!(first, key(Unverified { query: "n=2".to_owned(), ..posted(BODY) }));
    assert_ne!(first, key(Unverified { path: "/hooks/vonage/other".to_owned(), ..posted(BODY) }));
    let other = vestibule::domain::ids::ConnectionId::from_uuid(uuid::Uuid::from_u128(8));
    let verified = posted(BODY).verify(&credentials(), Signing::Off, NOON).unwrap();
    assert_ne!(first, verified.key(other));
}

#[test]
fn every_refusal_has_a_label_of_its_own_and_only_the_unsigned_may_come_again() {
    let wrong = [
        Wrong::Headers,
        Wrong::Scheme,
        Wrong::Token,
        Wrong::Algorithm,
        Wrong::Signature,
        Wrong::Claims,
        Wrong::Issuer,
        Wrong::Account,
        Wrong::Application,
        Wrong::Payload,
    ];
    let refusals: Vec<Refusal> =
        wrong.map(Refusal::from).into_iter().chain([Refusal::Stale]).collect();

    let labels: std::collections::BTreeSet<_> =
        refusals.iter().chain([&Refusal::Unsigned]).map(|refusal| refusal.label()).collect();
    assert_eq!(labels.len(), 12);
    assert!(labels.contains("signature") && labels.contains("unsigned"), "{labels:?}");
    for refusal in refusals {
        assert_eq!((refusal.status(), refusal.retry_after()), (401, None), "{refusal:?}");
    }
}

#[test]
fn a_token_has_eight_kibibytes_at_most() {
    let long = |pad: usize| {
        let mut claims = claims(BODY.as_bytes());
        claims["pad"] = json!("x".repeat(pad));
        token(&claims, SECRET)
    };
    let longest = (5_500..6_000).rev().map(long).find(|token| token.len() <= 8 * 1024).unwrap();
    assert_eq!(longest.len(), 8 * 1024);

    assert_eq!(refusal_of(with_header(format!("Bearer {longest}"))), None);
    let longer = long(6_000);
    let refusal = refusal_of(with_header(format!("Bearer {longer}")));
    assert_eq!(refusal, Some(Wrong::Token.into()));
}

#[test]
fn neither_credentials_nor_webhooks_show_in_debug_output() {
    let webhook = posted(BODY);
    let shown = format!(
        "{:?} {webhook:?} {:?}",
        credentials(),
        webhook.clone().verify(&credentials(), Signing::Required, NOON).unwrap()
    );
    for secret in [SECRET, "PRIVATE", "447700900000", "Bearer"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_believed_until_a_bit_changes(
        body in proptest::collection::vec(any::<u8>(), 1..300),
        place in any::<prop::sample::Index>(),
        bit in 0_u8..8,
    ) {
        prop_assert_eq!(refusal_of(posted(body.clone())), None);

        let mut flipped = posted(body.clone());
        let mut bytes = body.clone();
        bytes[place.index(body.len())] ^= 1 << bit;
        flipped.body = bytes.into();
        prop_assert_eq!(refusal_of(flipped), Some(Wrong::Payload.into()));

        let mut flipped = posted(body);
        let mut header = flipped.authorization.remove(0).into_bytes();
        let place = place.index(header.len());
        header[place] ^= 1 << (bit % 7);
        flipped.authorization = vec![String::from_utf8(header).expect("ASCII stays ASCII")];
        prop_assert!(refusal_of(flipped).is_some());
    }

    #[test]
    fn nothing_makes_it_panic(
        header in "\\PC{0,80}",
        query in "[\\PC%&=+]{0,80}",
        body in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        for webhook in [got(&query, ""), posted(body)] {
            let _ = webhook.clone().verify(&credentials(), Signing::Off, NOON);
            let refusal = refusal_of(Unverified { authorization: vec![header.clone()], ..webhook });
            prop_assert!(refusal.is_some());
        }
    }

    #[test]
    fn a_signed_query_is_believed_until_it_says_something_else(
        names in proptest::collection::btree_set("[a-m]{1,6}", 1..6),
        value in "\\PC{1,20}",
        other in "\\PC{1,20}",
    ) {
        let written = |value: &str| -> String {
            let escaped: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
            names.iter().map(|name| format!("{name}={escaped}")).collect::<Vec<_>>().join("&")
        };
        let members: Vec<_> = names.iter().map(|name| format!("\"{name}\":{}", json!(value))).collect();
        let hashed = format!("{{{}}}", members.join(","));

        prop_assert_eq!(refusal_of(got(&written(&value), &hashed)), None);
        prop_assert_eq!(refusal_of(got(&written(&other), &hashed)).is_none(), other == value);
    }
}
