//! Signing in and out: sessions, their tokens, and who is kept out.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;

use crate::harness::database;
use crate::harness::server::{PASSWORD, Server, signed};

const GRACE: &str = "grace@maple.example";

#[actix_web::test]
async fn a_refresh_token_is_good_once_and_its_second_use_ends_the_session() {
    let server = Server::open().await;
    let first = server.owner(GRACE).await;
    let elsewhere = server.signs_in(GRACE, PASSWORD).await;

    let second = signed(&server.refreshes(&first.refresh).await);
    assert_eq!(server.get(&second.token, "/v1/me").await.status, 200);
    let third = signed(&server.refreshes(&second.refresh).await);
    let reused = server.refreshes(&first.refresh).await;

    assert_eq!((reused.status, reused.problem()), (401, "token-not-good"));
    assert_eq!(server.refreshes(&third.refresh).await.status, 401);
    for token in [&first.token, &second.token, &third.token] {
        assert_eq!(server.get(token, "/v1/me").await.status, 401);
    }
    assert_eq!(server.get(&elsewhere.token, "/v1/me").await.status, 200);
    server.close().await;
}

#[actix_web::test]
async fn of_many_who_refresh_with_one_token_at_the_same_time_one_gets_through_and_the_session_ends()
{
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;

    let answers =
        futures_util::future::join_all((0..6).map(|_| server.refreshes(&grace.refresh))).await;

    let through: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
    assert_eq!(through.len(), 1, "{answers:?}");
    assert_eq!(server.get(&signed(through[0]).token, "/v1/me").await.status, 401);
    server.close().await;
}

#[actix_web::test]
async fn refresh_tokens_run_out_and_no_session_goes_on_for_ever() {
    let server = Server::open().await;
    let idle = server.owner(GRACE).await;
    let mut busy = server.signs_in(GRACE, PASSWORD).await;

    server.clock.advance(Duration::minutes(16));
    assert_eq!(server.get(&busy.token, "/v1/me").await.status, 401);
    for _ in 0..3 {
        server.clock.advance(Duration::days(29));
        busy = signed(&server.refreshes(&busy.refresh).await);
    }
    assert_eq!(server.refreshes(&idle.refresh).await.status, 401);
    assert_eq!(server.get(&busy.token, "/v1/me").await.status, 200);
    server.clock.advance(Duration::days(4));

    assert_eq!(server.refreshes(&busy.refresh).await.status, 401);
    server.close().await;
}

#[actix_web::test]
async fn whoever_signs_out_is_out_at_once_here_or_everywhere() {
    let server = Server::open().await;
    let other_process = server.another().await;
    let here = server.owner(GRACE).await;
    let there = server.signs_in(GRACE, PASSWORD).await;
    let third = server.signs_in(GRACE, PASSWORD).await;
    assert_eq!(other_process.get(&here.token, "/v1/me").await.status, 200);

    let sessions = server.get(&here.token, "/v1/sessions").await.body;
    let current: Vec<_> = sessions["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["is_current"].as_bool().unwrap())
        .collect();
    assert_eq!(current, [true, false, false]);
    assert_eq!(sessions["items"][0]["address"], "127.0.0.1");
    assert_eq!(server.delete(&here.token, "/v1/sessions/current").await.status, 204);
    assert_eq!(other_process.get(&here.token, "/v1/me").await.status, 401);
    assert_eq!(server.refreshes(&here.refresh).await.status, 401);

    let third_id = sessions["items"][2]["id"].as_str().unwrap();
    assert_eq!(server.delete(&there.token, &format!("/v1/sessions/{third_id}")).await.status, 204);
    assert_eq!(server.get(&third.token, "/v1/me").await.status, 401);
    assert_eq!(server.delete(&there.token, &format!("/v1/sessions/{third_id}")).await.status, 404);

    let again = server.signs_in(GRACE, PASSWORD).await;
    assert_eq!(server.delete(&again.token, "/v1/sessions").await.status, 204);
    for one in [again, there] {
        assert_eq!(other_process.get(&one.token, "/v1/me").await.status, 401);
        assert_eq!(server.refreshes(&one.refresh).await.status, 401);
    }
    other_process.close().await;
    server.close().await;
}

#[actix_web::test]
async fn nobody_ends_or_sees_a_session_of_someone_else() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let hedy = server.owner("hedy@elm.example").await;
    let theirs = server.get(&hedy.token, "/v1/sessions").await.body["items"][0]["id"].clone();
    let (ada, _) = server.joins(&grace, "ada@maple.example", "viewer").await;

    for token in [&grace.token, &ada.token] {
        let path = format!("/v1/sessions/{}", theirs.as_str().unwrap());
        assert_eq!(server.delete(token, &path).await.status, 404);
    }
    let adas = server.get(&ada.token, "/v1/sessions").await.body["items"].clone();
    assert_eq!(adas.as_array().unwrap().len(), 1);
    let path = format!("/v1/sessions/{}", adas[0]["id"].as_str().unwrap());
    assert_eq!(server.delete(&grace.token, &path).await.status, 404);
    server.close().await;
}

#[actix_web::test]
async fn a_token_that_we_did_not_sign_as_we_sign_is_none() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let keys = server.send(server.request(Method::GET, "/.well-known/jwks.json")).await.body;
    let key = &keys["keys"][0];
    let [head, claims, signature] = grace.token.split('.').collect::<Vec<_>>()[..] else {
        panic!()
    };
    let kid = &key["kid"];
    let encoded = |value: Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let none = encoded(json!({ "alg": "none", "typ": "at+jwt", "kid": kid }));
    let mut shared = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::HS256);
    shared.typ = Some("at+jwt".into());
    shared.kid = Some(kid.as_str().unwrap().into());
    let said: Value =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap();
    let public = BASE64_URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap()).unwrap();
    let hs = jsonwebtoken::encode(&shared, &said, &jsonwebtoken::EncodingKey::from_secret(&public))
        .unwrap();
    let mut later = said.clone();
    later["exp"] = json!(4_000_000_000_i64);

    let forged = [
        format!("{none}.{claims}."),
        format!("{none}.{claims}.{signature}"),
        hs,
        format!("{head}.{}.{signature}", encoded(later)),
        format!("{head}.{claims}"),
        "nothing".to_owned(),
    ];
    for token in forged {
        assert_eq!(server.get(&token, "/v1/me").await.status, 401, "{token}");
    }
    assert_eq!(key["alg"], "EdDSA");
    assert_eq!(server.get(&grace.token, "/v1/me").await.status, 200);
    server.close().await;
}

#[actix_web::test]
async fn a_new_signing_key_signs_at_once_and_old_tokens_stay_good_for_their_time() {
    let server = Server::open().await;
    let old = server.owner(GRACE).await;
    let kids = async || {
        let keys = server.send(server.request(Method::GET, "/.well-known/jwks.json")).await.body;
        keys["keys"].as_array().unwrap().iter().map(|key| key["kid"].clone()).collect::<Vec<_>>()
    };
    let before = kids().await;

    server.clock.advance(Duration::days(31));
    let again = server.signs_in(GRACE, PASSWORD).await;
    let both = kids().await;
    assert_eq!((before.len(), both.len(), &both[1]), (1, 2, &before[0]));
    // The other process knows the new key only by the token that names it.
    let other_process = server.another().await;
    assert_eq!(other_process.get(&again.token, "/v1/me").await.status, 200);
    assert_eq!(server.get(&old.token, "/v1/me").await.status, 401, "it is past its own time");

    let just_before = server.signs_in(GRACE, PASSWORD).await;
    let ids = vestibule::boot::rooms::store_alone(server.plan()).await.unwrap();
    let now = vestibule::application::ports::Clock::now(&*server.clock);
    let rotate = async |old| {
        vestibule::http::extract::keys::rotate(&ids.0, &*ids.1, now, old).await.unwrap().unwrap()
    };
    rotate(vestibule::http::extract::keys::Old::Overlap).await;
    let third_process = server.another().await;
    let of_the_new = third_process.signs_in(GRACE, PASSWORD).await;
    assert_eq!(server.get(&of_the_new.token, "/v1/me").await.status, 200);
    assert_eq!(third_process.get(&just_before.token, "/v1/me").await.status, 200);

    server.clock.advance(Duration::seconds(2));
    rotate(vestibule::http::extract::keys::Old::EndsNow).await;
    server.clock.advance(Duration::seconds(61));
    assert_eq!(server.get(&just_before.token, "/v1/me").await.status, 401);
    assert_eq!(server.get(&of_the_new.token, "/v1/me").await.status, 401);
    assert_eq!(kids().await.len(), 1);
    for process in [server, other_process, third_process] {
        process.close().await;
    }
}

#[actix_web::test]
async fn an_account_is_guessed_at_ten_times_in_a_quarter_of_an_hour_by_whatever_process() {
    let server = Server::open().await;
    let other_process = server.another().await;
    server.owner(GRACE).await;

    let mut answers = Vec::new();
    for _ in 0..6 {
        let (one, other) = tokio::join!(
            server.knocks(GRACE, "a wrong guess"),
            other_process.knocks(GRACE, "a wrong guess")
        );
        answers.extend([one, other]);
    }

    let statuses: Vec<_> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses, [vec![401; 10], vec![429; 2]].concat());
    assert!((1..=900).contains(&answers[11].retry_after.unwrap()), "{answers:?}");
    assert_eq!(server.knocks(GRACE, PASSWORD).await.status, 429, "the right one, too");
    // The same for an account that there is not.
    for _ in 0..10 {
        assert_eq!(server.knocks("nobody@maple.example", "guess").await.status, 401);
    }
    assert_eq!(server.knocks("nobody@maple.example", "guess").await.status, 429);
    server.clock.advance(Duration::minutes(15));
    assert_eq!(server.knocks(GRACE, PASSWORD).await.status, 201);
    other_process.close().await;
    server.close().await;
}

#[actix_web::test]
async fn an_address_that_guesses_at_many_accounts_is_kept_out_and_says_no_other_address() {
    let server = Server::open().await;
    server.owner(GRACE).await;
    let mut admin = database::connect(&server.database).await;
    // As after ninety-nine failures: a hundred hashes would be felt.
    assert_eq!(server.knocks("nobody@maple.example", "guess").await.status, 401);
    sqlx::query("update vestibule.throttle set attempts = 99 where attempts = 1 and bucket in (select bucket from vestibule.throttle)")
        .execute(&mut admin)
        .await
        .unwrap();

    assert_eq!(server.knocks("somebody@maple.example", "guess").await.status, 401);
    let knock = server
        .request(Method::POST, "/v1/sessions")
        .header("X-Forwarded-For", "203.0.113.9")
        .json(&json!({ "email": GRACE, "password": PASSWORD }));
    let answer = server.send(knock).await;

    assert_eq!((answer.status, answer.problem()), (429, "too-many-attempts"));
    assert!(answer.retry_after.is_some());
    server.close().await;
}
