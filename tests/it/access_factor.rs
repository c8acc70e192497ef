//! Second factors: codes of an app, each taken once, and recovery codes.

use serde_json::{Value, json};
use time::Duration;
use totp_rs::{Builder, Secret, Totp};
use vestibule::application::ports::Clock;

use crate::harness::database;
use crate::harness::server::{Answer, PASSWORD, Server, Signed};

const GRACE: &str = "grace@maple.example";

/// Someone's phone with an app on it.
struct App(Totp);

impl App {
    fn code(&self, server: &Server) -> String {
        let at = u64::try_from(server.clock.now().unix_timestamp()).unwrap();
        self.0.generate(at).to_string()
    }
}

async fn enrols(server: &Server, who: &Signed) -> App {
    server.clock.stops();
    let answer =
        server.post(&who.token, "/v1/me/second-factor", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let url = answer.text("otpauth_url");
    let secret = answer.text("secret");
    assert!(url.starts_with("otpauth://totp/") && url.contains(&secret), "{url}");
    let secret = Secret::try_from_base32(secret).unwrap();
    App(Builder::new().with_secret(secret).with_account_name("grace").build().unwrap())
}

async fn confirms(server: &Server, who: &Signed, app: &App) -> Vec<String> {
    let body = json!({ "code": app.code(server) });
    let answer = server.post(&who.token, "/v1/me/second-factor/confirm", body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.body["recovery_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|code| code.as_str().unwrap().to_owned())
        .collect()
}

async fn knocks(server: &Server, code: &str) -> Answer {
    server.tell("/v1/sessions", json!({ "email": GRACE, "password": PASSWORD, "code": code })).await
}

/// The app shows another code.
fn half_a_minute_later(server: &Server) {
    server.clock.advance(Duration::seconds(30));
}

#[actix_web::test]
async fn a_code_is_needed_once_the_app_is_confirmed_and_each_is_taken_once() {
    let server = Server::open().await;
    let other_process = server.another().await;
    let grace = server.owner(GRACE).await;
    let app = enrols(&server, &grace).await;
    server.signs_in(GRACE, PASSWORD).await;
    let wrong = server
        .post(&grace.token, "/v1/me/second-factor/confirm", json!({ "code": "000000" }))
        .await;
    assert_eq!((wrong.status, wrong.problem()), (401, "wrong-code"));
    let recovery = confirms(&server, &grace, &app).await;
    assert_eq!(recovery.len(), 10);

    let without = server.knocks(GRACE, PASSWORD).await;
    assert_eq!((without.status, without.problem()), (401, "second-factor-needed"));
    assert_eq!(server.knocks(GRACE, "a wrong guess").await.problem(), "wrong-credentials");
    assert_eq!(
        knocks(&server, &app.code(&server)).await.problem(),
        "wrong-code",
        "it confirmed the app"
    );
    half_a_minute_later(&server);
    let code = app.code(&server);
    let (one, other) = tokio::join!(knocks(&server, &code), knocks(&other_process, &code));
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401]);
    assert_eq!(knocks(&server, &code).await.problem(), "wrong-code");
    half_a_minute_later(&server);
    let next = app.code(&server);
    half_a_minute_later(&server);
    assert_eq!(knocks(&server, &next).await.status, 201, "a clock may be a step off");
    half_a_minute_later(&server);
    half_a_minute_later(&server);
    assert_eq!(knocks(&server, &next).await.problem(), "wrong-code");
    other_process.close().await;
    server.close().await;
}

#[actix_web::test]
async fn a_recovery_code_is_good_once_however_it_is_typed() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let app = enrols(&server, &grace).await;
    let recovery = confirms(&server, &grace, &app).await;

    assert_eq!(knocks(&server, &recovery[0]).await.status, 201);
    assert_eq!(knocks(&server, &recovery[0]).await.problem(), "wrong-code");
    assert_eq!(knocks(&server, &recovery[1].replace('-', " ").to_uppercase()).await.status, 201);
    let left = server.get(&grace.token, "/v1/me/second-factor").await.body;
    assert_eq!(left, json!({ "is_enabled": true, "recovery_codes_left": 8 }));

    half_a_minute_later(&server);
    let body = json!({ "password": PASSWORD, "code": app.code(&server) });
    let other = server.post(&grace.token, "/v1/me/second-factor/recovery-codes", body).await;
    assert_eq!(other.body["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(knocks(&server, &recovery[2]).await.problem(), "wrong-code");
    server.close().await;
}

#[actix_web::test]
async fn doing_without_needs_password_and_code() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let app = enrols(&server, &grace).await;
    confirms(&server, &grace, &app).await;
    half_a_minute_later(&server);
    let disable = async |password: &str, code: &str| {
        let body = json!({ "password": password, "code": code });
        server.post(&grace.token, "/v1/me/second-factor/disable", body).await
    };

    let enrol =
        server.post(&grace.token, "/v1/me/second-factor", json!({ "password": PASSWORD })).await;
    assert_eq!((enrol.status, enrol.problem()), (409, "already"));
    assert_eq!(disable("a wrong guess", &app.code(&server)).await.problem(), "wrong-credentials");
    assert_eq!(disable(PASSWORD, "000000").await.problem(), "wrong-code");
    assert_eq!(disable(PASSWORD, &app.code(&server)).await.status, 204);

    server.signs_in(GRACE, PASSWORD).await;
    let after = server.get(&grace.token, "/v1/me/second-factor").await.body;
    assert_eq!(after, json!({ "is_enabled": false, "recovery_codes_left": 0 }));
    server.close().await;
}

#[actix_web::test]
async fn codes_are_guessed_at_no_more_often_than_passwords() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let app = enrols(&server, &grace).await;
    confirms(&server, &grace, &app).await;

    let mut answers = Vec::new();
    for _ in 0..11 {
        answers.push(knocks(&server, "000000").await.status);
    }

    assert_eq!(answers, [vec![401; 10], vec![429]].concat());
    server.close().await;
}

#[actix_web::test]
async fn a_reset_password_does_not_take_the_second_factor_away_and_its_secret_is_sealed() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let app = enrols(&server, &grace).await;
    confirms(&server, &grace, &app).await;
    server.tell("/v1/password-resets", json!({ "email": GRACE })).await;
    let token = server.mail.token_for(GRACE).await;
    let body = json!({ "token": token, "new_password": "a longer password" });
    assert_eq!(server.tell("/v1/password-resets/confirm", body).await.status, 204);

    assert_eq!(server.knocks(GRACE, "a longer password").await.problem(), "second-factor-needed");
    let mut database = database::connect(&server.database).await;
    let kept: Vec<u8> = sqlx::query_scalar("select secret from vestibule.second_factor")
        .fetch_one(&mut database)
        .await
        .unwrap();
    // 20 bytes of secret, 24 of nonce, 16 of authentication.
    assert_eq!(kept.len(), 60);
    let events: Vec<Value> =
        sqlx::query_scalar("select payload from es.event").fetch_all(&mut database).await.unwrap();
    assert!(
        events.iter().any(|event| event["data"]["action"] == "second_factor_enabled"),
        "{events:?}"
    );
    server.close().await;
}
