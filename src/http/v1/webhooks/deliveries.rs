//! The log of what a webhook was told, and what it answered: kept for 30 days.

use actix_web::get;
use actix_web::web::{Data, Json, Path, Query};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::find;
use super::messages::WebhookMessage;
use crate::application::ports::webhooks::Told;
use crate::domain::ids::WebhookId;
use crate::domain::webhook::announcement::Detail;
use crate::http::App;
use crate::http::extract::etag::Tagged;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::problem::Problem;
use crate::http::v1::Checks;
use crate::store::webhooks::{AttemptView, DeliveryFilter, DeliveryView};

/// Which deliveries.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// In this state: `pending`, `delivered` or `failed`.
    #[param(pattern = "^(pending|delivered|failed)$")]
    pub state: Option<String>,
    /// Since then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub from: Option<OffsetDateTime>,
    /// Before then, RFC 3339.
    #[serde(default, with = "time::serde::rfc3339::option")]
    pub to: Option<OffsetDateTime>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// A delivery with what is told and what was answered.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDetailView {
    /// The delivery.
    #[serde(flatten)]
    pub delivery: DeliveryView,
    /// What is told, as it would be told now; null if the event can not be read any more. Numbers are whole only if the webhook's
    /// are and you are an admin.
    pub message: Option<WebhookMessage>,
    /// Each try, in order. Of a webhook that is told whole numbers an admin alone sees the answers' bodies.
    pub tries: Vec<AttemptView>,
}

/// List a webhook's deliveries, newest first.
#[utoipa::path(operation_id = "listWebhookDeliveries", tag = "webhooks", summary = "List a webhook's deliveries, newest first", params(("id" = Uuid, Path, description = "The webhook"), Which),
    responses((status = 200, description = "A page", body = Listed<DeliveryView>)))]
#[get("/v1/webhooks/{id}/deliveries")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    which: Query<Which>,
) -> Result<Json<Listed<DeliveryView>>, Problem> {
    manager.at_least(Role::Manager)?;
    let Which { state, from, to, limit, cursor } = which.into_inner();
    if let Some(state) = &state {
        let mut checks = Checks::default();
        checks.one_of("state", state, &["pending", "delivered", "failed"]);
        checks.done()?;
    }
    let page = Page { limit, cursor };
    let mut tx = app.store.begin(&manager.reach).await?;
    let webhook = find(&mut tx, id.into_inner()).await?;
    let filter = DeliveryFilter { webhook: webhook.id, state, from, to, after: page.after() };
    let rows = tx.deliveries(&filter).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a delivery with its answers.
#[utoipa::path(operation_id = "readWebhookDelivery", tag = "webhooks", summary = "Read a delivery with its answers",
    params(("id" = Uuid, Path, description = "The webhook"), ("delivery" = Uuid, Path, description = "The delivery")),
    responses((status = 200, description = "It", body = DeliveryDetailView)))]
#[get("/v1/webhooks/{id}/deliveries/{delivery}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    ids: Path<(Uuid, Uuid)>,
) -> Result<Tagged<DeliveryDetailView>, Problem> {
    manager.at_least(Role::Manager)?;
    let (webhook, id) = ids.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    let webhook = find(&mut tx, webhook).await?;
    let (delivery, told) = tx.delivery(webhook.id, id).await?.ok_or(Problem::NotFound)?;
    let mut tries = tx.attempts(&app.store, id).await?;
    tx.commit().await?;
    let sees_whole = webhook.personal && manager.role >= Role::Admin;
    if webhook.personal && !sees_whole {
        tries.iter_mut().for_each(|attempt| attempt.answer.clear());
    }
    let detail = if sees_whole { Detail::Personal } else { Detail::Masked };
    let message = message(&app, &manager, &delivery, told, detail).await?;
    Ok(Tagged(DeliveryDetailView { delivery, message, tries }))
}

async fn message(
    app: &App,
    manager: &Manager,
    delivery: &DeliveryView,
    told: Option<Told>,
    detail: Detail,
) -> Result<Option<WebhookMessage>, Problem> {
    let unreadable = |error: &dyn std::fmt::Display| Problem::Internal(error.to_string());
    let envelope = match told {
        Some(told) => {
            let topic = delivery.topic.parse().map_err(|error| unreadable(&error))?;
            app.webhooks.envelope(manager.tenant(), topic, told, detail).await?
        }
        None => {
            let webhook = WebhookId::from(delivery.webhook_id);
            Some(app.webhooks.ping(delivery.id, webhook, delivery.created_at))
        }
    };
    let Some(envelope) = envelope else { return Ok(None) };
    WebhookMessage::of(&envelope).map(Some).map_err(|error| unreadable(&error))
}
