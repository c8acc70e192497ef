//! API keys: what programs may, for how long, and what of it is ever shown.

use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;
use time::format_description::well_known::Rfc3339;
use vestibule::application::ports::Clock;

use crate::harness::database;
use crate::harness::server::{Server, Signed};

const GRACE: &str = "grace@maple.example";

async fn key(server: &Server, by: &Signed, body: Value) -> (String, String) {
    let answer = server.post(&by.token, "/v1/api-keys", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    (answer.text("key"), answer.text("id"))
}

fn reads() -> Value {
    json!({ "name": "Reports", "role": "viewer", "scopes": ["read"] })
}

#[actix_web::test]
async fn a_key_is_shown_once_and_kept_as_a_hash() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let post = async || {
        let request = server
            .request(Method::POST, "/v1/api-keys")
            .bearer_auth(&grace.token)
            .header("Idempotency-Key", "once")
            .json(&reads());
        server.send(request).await
    };

    let first = post().await;
    let repeated = post().await;
    let secret = first.text("key");
    let listed = server.get(&grace.token, "/v1/api-keys").await.body;

    assert!(secret.starts_with("vst_") && secret.split('_').count() == 3, "{secret}");
    assert_eq!(
        (repeated.status, &repeated.body["key"], &repeated.body["id"]),
        (201, &Value::Null, &first.body["id"])
    );
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    assert_eq!(listed["items"][0]["prefixes"], json!([secret.rsplit_once('_').unwrap().0]));
    let mut admin = database::connect(&server.database).await;
    let rest = secret.rsplit_once('_').unwrap().1;
    for table in [
        "select string_agg(t::text, '') from vestibule.api_key_secret t",
        "select string_agg(t::text, '') from vestibule.idempotency t",
        "select string_agg(t::text, '') from es.event t",
    ] {
        let kept: String = sqlx::query_scalar(table).fetch_one(&mut admin).await.unwrap();
        assert!(!kept.contains(rest), "{table}");
    }
    assert_eq!(server.get(&secret, "/v1/me").await.body["kind"], "api_key");
    server.close().await;
}

#[actix_web::test]
async fn a_key_may_what_its_scopes_say_within_its_role() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let building = server.building(&grace, "Oak").await;
    let units = format!("/v1/buildings/{building}/units");
    let make = async |role: &str, scopes: Value| {
        key(&server, &grace, json!({ "name": "k", "role": role, "scopes": scopes })).await.0
    };
    let unit = |name: &str| json!({ "name": name });

    let reader = make("manager", json!(["read"])).await;
    let writer = make("manager", json!(["directory"])).await;
    let calls = make("manager", json!(["calls"])).await;
    let weak = make("viewer", json!(["read", "directory", "calls"])).await;
    let admin = make("admin", json!(["admin"])).await;

    let refused = server.post(&reader, &units, unit("1")).await;
    assert_eq!((refused.status, refused.problem()), (403, "out-of-scope"));
    assert_eq!(server.get(&reader, &units).await.status, 200);
    assert_eq!(server.post(&writer, &units, unit("1")).await.status, 201);
    assert_eq!(server.get(&writer, &units).await.problem(), "out-of-scope");
    assert_eq!(server.post(&calls, &units, unit("2")).await.problem(), "out-of-scope");
    assert_eq!(server.post(&weak, &units, unit("2")).await.problem(), "not-allowed");
    for (key, status) in [(&reader, 403), (&writer, 403), (&calls, 403), (&admin, 200)] {
        assert_eq!(server.get(key, "/v1/users").await.status, status);
        assert_eq!(server.get(key, "/v1/api-keys").await.status, status);
    }
    assert_eq!(
        server
            .post(
                &admin,
                "/v1/invitations",
                json!({ "email": "eve@maple.example", "role": "owner" })
            )
            .await
            .problem(),
        "above-oneself"
    );
    let more = json!({ "name": "more", "role": "admin", "scopes": ["admin", "calls"] });
    assert_eq!(server.post(&admin, "/v1/api-keys", more).await.problem(), "above-oneself");
    server.close().await;
}

#[actix_web::test]
async fn what_is_a_persons_own_is_no_keys() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let all = json!({ "name": "all", "role": "admin", "scopes": ["read", "calls", "directory", "admin"] });
    let (key, _) = key(&server, &grace, all).await;

    let password = json!({ "current_password": "x", "new_password": "a longer password" });
    assert_eq!(server.post(&key, "/v1/me/password", password).await.problem(), "people-only");
    assert_eq!(server.get(&key, "/v1/sessions").await.problem(), "people-only");
    assert_eq!(server.delete(&key, "/v1/sessions").await.problem(), "people-only");
    assert_eq!(
        server.post(&key, "/v1/me/second-factor", json!({ "password": "x" })).await.problem(),
        "people-only"
    );
    server.close().await;
}

#[actix_web::test]
async fn only_admins_make_keys_and_none_for_more_than_a_key_may() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (manager, _) = server.joins(&grace, "max@maple.example", "manager").await;
    assert_eq!(server.post(&manager.token, "/v1/api-keys", reads()).await.problem(), "not-allowed");
    assert_eq!(server.get(&manager.token, "/v1/api-keys").await.problem(), "not-allowed");

    let past = (server.clock.now() - Duration::hours(1)).format(&Rfc3339).unwrap();
    for (field, value) in [
        ("role", json!("owner")),
        ("role", json!("root")),
        ("scopes", json!([])),
        ("scopes", json!(["everything"])),
        ("scopes", json!(["admin"])),
        ("name", json!("")),
        ("expires_at", json!(past)),
        ("buildings", json!(["01900000-0000-7000-8000-000000000000"])),
    ] {
        let mut body = reads();
        body[field] = value;
        let answer = server.post(&grace.token, "/v1/api-keys", body).await;
        assert_eq!(answer.status, 422, "{field}: {answer:?}");
        assert_eq!(answer.body["fields"][0]["field"], field);
    }
    server.close().await;
}

#[actix_web::test]
async fn a_key_reaches_its_buildings_only() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (oak, elm) = (server.building(&grace, "Oak").await, server.building(&grace, "Elm").await);
    let limited = json!({ "name": "Oak", "role": "manager", "scopes": ["read", "directory"], "buildings": [oak] });
    let (key, _) = key(&server, &grace, limited).await;

    let seen = server.get(&key, "/v1/buildings").await.body;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.get(&key, &format!("/v1/buildings/{elm}")).await.status, 404);
    let unit = json!({ "name": "1" });
    assert_eq!(
        server.post(&key, &format!("/v1/buildings/{elm}/units"), unit.clone()).await.status,
        404
    );
    assert_eq!(server.post(&key, &format!("/v1/buildings/{oak}/units"), unit).await.status, 201);
    server.close().await;
}

#[actix_web::test]
async fn a_key_that_is_past_its_time_revoked_or_mistyped_is_none() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let mut body = reads();
    body["expires_at"] =
        json!((server.clock.now() + Duration::minutes(5)).format(&Rfc3339).unwrap());
    let (short, _) = key(&server, &grace, body).await;
    let (revoked, id) = key(&server, &grace, reads()).await;
    let (other, _) = key(&server, &grace, reads()).await;
    let status = async |key: &str| server.get(key, "/v1/me").await.status;
    assert_eq!((status(&short).await, status(&revoked).await), (200, 200));

    let path = format!("/v1/api-keys/{id}");
    let hedy = server.owner("hedy@elm.example").await;
    assert_eq!(server.delete(&hedy.token, &path).await.status, 404);
    assert_eq!(server.delete(&grace.token, &path).await.status, 204);
    server.clock.advance(Duration::minutes(5));

    assert_eq!((status(&short).await, status(&revoked).await), (401, 401));
    assert_eq!(server.get(&grace.token, &path).await.status, 404);
    let mixed =
        format!("{}_{}", other.rsplit_once('_').unwrap().0, revoked.rsplit_once('_').unwrap().1);
    for wrong in [mixed.as_str(), &other[..other.len() - 1], "vst_", "vst__", "vst_x", "vst_a%00_b"]
    {
        assert_eq!(status(wrong).await, 401, "{wrong}");
    }
    assert_eq!(status(&other).await, 200);
    server.close().await;
}

#[actix_web::test]
async fn a_rotated_keys_old_secret_works_as_long_as_was_asked_for() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (first, id) = key(&server, &grace, reads()).await;
    let path = format!("/v1/api-keys/{id}/rotate");
    let status = async |key: &str| server.get(key, "/v1/me").await.status;

    let second = server.post(&grace.token, &path, json!({ "overlap_seconds": 60 })).await;
    let view = server.get(&grace.token, &format!("/v1/api-keys/{id}")).await.body;
    assert_eq!(view["prefixes"].as_array().unwrap().len(), 2);
    let second = second.text("key");
    assert_eq!((status(&first).await, status(&second).await), (200, 200));
    server.clock.advance(Duration::seconds(60));
    assert_eq!((status(&first).await, status(&second).await), (401, 200));

    let third = server.post(&grace.token, &path, json!({})).await.text("key");
    assert_eq!((status(&second).await, status(&third).await), (401, 200));
    let too_long = server.post(&grace.token, &path, json!({ "overlap_seconds": 2_592_001 })).await;
    assert_eq!(too_long.status, 422);
    server.close().await;
}

#[actix_web::test]
async fn when_a_key_was_used_is_written_once_a_minute_and_a_key_can_be_renamed() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (key, id) = key(&server, &grace, reads()).await;
    let path = format!("/v1/api-keys/{id}");
    let used = async || server.get(&grace.token, &path).await.body["last_used_at"].clone();
    assert_eq!(used().await, Value::Null);

    server.get(&key, "/v1/me").await;
    let first = used().await;
    server.clock.advance(Duration::seconds(30));
    server.get(&key, "/v1/me").await;
    assert_eq!(used().await, first);
    server.clock.advance(Duration::seconds(31));
    server.get(&key, "/v1/me").await;
    assert_ne!(used().await, first);

    let renamed = server.patch(&grace.token, &path, json!({ "name": "Weekly reports" })).await;
    assert_eq!((renamed.status, &renamed.body["name"]), (200, &json!("Weekly reports")));
    assert_eq!(server.patch(&grace.token, &path, json!({ "role": "admin" })).await.status, 422);
    server.close().await;
}
