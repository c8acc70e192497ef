//! Whether a webhook is Twilio's: what is accepted, the vendor's own examples above all, and every way around it that we know.

use proptest::prelude::*;
use sha2::{Digest, Sha256};
use vestibule::carriers::twilio::verify::{Method, Wrong};
use vestibule::carriers::twilio::{Credentials, Refusal, Signing, Unverified};
use vestibule::domain::ids::ConnectionId;

use crate::twilio_people::{
    ACCOUNT, AUTH_TOKEN, CALL, PUBLIC_URL, Pairs, ROOM, account, credentials, form, posted,
    signature,
};

const TARGET: &str = "/hooks/twilio/nobody-guesses-this/gather/c/l?n=7";
const P: [(&str, &str); 5] = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
];
const PATH: &str = "/myapp.php?foo=1&bar=2";
const HASH_OF_JSON: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
const HASH_OF_NOTHING: &str = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

fn call_of(digits: &str) -> Vec<(&'static str, String)> {
    vec![
        ("CallSid", CALL.to_owned()),
        ("AccountSid", ACCOUNT.to_owned()),
        ("From", "+15145550100".to_owned()),
        ("CallStatus", "in-progress".to_owned()),
        ("Digits", digits.to_owned()),
    ]
}

fn pressed(digits: &str) -> Unverified {
    pressed_at(TARGET, digits)
}

fn pressed_at(target: &str, digits: &str) -> Unverified {
    let pairs = call_of(digits);
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    posted(target, &pairs)
}

fn refusal_of(webhook: Unverified) -> Option<Refusal> {
    webhook.verify(&credentials(), Signing::Required, PUBLIC_URL).err()
}

fn with_token(token: &str) -> Credentials {
    Credentials { auth_tokens: vec![token.into()], ..credentials() }
}

fn request(target: &str, pairs: &Pairs<'_>, signature: &str) -> Unverified {
    Unverified { signature: vec![signature.to_owned()], ..posted(target, pairs) }
}

fn with<'a>(pairs: &Pairs<'a>, more: &Pairs<'a>) -> Vec<(&'a str, &'a str)> {
    [pairs, more].concat()
}

/// The vendor's examples: where we are, what was asked for, what came, and its signature.
fn examples() -> Vec<(&'static str, &'static str, Unverified)> {
    let https = "https://mycompany.com";
    let d = [
        ("Sid", "CA123"),
        ("SidAccount", "AC123"),
        ("Digits", "5678"),
        ("Digits", "1234"),
        ("Digits", "1234"),
    ];
    let e = with(&P, &[("Reason", "Participant"), ("ReasonConferenceEnded", "test")]);
    let json = |target: String, body: &'static str, signature: &str| Unverified {
        body: body.into(),
        ..request(&target, &[], signature)
    };
    let f = format!("{PATH}&bodySHA256={HASH_OF_JSON}");
    let g = format!("/myapp.php?bodySHA256={HASH_OF_JSON}");
    let h = format!("{PATH}&bodySHA256={HASH_OF_NOTHING}");
    let body = r#"{"property": "value", "boolean": true}"#;
    let i = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675310"),
        ("Digits", "1234"),
        ("From", "+14158675310"),
        ("To", "+18005551212"),
    ];
    vec![
        ("A", https, request(PATH, &P, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")),
        ("B", https, request(PATH, &P, "kvajT1Ptam85bY51eRf/AJRuM3w=")),
        (
            "B, as configured",
            "https://mycompany.com:443",
            request(PATH, &P, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ),
        (
            "A, port configured",
            "https://mycompany.com:443",
            request(PATH, &P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ),
        ("C", "http://mycompany.com:1234", request(PATH, &P, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=")),
        ("C2", "http://mycompany.com", request(PATH, &P, "0ZXoZLH/DfblKGATFgpif+LLRf4=")),
        ("D", https, request(PATH, &d, "IK+Dwps556ElfBT0I3Rgjkr1wJU=")),
        ("E", https, request(PATH, &e, "vOEb5UThFn24KEfnOFLQY2AE5FY=")),
        ("F", https, json(f, body, "a9nBmqA0ju/hNViExpshrM61xv4=")),
        ("G", https, json(g, body, "y77kIzt2vzLz71DgmJGsen2scGs=")),
        ("H", https, json(h, "{}", "Ldidvp12m26NI7eqEvxnEpkd9Hc=")),
        ("I", "https://example.com", request(PATH, &i, "L/OH5YylLD5NRKLltdqwSvS0BnU=")),
        (
            "J",
            https,
            request(&format!("{PATH}&Body=It's+amazing"), &P, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
        ),
        (
            "J, escaped",
            https,
            request(&format!("{PATH}&Body=It%27s+amazing"), &P, "TfZzewPq8wqrGlMfyAud8+/IvJ0="),
        ),
        ("K", "https://user:pass@mycompany.com", request(PATH, &P, "CukzLTc1tT5dXEDIHm/tKBanW10=")),
        (
            "A, with a password",
            "https://user:pass@mycompany.com/",
            request(PATH, &P, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ),
    ]
}

#[test]
fn the_vendors_examples_are_believed_and_with_another_token_none_is() {
    let ours =
        |credentials: Credentials| Credentials { account_sid: "AC123".to_owned(), ..credentials };
    for (name, public_url, webhook) in examples() {
        let verdict = |token| {
            let credentials = ours(with_token(token));
            webhook.clone().verify(&credentials, Signing::Required, public_url).err()
        };
        assert_eq!(verdict("12345"), None, "{name}");
        assert_eq!(verdict("12346"), Some(Wrong::Signature.into()), "{name}");
    }
}

#[test]
fn our_own_examples_are_believed() {
    let voice = [
        ("CallSid", CALL),
        ("AccountSid", ACCOUNT),
        ("From", "+15145550100"),
        ("To", "+15145550199"),
        ("CallStatus", "ringing"),
        ("Direction", "inbound"),
        ("CallerName", "José Ñandú"),
        ("FromZip", ""),
    ];
    let ended = [
        ("ConferenceSid", ROOM),
        ("FriendlyName", "b1-d1-v1"),
        ("AccountSid", ACCOUNT),
        ("SequenceNumber", "6"),
        ("Timestamp", "Fri, 20 Nov 2026 18:00:00 +0000"),
        ("StatusCallbackEvent", "conference-end"),
        ("Reason", "Participant hung up"),
        ("ReasonConferenceEnded", "last-participant-left"),
        ("CallSidEndingConference", "CA00000000000000000000000000000002"),
    ];
    let got = format!("/twilio/voice?CallSid={CALL}&From=%2B15145550100&CallStatus=ringing");
    let got =
        Unverified { method: Method::Get, ..request(&got, &[], "+9ZAYJ++KRyAK87HWcGk5cluWyw=") };
    let socket = |signature| Unverified {
        method: Method::Upgrade,
        ..request("/twilio/media", &[], signature)
    };
    for webhook in [
        request("/twilio/voice?b=maple-12", &voice, "NSc8uuGVQURlSQTQYIMu81UfQVc="),
        got,
        request("/twilio/conference", &ended, "O87k+n+YZ7GZnhIeDwu2cmhnlO8="),
        socket("POBA0Dopbz19aRZMjuIjLTONCLQ="),
        // With the slash that is sometimes added.
        socket("95PzdsQJf3Lin3P2ThzLtBeMKeI="),
    ] {
        let target = format!("{}?{}", webhook.path, webhook.query);
        assert_eq!(refusal_of(webhook), None, "{target}");
    }
}

#[test]
fn parameters_sorted_with_their_values_are_another_signature() {
    let pairs = with(&P, &[("Reason", "Participant"), ("ReasonConferenceEnded", "test")]);
    let webhook = request(PATH, &pairs, "95+Bu0JVPi0r/SsESZCVf0dWAjw=");

    let refusal = webhook.verify(&with_token("12345"), Signing::Required, "https://mycompany.com");

    assert_eq!(refusal.unwrap_err(), Wrong::Signature.into());
}

#[test]
fn an_unsigned_webhook_is_refused() {
    for signature in [vec![], vec![String::new()]] {
        let refusal = refusal_of(Unverified { signature, ..pressed("1") }).unwrap();
        assert_eq!((refusal, refusal.status()), (Refusal::Unsigned, 403));
    }
    let good = pressed("1").signature.remove(0);
    let twice = Unverified { signature: vec![good.clone(), good], ..pressed("1") };
    assert_eq!(refusal_of(twice), Some(Wrong::Headers.into()));
}

#[test]
fn without_a_token_nothing_is_believed() {
    for auth_tokens in [vec![], vec!["".into()]] {
        let credentials = Credentials { auth_tokens, ..credentials() };
        let unsigned = signature("", &format!("{PUBLIC_URL}{TARGET}"), &[]);
        let webhook = request(TARGET, &[], &unsigned);

        let refusal = webhook.verify(&credentials, Signing::Required, PUBLIC_URL).unwrap_err();

        assert_eq!((refusal, refusal.status()), (Refusal::NoToken, 500));
    }
}

#[test]
fn while_a_token_is_changed_both_sign_and_an_empty_one_never() {
    let mut credentials = credentials();
    credentials.auth_tokens.insert(0, "the-next-token".into());
    credentials.auth_tokens.push("".into());
    for (token, is_believed) in [(AUTH_TOKEN, true), ("the-next-token", true), ("", false)] {
        let signed = signature(token, &format!("{PUBLIC_URL}{TARGET}"), &[("CallSid", CALL)]);
        let webhook = request(TARGET, &[("CallSid", CALL)], &signed);
        let verified = webhook.verify(&credentials, Signing::Required, PUBLIC_URL);
        assert_eq!(verified.is_ok(), is_believed, "{token}");
    }
}

#[test]
fn another_accounts_webhook_is_refused_even_if_it_is_signed() {
    for pairs in [
        &[("AccountSid", "AC00000000000000000000000000000002")][..],
        &[("AccountSid", ACCOUNT), ("AccountSid", "AC00000000000000000000000000000002")],
        &[("AccountSid", "")],
    ] {
        assert_eq!(refusal_of(posted(TARGET, pairs)), Some(Wrong::Account.into()), "{pairs:?}");
    }
}

#[test]
fn what_was_signed_for_another_place_is_refused() {
    let good = pressed("1");
    let elsewhere = [
        Unverified { path: good.path.replace("gather", "voice"), ..good.clone() },
        Unverified { path: format!("{}/", good.path), ..good.clone() },
        Unverified { path: good.path.clone(), ..pressed_at(&TARGET.replace('?', "/?"), "1") },
        Unverified { query: "n=8".to_owned(), ..good.clone() },
        Unverified { query: String::new(), ..good.clone() },
        Unverified { query: "n=7&n=7".to_owned(), ..good.clone() },
        Unverified { method: Method::Get, ..good.clone() },
        Unverified { method: Method::Upgrade, ..good.clone() },
    ];
    for webhook in elsewhere {
        let refusal = refusal_of(webhook.clone()).expect("refused");
        assert_eq!(refusal.status(), 403, "{} {}", webhook.path, webhook.query);
    }
    for public_url in [
        "http://door.example.test",
        "https://door.example.test.evil.example",
        "https://evil.example",
    ] {
        let refusal = good.clone().verify(&credentials(), Signing::Required, public_url);
        assert_eq!(refusal.unwrap_err(), Wrong::Signature.into(), "{public_url}");
    }
}

/// Nothing stands between a name and its value in what is signed, nor between one parameter and the next.
#[test]
fn a_signed_form_can_not_be_cut_up_anew_into_one_that_says_something_else() {
    let good = pressed("12");
    for cut in [
        // All of these have the same signature as `good`, by the vendor's rules.
        form(&[
            ("AccountSid", ACCOUNT),
            ("CallSid", CALL),
            ("CallStatus", "in-progress"),
            ("Digits", "12From+15145550100"),
        ]),
        form(&[
            ("AccountSid", &format!("{ACCOUNT}CallSid{CALL}")),
            ("CallStatus", "in-progress"),
            ("Digits", "12"),
            ("From", "+15145550100"),
        ]),
    ] {
        let webhook = Unverified { body: cut.clone().into(), ..good.clone() };
        let verified = webhook.verify(&credentials(), Signing::Required, PUBLIC_URL);
        let harmless = match verified {
            Err(_) => true,
            Ok(verified) => {
                use vestibule::carriers::twilio::{Hook, parse::parse};
                parse(Hook::Gather, &verified).is_err()
            }
        };
        assert!(harmless, "{cut}");
    }
    for unclear in ["a", "a&b=1", "=1", "a=1&", "&a=1", "a=%4", "a=%ff", "a=b=c"] {
        let webhook = Unverified { body: unclear.into(), ..good.clone() };
        assert_eq!(refusal_of(webhook), Some(Wrong::Form.into()), "{unclear}");
    }
}

#[test]
fn a_body_that_is_no_form_is_believed_by_its_hash_alone() {
    let body = "CallSid=CA00000000000000000000000000000009";
    let hash = hex::encode(Sha256::digest(body));
    let target = format!("/hooks/twilio/t/voice?bodySHA256={hash}");
    let signed = Unverified { body: body.into(), ..posted(&target, &[]) };
    assert_eq!(refusal_of(signed.clone()), None);

    let other = Unverified { body: body.replace('9', "8").into(), ..signed.clone() };
    assert_eq!(refusal_of(other), Some(Wrong::Body.into()));
    // Its parameters are not read: nobody has signed them as such.
    let verified = signed.verify(&credentials(), Signing::Required, PUBLIC_URL).unwrap();
    assert!(
        vestibule::carriers::twilio::parse::parse(
            vestibule::carriers::twilio::Hook::Voice,
            &verified
        )
        .is_err()
    );
}

#[test]
fn a_get_with_a_body_is_refused() {
    let got = Unverified { method: Method::Get, ..pressed("1") };

    assert_eq!(refusal_of(got), Some(Wrong::Form.into()));
}

fn key(webhook: Unverified) -> [u8; 32] {
    webhook.verify(&credentials(), Signing::Off, PUBLIC_URL).unwrap().key(account())
}

#[test]
fn a_question_is_known_by_all_that_it_says_and_by_the_script_that_asked() {
    let first = key(pressed("1"));

    let retried =
        Unverified { attempt_token: Some("5b0c".to_owned()), signature: vec![], ..pressed("1") };
    assert_eq!(first, key(retried), "what is not signed makes no other delivery");
    let reordered = Unverified {
        body: form(&[
            ("Digits", "1"),
            ("From", "+15145550100"),
            ("CallStatus", "in-progress"),
            ("AccountSid", ACCOUNT),
            ("CallSid", CALL),
        ])
        .into(),
        ..pressed("1")
    };
    assert_eq!(first, key(reordered), "nor does another order");
    assert_ne!(first, key(pressed("2")));
    assert_ne!(
        first,
        key(Unverified { query: "n=8".to_owned(), ..pressed("1") }),
        "the same keys, asked for again"
    );
    let other = pressed("1").verify(&credentials(), Signing::Off, PUBLIC_URL).unwrap();
    assert_ne!(first, other.key(ConnectionId::from_uuid(uuid::Uuid::from_u128(8))));
}

#[test]
fn a_report_is_known_by_the_carriers_own_count() {
    let report = |call: &str, sequence: &str, status: &str, time: &str| {
        key(posted(
            "/hooks/twilio/t/status/c/l",
            &[
                ("CallSid", call),
                ("SequenceNumber", sequence),
                ("CallStatus", status),
                ("Timestamp", time),
            ],
        ))
    };
    let first = report(CALL, "2", "in-progress", "Fri, 20 Nov 2026 18:00:00 +0000");
    assert_eq!(first, report(CALL, "2", "in-progress", "Fri, 20 Nov 2026 18:00:01 +0000"));
    assert_ne!(first, report(CALL, "3", "in-progress", "Fri, 20 Nov 2026 18:00:00 +0000"));
    assert_ne!(first, report(CALL, "2", "completed", "Fri, 20 Nov 2026 18:00:00 +0000"));

    let news = |sequence: &str, call: &str| {
        key(posted(
            "/hooks/twilio/t/conference/c",
            &[
                ("ConferenceSid", ROOM),
                ("SequenceNumber", sequence),
                ("StatusCallbackEvent", "participant-join"),
                ("CallSid", call),
            ],
        ))
    };
    assert_eq!(news("1", CALL), news("1", CALL));
    assert_ne!(news("1", CALL), news("2", CALL));
}

#[test]
fn every_refusal_has_a_label_of_its_own() {
    let wrong = [Wrong::Headers, Wrong::Signature, Wrong::Form, Wrong::Body, Wrong::Account];
    let refusals =
        wrong.map(Refusal::from).into_iter().chain([Refusal::Unsigned, Refusal::NoToken]);

    let labels: std::collections::BTreeSet<_> = refusals.map(Refusal::label).collect();

    assert_eq!(labels.len(), 7);
    assert!(labels.contains("signature") && labels.contains("no_token"), "{labels:?}");
}

#[test]
fn what_each_attempt_carries_is_kept() {
    let token_of = |attempt_token: Option<String>| {
        let webhook = Unverified { attempt_token, ..pressed("1") };
        let verified = webhook.verify(&credentials(), Signing::Required, PUBLIC_URL).unwrap();
        verified.attempt_token().map(str::to_owned)
    };

    assert_eq!(token_of(Some("5b0c".to_owned())).as_deref(), Some("5b0c"));
    assert_eq!(token_of(None), None);
}

#[test]
fn an_address_of_ipv6_is_signed_with_its_port_or_without() {
    let public_url = "https://[2001:db8::1]:443";
    for signed_as in [public_url, "https://[2001:db8::1]"] {
        let signed = signature(AUTH_TOKEN, &format!("{signed_as}{TARGET}"), &[("CallSid", CALL)]);
        let webhook = request(TARGET, &[("CallSid", CALL)], &signed);

        let verified = webhook.verify(&credentials(), Signing::Required, public_url);

        assert!(verified.is_ok(), "{signed_as}");
    }
}

#[test]
fn neither_credentials_nor_webhooks_show_in_debug_output() {
    let webhook = pressed("4711");
    let verified = webhook.clone().verify(&credentials(), Signing::Required, PUBLIC_URL).unwrap();

    let shown = format!("{:?} {webhook:?} {verified:?}", credentials());

    for secret in [AUTH_TOKEN, "4711", "5145550100", &webhook.signature[0]] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// What a form says, however it is written.
fn meaning(body: &[u8]) -> std::collections::BTreeMap<String, std::collections::BTreeSet<String>> {
    let mut meaning = std::collections::BTreeMap::<_, std::collections::BTreeSet<_>>::new();
    for (name, value) in url::form_urlencoded::parse(body).into_owned() {
        meaning.entry(name).or_default().insert(value);
    }
    meaning
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn what_is_signed_is_believed_until_a_byte_changes(
        values in proptest::collection::btree_map("[A-Z][a-zA-Z]{0,8}", "\\PC{0,12}", 1..6),
        place in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let mut pairs: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        pairs.retain(|(name, _)| *name != "AccountSid");
        pairs.push(("CallSid", CALL));
        let good = posted(TARGET, &pairs);
        prop_assert_eq!(refusal_of(good.clone()), None);

        let mut body = good.body.to_vec();
        let at = place.index(body.len());
        if body[at] != byte {
            body[at] = byte;
            let changed = Unverified { body: body.clone().into(), ..good.clone() };
            // An escape may be written in small letters: that says the same.
            let says_the_same = meaning(&body) == meaning(&good.body);
            prop_assert!(refusal_of(changed).is_some() || says_the_same, "{}", String::from_utf8_lossy(&body));
        }
        let signature = good.signature[0].clone();
        let mut header = signature.clone().into_bytes();
        let at = place.index(header.len());
        header[at] ^= 1 << (byte % 7);
        let changed = Unverified { signature: vec![String::from_utf8(header).expect("ASCII")], ..good.clone() };
        prop_assert!(refusal_of(changed).is_some());
        for (path, query) in [(true, false), (false, true)] {
            let flip = |text: &str, do_it: bool| {
                if !do_it { return text.to_owned() }
                let mut text = text.to_owned().into_bytes();
                let at = place.index(text.len());
                text[at] ^= 1 << (byte % 5);
                String::from_utf8(text).expect("ASCII")
            };
            let changed = Unverified { path: flip(&good.path, path), query: flip(&good.query, query), ..good.clone() };
            prop_assert!(refusal_of(changed).is_some());
        }
    }

    #[test]
    fn nothing_makes_it_panic(
        header in "\\PC{0,40}",
        path in "\\PC{0,40}",
        query in "[\\PC%&=+#]{0,60}",
        body in proptest::collection::vec(any::<u8>(), 0..80),
        public_url in "\\PC{0,30}",
    ) {
        for method in [Method::Get, Method::Post, Method::Upgrade] {
            let webhook = Unverified {
                method, path: path.clone(), query: query.clone(), signature: vec![header.clone()], attempt_token: None, body: body.clone().into(),
            };
            let _ = webhook.clone().verify(&credentials(), Signing::Off, &public_url).map(|verified| verified.key(account()));
            prop_assert!(webhook.verify(&credentials(), Signing::Required, &public_url).is_err());
        }
    }
}
