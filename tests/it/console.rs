//! What the console's pages stand on: sessions whose refresh token no script can read, and the simulated carrier for whoever signed in.

use reqwest::Method;
use serde_json::{Value, json};
use vestibule::simulator::{Settings, Simulator};

use crate::harness::server::{PASSWORD, Server};

const GRACE: &str = "grace@maple.example";

/// The cookie that an answer sets, with its attributes; and what was answered.
async fn with_cookie(request: reqwest::RequestBuilder) -> (u16, String, Value) {
    let answer = request.send().await.unwrap();
    let cookie = answer.headers().get("set-cookie").map(|value| value.to_str().unwrap().to_owned());
    let status = answer.status().as_u16();
    (status, cookie.unwrap_or_default(), answer.json().await.unwrap_or_default())
}

fn pair(cookie: &str) -> String {
    cookie.split(';').next().unwrap().to_owned()
}

#[actix_web::test]
async fn a_page_signs_in_without_ever_seeing_the_refresh_token() {
    let server = Server::open_with(|plan| plan.public_url = "https://doors.example".into()).await;
    server.owner(GRACE).await;
    let refresh = |cookie: &str| {
        let request = server.request(Method::POST, "/v1/sessions/refresh");
        with_cookie(request.header("cookie", cookie).json(&json!({})))
    };

    let asked = json!({ "email": GRACE, "password": PASSWORD, "refresh_in": "cookie" });
    let (status, cookie, tokens) =
        with_cookie(server.request(Method::POST, "/v1/sessions").json(&asked)).await;
    let (refreshed, next, next_tokens) = refresh(&pair(&cookie)).await;
    let token = next_tokens["access_token"].as_str().unwrap();

    assert_eq!((status, refreshed), (201, 201));
    for attribute in ["HttpOnly", "SameSite=Strict", "Secure", "Path=/v1/sessions"] {
        assert!(cookie.contains(attribute) && next.contains(attribute), "{cookie}\n{next}");
    }
    assert!(tokens.get("refresh_token").is_none() && next_tokens.get("refresh_token").is_none());
    assert_ne!(pair(&cookie), pair(&next));
    let ended = server.request(Method::DELETE, "/v1/sessions/current").bearer_auth(token);
    let (_, forgotten, _) = with_cookie(ended).await;
    assert!(forgotten.contains("Max-Age=0"), "{forgotten}");
    assert_eq!(refresh(&pair(&next)).await.0, 401);
    assert_eq!(server.tell("/v1/sessions/refresh", json!({})).await.problem(), "token-not-good");
    server.close().await;
}

#[actix_web::test]
async fn a_visitor_is_simulated_for_managers_only_and_only_where_there_is_a_simulator() {
    let carrier = Simulator::start(Settings::default()).await.unwrap();
    let at = carrier.base_url();
    let server = Server::open_with(|plan| plan.simulator = Some(at.parse().unwrap())).await;
    let without = Server::open().await;
    let owner = server.owner(GRACE).await;
    let (viewer, _) = server.joins(&owner, "vera@maple.example", "viewer").await;
    let phone = "/simulator/phones/+447700900121";
    let put = |token: &str| {
        let body = json!({ "name": "Ada", "does": "manual" });
        server.send(server.request(Method::PUT, phone).bearer_auth(token).json(&body))
    };

    assert_eq!(put(&owner.token).await.status, 204);
    assert_eq!(put(&viewer.token).await.problem(), "not-allowed");
    assert_eq!(put("").await.problem(), "not-signed-in");
    let nobody_rings = server.post(&owner.token, &format!("{phone}/answer"), json!({})).await;
    assert_eq!(nobody_rings.status, 404);
    for elsewhere in ["/simulator/phones/..%2Fclock/answer", "/simulator/phones/+447700900121/x"] {
        assert_eq!(server.post(&owner.token, elsewhere, json!({})).await.status, 404);
    }

    let alone = without.owner(GRACE).await;
    assert_eq!(without.post(&alone.token, "/simulator/calls", json!({})).await.status, 404);
    without.close().await;
    server.close().await;
    carrier.shutdown().await;
}
