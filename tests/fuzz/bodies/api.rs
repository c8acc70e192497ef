//! What the API is sent: files, pages, keys and addresses.

use actix_web::dev::Payload;
use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use actix_web::web::Query;
use actix_web::{FromRequest, http::header::HeaderName};
use serde_json::json;
use time::OffsetDateTime;
use url::Host;
use uuid::Uuid;
use vestibule::domain::ids::TenantId;
use vestibule::domain::webhook::address::{Address, LONGEST, PrivateAddresses, is_public};
use vestibule::http::extract::idempotency::IdempotencyKey;
use vestibule::http::extract::page::{LIMIT_MAX, Page};
use vestibule::http::v1::import::{Known, Plan, written};
use vestibule::http::v1::{audit, calls, stats};
use vestibule::store::directory::views::BuildingView;

use super::{choice, text};

/// A file with units and residents: what comes out of an import goes in again and changes nothing.
pub fn csv_import(input: &[u8]) {
    let building: BuildingView = serde_json::from_value(json!({
        "id": Uuid::from_u128(1), "name": "Maple House", "address": "", "time_zone": "Europe/London",
        "language": "en-GB", "region": "GB", "strangers": "reject", "withheld": "reject",
        "wrong_pins_max": 10, "wrong_pins_within_hours": 24, "pin_block_hours": 24,
        "created_at": "2026-11-20T12:00:00Z",
    }))
    .expect("a building");
    let mut last = 100;
    let mut fresh = || {
        last += 1;
        Uuid::from_u128(last)
    };
    let plan = Plan::of(input, &building, &Known::default(), &mut fresh);
    let report = plan.report();
    assert!(report.problems.len() <= 10_000 && report.rows <= 10_000);
    for problem in &report.problems {
        assert!(problem.row > 0 && !problem.message.is_empty());
    }
    if !report.problems.is_empty() {
        return;
    }
    let known = Known { units: plan.new_units, residents: plan.new_residents };
    let file = written(&known.units, &known.residents).expect("it fits in memory");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&file[..]);
    for record in reader.records() {
        let record = record.expect("a table");
        // Numbers and dates aside, which the reader knows: no cell is a formula.
        for place in [0, 2] {
            assert!(!record[place].starts_with(['=', '+', '-', '@', '\t', '\r']), "{record:?}");
        }
    }
    let again = Plan::of(&file, &building, &known, &mut fresh);
    let report = again.report();
    assert_eq!(report.problems, []);
    assert_eq!(
        (report.units_added, report.residents_added, report.residents_changed),
        (0, 0, 0),
        "{}",
        text(&file)
    );
}

/// A query, as each of the lists reads it.
pub fn cursor(input: &[u8]) {
    let query = text(input);
    if let Ok(page) = Query::<Page>::from_query(&query) {
        let limit = page.after().limit;
        assert!((2..=i64::from(LIMIT_MAX) + 1).contains(&limit), "{limit}");
        let rows: Vec<Uuid> = (0..u128::from(LIMIT_MAX) + 1).map(Uuid::from_u128).collect();
        let listed = page.listed(rows, |row| *row);
        assert_eq!(listed.items.len() as i64, limit - 1);
        assert_eq!(listed.next_cursor.as_ref(), listed.items.last());
    }
    let _ = Query::<calls::history::Which>::from_query(&query);
    let _ = Query::<audit::log::Which>::from_query(&query);
    let _ = Query::<stats::Which>::from_query(&query);
}

/// A key as it comes in a header: taken as it is, or refused.
pub fn idempotency_key(input: &[u8]) {
    let Ok(value) = HeaderValue::from_bytes(input) else { return };
    let name = HeaderName::from_static("idempotency-key");
    let request = TestRequest::post().insert_header((name, value)).to_http_request();
    let key = IdempotencyKey::from_request(&request, &mut Payload::None).into_inner();
    let is_plain = input.iter().all(|byte| (b' '..=b'~').contains(byte) || *byte == b'\t');
    assert_eq!(key.is_ok(), is_plain && (1..=200).contains(&input.len()));
    let Ok(key) = key else { return };
    assert_eq!(key.text().map(str::as_bytes), Some(input));
    let firm = |n| TenantId::from_uuid(Uuid::from_u128(n));
    let at = OffsetDateTime::UNIX_EPOCH;
    let name = |firm, body: &str| key.names(firm, &body, at).expect("it has a key");
    assert_eq!(name(firm(1), "a"), name(firm(1), "a"));
    assert_ne!(name(firm(1), "a"), name(firm(2), "a"));
    assert_ne!(name(firm(1), "a"), name(firm(1), "b"));
}

/// A URL as a manager enters it: what is taken is public, and is what is connected to.
pub fn webhook_address(input: &[u8]) {
    let (private, rest) = choice(input, 2);
    let address = text(rest);
    let private = [PrivateAddresses::Refused, PrivateAddresses::Allowed][private];
    let Ok(taken) = Address::parse(&address, private) else { return };
    let url = taken.url();
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none());
    assert!(!format!("{taken:?}").contains(url.path()) || url.path() == "/");
    if url.as_str().chars().count() > LONGEST {
        return;
    }
    let again = Address::parse(url.as_str(), private);
    assert_eq!(again.as_ref().map(|again| again.url()), Ok(url));
    if private == PrivateAddresses::Allowed {
        return;
    }
    assert_eq!(url.scheme(), "https");
    assert!(!matches!(url.port_or_known_default(), Some(22 | 25 | 5432 | 6379)));
    match url.host() {
        Some(Host::Ipv4(ip)) => assert!(is_public(ip.into())),
        Some(Host::Ipv6(ip)) => assert!(is_public(ip.into())),
        Some(Host::Domain(name)) => assert!(name.contains('.') && !name.ends_with(".localhost")),
        None => panic!("no host"),
    }
}
