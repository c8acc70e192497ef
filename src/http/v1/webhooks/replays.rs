//! Telling again, and trying whether it works.

use actix_web::web::{Data, Json, Path};
use actix_web::{HttpResponse, post};
use serde::{Deserialize, Serialize};
use serde_json::json;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{change, find, may_steer};
use crate::domain::webhook::topic::Topic;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::Manager;
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::changes::Action;
use crate::store::webhooks::{DeliveryView, Replay, ReplayError, WebhookView};

/// What is to be told again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayBody {
    /// What happened since then, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T08:00:00Z")]
    pub from: OffsetDateTime,
    /// And before then, RFC 3339.
    #[serde(with = "time::serde::rfc3339")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub to: OffsetDateTime,
}

/// How much is told again.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReplayView {
    /// What the new deliveries say in `replay_of`.
    pub id: Uuid,
    /// Deliveries that were made.
    #[schema(example = 12)]
    pub deliveries: usize,
}

/// Tell one event again.
#[utoipa::path(operation_id = "replayWebhookDelivery", tag = "webhooks", summary = "Tell one event again",
    params(("id" = Uuid, Path, description = "The webhook"), ("delivery" = Uuid, Path, description = "The delivery"), IdempotencyKey),
    responses((status = 201, description = "A new delivery; the message's id is the same", body = DeliveryView)))]
#[post("/v1/webhooks/{id}/deliveries/{delivery}/replay")]
pub async fn one(
    app: Data<App>,
    manager: Manager,
    ids: Path<(Uuid, Uuid)>,
    key: IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    let (webhook, delivery) = ids.into_inner();
    let id = app.ids.next();
    key.create(&app, &manager, &(), async |tx| {
        let webhook = steered(tx, &manager, webhook).await?;
        let (again, told) = tx.delivery(webhook.id, delivery).await?.ok_or(Problem::NotFound)?;
        if told.is_some() {
            is_on(&webhook)?;
        }
        tx.tell_webhook(&webhook, id, &again.topic, Some((again.id, told))).await?;
        tx.note(change(
            &webhook,
            Action::Other("replayed"),
            json!(null),
            json!({ "delivery": delivery }),
        ));
        written(tx, &webhook, id).await
    })
    .await
}

/// Tell again what happened in a time: all that the webhook asks for, told before or not.
#[utoipa::path(operation_id = "replayWebhook", tag = "webhooks", summary = "Tell again what happened in a time",
    description = "All that the webhook asks for is told, whether it was told before or not; 5000 events at most. Messages keep their ids.",
    params(("id" = Uuid, Path, description = "The webhook"), IdempotencyKey), request_body = ReplayBody,
    responses((status = 201, description = "How much is told again", body = ReplayView)))]
#[post("/v1/webhooks/{id}/replay")]
pub async fn range(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    key: IdempotencyKey,
    body: Json<ReplayBody>,
) -> Result<HttpResponse, Problem> {
    let request = body.into_inner();
    if request.from >= request.to {
        return Err(Problem::Invalid(vec![FieldProblem::new("to", "must be later than from")]));
    }
    let replay = Replay { from: request.from, to: request.to, request: app.ids.next() };
    let webhook = id.into_inner();
    key.create(&app, &manager, &request, async |tx| {
        let webhook = steered(tx, &manager, webhook).await?;
        is_on(&webhook)?;
        let deliveries = tx.replay(&webhook, replay, &*app.ids).await?;
        let after = json!({ "replay": replay.request, "deliveries": deliveries });
        tx.note(change(&webhook, Action::Other("replayed"), json!(null), after));
        Ok(ReplayView { id: replay.request, deliveries })
    })
    .await
}

/// Send a ping. It is tried once, also while the webhook is switched off.
#[utoipa::path(operation_id = "testWebhook", tag = "webhooks", summary = "Send a ping",
    description = "It is tried once, also while the webhook is switched off. Read the delivery to see what was answered.",
    params(("id" = Uuid, Path, description = "The webhook"), IdempotencyKey),
    responses((status = 201, description = "A new delivery", body = DeliveryView)))]
#[post("/v1/webhooks/{id}/test")]
pub async fn ping(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    key: IdempotencyKey,
) -> Result<HttpResponse, Problem> {
    let webhook = id.into_inner();
    let delivery = app.ids.next();
    key.create(&app, &manager, &(), async |tx| {
        let webhook = steered(tx, &manager, webhook).await?;
        tx.tell_webhook(&webhook, delivery, Topic::Ping.name(), None).await?;
        tx.note(change(
            &webhook,
            Action::Other("tested"),
            json!(null),
            json!({ "delivery": delivery }),
        ));
        written(tx, &webhook, delivery).await
    })
    .await
}

async fn steered(tx: &mut TenantTx, manager: &Manager, id: Uuid) -> Result<WebhookView, Problem> {
    let webhook = find(tx, id).await?;
    may_steer(manager, &webhook)?;
    Ok(webhook)
}

fn is_on(webhook: &WebhookView) -> Result<(), Problem> {
    if webhook.enabled {
        return Ok(());
    }
    let off = FieldProblem::new("enabled", "the webhook is switched off: switch it on first");
    Err(Problem::Invalid(vec![off]))
}

async fn written(
    tx: &mut TenantTx,
    webhook: &WebhookView,
    delivery: Uuid,
) -> Result<DeliveryView, Problem> {
    let found = tx.delivery(webhook.id, delivery).await?;
    found.map(|(view, _)| view).ok_or(Problem::NotFound)
}

impl From<ReplayError> for Problem {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::TooMany => Self::Invalid(vec![FieldProblem::new("to", error)]),
            ReplayError::Unavailable(error) => error.into(),
        }
    }
}
