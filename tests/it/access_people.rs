//! The people of a firm: invited, limited, demoted, removed; and their passwords.

use reqwest::Method;
use serde_json::{Value, json};
use time::Duration;
use vestibule::boot::operator;
use vestibule::http::SignUp;

use crate::harness::database;
use crate::harness::server::{PASSWORD, Server, signed};

const GRACE: &str = "grace@maple.example";
const ADA: &str = "ada@maple.example";

#[actix_web::test]
async fn an_invitation_lets_one_person_in_once_and_with_no_more_than_the_inviter_has() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (ada, _) = server.joins(&grace, ADA, "admin").await;

    let above = server
        .post(
            &ada.token,
            "/v1/invitations",
            json!({ "email": "eve@maple.example", "role": "owner" }),
        )
        .await;
    assert_eq!((above.status, above.problem()), (403, "above-oneself"));
    let (viewer, _) = server.joins(&ada, "vera@maple.example", "viewer").await;
    let by_a_viewer = server
        .post(
            &viewer.token,
            "/v1/invitations",
            json!({ "email": "eve@maple.example", "role": "viewer" }),
        )
        .await;
    assert_eq!((by_a_viewer.status, by_a_viewer.problem()), (403, "not-allowed"));
    let again = server
        .post(&grace.token, "/v1/invitations", json!({ "email": ADA, "role": "viewer" }))
        .await;
    assert_eq!((again.status, again.problem()), (409, "taken"));

    let invite = json!({ "email": "max@maple.example", "role": "manager" });
    let invitation = server.post(&grace.token, "/v1/invitations", invite.clone()).await;
    assert_eq!(server.post(&grace.token, "/v1/invitations", invite).await.status, 409);
    let token = server.mail.token_for("max@maple.example").await;
    assert!(!invitation.body.to_string().contains(&token), "the token is the letter's alone");
    let come = json!({ "token": token, "name": "Max", "password": PASSWORD });
    let (one, other) = tokio::join!(
        server.tell("/v1/invitations/accept", come.clone()),
        server.tell("/v1/invitations/accept", come)
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 401]);
    assert_eq!(server.get(&grace.token, "/v1/invitations").await.body["items"], json!([]));
    server.close().await;
}

#[actix_web::test]
async fn an_invitation_that_is_revoked_or_a_week_old_lets_nobody_in() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let hedy = server.owner("hedy@elm.example").await;
    let invite = async |email: &str| {
        let body = json!({ "email": email, "role": "viewer" });
        let answer = server.post(&grace.token, "/v1/invitations", body).await;
        (answer.text("id"), server.mail.token_for(email).await)
    };
    let comes = async |token: &str| {
        let body = json!({ "token": token, "name": "Ada", "password": PASSWORD });
        server.tell("/v1/invitations/accept", body).await.status
    };
    let (id, revoked) = invite(ADA).await;
    let path = format!("/v1/invitations/{id}");
    assert_eq!(server.delete(&hedy.token, &path).await.status, 404);
    assert_eq!(server.get(&grace.token, &path).await.body["email"], ADA);
    assert_eq!(server.delete(&grace.token, &path).await.status, 204);
    assert_eq!(server.get(&grace.token, &path).await.status, 404);
    let (_, old) = invite("max@maple.example").await;

    server.clock.advance(Duration::days(7));

    assert_eq!((comes(&revoked).await, comes(&old).await), (401, 401));
    assert_eq!(comes(&grace.refresh.replace("vsr_", "vsi_")).await, 401);
    let grace = server.signs_in(GRACE, PASSWORD).await;
    let anew = server
        .post(
            &grace.token,
            "/v1/invitations",
            json!({ "email": "max@maple.example", "role": "viewer" }),
        )
        .await;
    assert_eq!(anew.status, 201, "the old one gave way: {anew:?}");
    server.close().await;
}

#[actix_web::test]
async fn a_role_that_is_taken_and_a_user_who_is_removed_count_at_the_next_request() {
    let server = Server::open().await;
    let other_process = server.another().await;
    let grace = server.owner(GRACE).await;
    let (ada, id) = server.joins(&grace, ADA, "admin").await;
    assert_eq!(other_process.get(&ada.token, "/v1/users").await.status, 200);
    let path = format!("/v1/users/{id}");
    let read = server.get(&grace.token, &path).await;

    let patch = server
        .request(Method::PATCH, &path)
        .bearer_auth(&grace.token)
        .header("If-Match", read.etag.unwrap())
        .json(&json!({ "role": "viewer" }));
    let changed = server.send(patch).await;
    assert_eq!((changed.status, &changed.body["role"]), (200, &json!("viewer")));
    let refused = other_process.get(&ada.token, "/v1/users").await;
    assert_eq!((refused.status, refused.problem()), (403, "not-allowed"));
    assert_eq!(server.patch(&ada.token, &path, json!({ "role": "owner" })).await.status, 403);

    assert_eq!(server.delete(&grace.token, &path).await.status, 204);
    assert_eq!(other_process.get(&ada.token, "/v1/me").await.status, 401);
    assert_eq!(server.refreshes(&ada.refresh).await.status, 401);
    assert_eq!(server.knocks(ADA, PASSWORD).await.status, 401);
    other_process.close().await;
    server.close().await;
}

#[actix_web::test]
async fn a_firm_always_has_an_owner() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let graces = format!("/v1/users/{}", server.get(&grace.token, "/v1/me").await.text("id"));
    let (admin, _) = server.joins(&grace, ADA, "admin").await;

    let demoted = server.patch(&grace.token, &graces, json!({ "role": "admin" })).await;
    let removed = server.delete(&grace.token, &graces).await;
    assert_eq!((demoted.status, demoted.problem()), (409, "last-owner"));
    assert_eq!((removed.status, removed.problem()), (409, "last-owner"));
    assert_eq!(
        server.patch(&admin.token, &graces, json!({ "role": "viewer" })).await.problem(),
        "above-oneself"
    );
    assert_eq!(server.delete(&admin.token, &graces).await.problem(), "above-oneself");

    // Two owners who remove each other at the same time: one stays.
    let (olga, olgas) = server.joins(&grace, "olga@maple.example", "owner").await;
    let olgas = format!("/v1/users/{olgas}");
    let (one, other) =
        tokio::join!(server.delete(&grace.token, &olgas), server.delete(&olga.token, &graces));
    let went_well = [one.status, other.status].iter().filter(|status| **status == 204).count();
    assert_eq!(went_well, 1, "{one:?} {other:?}");
    let mut database = database::connect(&server.database).await;
    let owners: i64 =
        sqlx::query_scalar("select count(*) from vestibule.user_account where role = 'owner'")
            .fetch_one(&mut database)
            .await
            .unwrap();
    assert_eq!(owners, 1);
    server.close().await;
}

#[actix_web::test]
async fn a_manager_who_is_limited_to_buildings_reaches_no_other() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (oak, elm) = (server.building(&grace, "Oak").await, server.building(&grace, "Elm").await);
    let hedy = server.owner("hedy@elm.example").await;
    let foreign = server.building(&hedy, "Ash").await;
    let invite =
        |building: &str| json!({ "email": ADA, "role": "manager", "buildings": [building] });
    assert_eq!(server.post(&grace.token, "/v1/invitations", invite(&foreign)).await.status, 422);

    let (ada, id) = server.joins_with(&grace, invite(&oak)).await;
    let seen = async || server.get(&ada.token, "/v1/buildings").await.body["items"].clone();
    assert_eq!((seen().await.as_array().unwrap().len(), &seen().await[0]["id"]), (1, &json!(oak)));
    assert_eq!(server.get(&ada.token, &format!("/v1/buildings/{elm}")).await.status, 404);
    assert_eq!(
        server
            .post(&ada.token, &format!("/v1/buildings/{elm}/units"), json!({ "name": "1" }))
            .await
            .status,
        404
    );
    assert_eq!(server.get(&ada.token, "/v1/me").await.body["buildings"], json!([oak]));

    let path = format!("/v1/users/{id}");
    assert_eq!(
        server.patch(&grace.token, &path, json!({ "buildings": [foreign] })).await.status,
        422
    );
    assert_eq!(
        server.patch(&grace.token, &path, json!({ "role": "admin" })).await.status,
        422,
        "admins are not limited"
    );
    let changed = server.patch(&grace.token, &path, json!({ "buildings": [elm, elm] })).await;
    assert_eq!(changed.body["buildings"], json!([elm]), "{changed:?}");
    assert_eq!(seen().await[0]["id"], json!(elm));
    assert_eq!(server.patch(&grace.token, &path, json!({ "buildings": [] })).await.status, 200);
    assert_eq!(seen().await, json!([]), "a limit of none is a limit");
    assert_eq!(server.patch(&grace.token, &path, json!({ "buildings": null })).await.status, 200);
    assert_eq!(seen().await.as_array().unwrap().len(), 2);
    server.close().await;
}

#[actix_web::test]
async fn another_password_needs_the_one_before_and_ends_other_sessions() {
    let server = Server::open().await;
    let here = server.owner(GRACE).await;
    let there = server.signs_in(GRACE, PASSWORD).await;
    let change = async |current: &str, new: &str| {
        let body = json!({ "current_password": current, "new_password": new });
        server.post(&here.token, "/v1/me/password", body).await
    };

    assert_eq!(change("not the one", "a longer password").await.problem(), "wrong-credentials");
    assert_eq!(change(PASSWORD, "short").await.status, 422);
    assert_eq!(change(PASSWORD, "a longer password").await.status, 204);

    assert_eq!(server.get(&here.token, "/v1/me").await.status, 200);
    assert_eq!(server.get(&there.token, "/v1/me").await.status, 401);
    assert_eq!(server.knocks(GRACE, PASSWORD).await.status, 401);
    server.signs_in(GRACE, "a longer password").await;
    server.close().await;
}

#[actix_web::test]
async fn a_forgotten_password_is_replaced_once_within_the_hour_by_whoever_reads_the_letter() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let asks =
        async |email: &str| server.tell("/v1/password-resets", json!({ "email": email })).await;
    let confirm = async |token: &str| {
        let body = json!({ "token": token, "new_password": "a longer password" });
        server.tell("/v1/password-resets/confirm", body).await.status
    };
    let (known, unknown) = (asks(GRACE).await, asks("nobody@maple.example").await);
    assert_eq!((known.status, known.body), (unknown.status, unknown.body));
    let old = server.mail.token_for(GRACE).await;
    server.clock.advance(Duration::hours(1));
    assert_eq!(confirm(&old).await, 401);

    assert_eq!(asks(GRACE).await.status, 202);
    let token = server.mail.token_for(GRACE).await;
    let mut database = database::connect(&server.database).await;
    let kept: String =
        sqlx::query_scalar("select string_agg(r::text, '') from vestibule.password_reset r")
            .fetch_one(&mut database)
            .await
            .unwrap();
    assert!(!kept.contains(&token));
    assert_eq!((confirm(&token).await, confirm(&token).await), (204, 401));

    assert_eq!(server.refreshes(&grace.refresh).await.status, 401);
    assert_eq!(server.knocks(GRACE, PASSWORD).await.status, 401);
    server.signs_in(GRACE, "a longer password").await;
    server.close().await;
}

#[actix_web::test]
async fn nobodys_mailbox_is_flooded_with_resets() {
    let server = Server::open().await;
    server.owner(GRACE).await;

    for _ in 0..6 {
        let asked = server.tell("/v1/password-resets", json!({ "email": GRACE })).await;
        assert_eq!(asked.status, 202);
    }
    for _ in 0..3 {
        server.mail.token_for(GRACE).await;
    }
    // Whatever would come has come once a letter that was asked for later is there.
    server.owner("hedy@elm.example").await;
    server.tell("/v1/password-resets", json!({ "email": "hedy@elm.example" })).await;
    server.mail.token_for("hedy@elm.example").await;

    assert_eq!(server.mail.count(), 0);
    server.close().await;
}

#[actix_web::test]
async fn a_closed_server_lets_in_whom_the_operator_invites() {
    let server = Server::open_with(|plan| plan.sign_up = SignUp::Closed).await;
    let firm = json!({ "name": "Elm", "owner_name": "Hedy", "email": "hedy@elm.example", "password": PASSWORD });
    let refused = server.tell("/v1/tenants", firm).await;
    assert_eq!((refused.status, refused.problem()), (403, "sign-up-is-closed"));

    let link = operator::create_tenant(server.plan(), "Maple", GRACE).await.unwrap();
    let token = link.split_once('#').unwrap().1;
    let come = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    assert_eq!(server.tell("/v1/invitations/accept", come).await.status, 201);

    let grace = server.signs_in(GRACE, PASSWORD).await;
    assert_eq!(server.get(&grace.token, "/v1/me").await.body["role"], "owner");
    assert_eq!(server.get(&grace.token, "/v1/tenants/me").await.body["name"], "Maple");
    server.joins(&grace, ADA, "viewer").await;
    assert!(operator::create_tenant(server.plan(), "Elm", "no address").await.is_err());
    server.close().await;
}

#[actix_web::test]
async fn what_is_done_to_people_is_told_without_their_secrets_and_their_names_are_sealed() {
    let server = Server::open().await;
    let grace = server.owner(GRACE).await;
    let (ada, id) = server.joins(&grace, ADA, "viewer").await;
    let refreshed = signed(&server.refreshes(&ada.refresh).await);
    server.delete(&grace.token, &format!("/v1/users/{id}")).await;

    let mut database = database::connect(&server.database).await;
    let events: Vec<(Value, Value)> =
        sqlx::query_as("select payload -> 'data', actor from es.event where type = 'DirectoryChanged' order by position").fetch_all(&mut database).await.unwrap();
    let said: Vec<_> = events
        .iter()
        .map(|(data, _)| {
            format!("{} {}", data["resource"].as_str().unwrap(), data["action"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        said,
        [
            "tenant created",
            "session created",
            "invitation created",
            "user created",
            "session created",
            "user deleted"
        ]
    );
    let text = format!("{events:?}");
    for secret in [GRACE, ADA, "Someone", "argon2", refreshed.refresh.as_str()] {
        assert!(!text.contains(secret), "{secret}");
    }
    assert_eq!(events[5].1["k"], "user");
    server.close().await;
}
