//! Webhooks: URLs of the firm's own that are told what happens, signed as the Standard Webhooks specification says.

pub mod deliveries;
pub mod endpoints;
pub mod messages;
pub mod replays;
pub mod secrets;

use actix_web::web::Data;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Checks;
use crate::domain::webhook::topic::Topic;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::Page;
use crate::http::problem::{FieldProblem, Problem};
use crate::store::TenantTx;
use crate::store::changes::{Action, Change};
use crate::store::webhooks::WebhookView;

/// Longest list of event types.
const EVENTS_MAX: usize = 50;
/// Longest description.
const DESCRIPTION_MAX: usize = 200;

/// The webhook, if there is one within reach.
async fn find(tx: &mut TenantTx, id: Uuid) -> Result<WebhookView, Problem> {
    let found = tx.webhooks(Some(id), Page::default().after()).await?;
    found.into_iter().next().ok_or(Problem::NotFound)
}

/// Whoever steers what a webhook is told could read it: whole numbers are an admin's.
fn may_steer(manager: &Manager, webhook: &WebhookView) -> Result<(), Problem> {
    manager.at_least(if webhook.personal { Role::Admin } else { Role::Manager })
}

/// Looked at before any transaction is open: names are looked up.
async fn check_address(app: &Data<App>, url: &str) -> Result<(), Problem> {
    let checked = app.webhooks.poster.check(url).await;
    let refused = |error| Problem::Invalid(vec![FieldProblem::new("url", error)]);
    checked.map(drop).map_err(refused)
}

fn check_texts(checks: &mut Checks, description: &str, events: &[String]) {
    if !description.is_empty() {
        checks.text("description", description, DESCRIPTION_MAX);
    }
    if events.len() > EVENTS_MAX {
        checks.ok("events", Err::<(), _>(format!("at most {EVENTS_MAX}")));
        return;
    }
    for event in events {
        checks.one_of("events", event, &Topic::names());
    }
}

/// A change as the audit log shows it. A URL's path and query may hold a secret of its owner's.
fn change(webhook: &WebhookView, action: Action, before: Value, after: Value) -> Change {
    Change {
        resource: "webhook",
        id: webhook.id,
        building: webhook.building_id,
        action,
        before,
        after,
    }
}

fn told(webhook: &WebhookView) -> Value {
    let host = url::Url::parse(&webhook.url).ok().and_then(|url| url.host_str().map(str::to_owned));
    json!({
        "host": host, "description": webhook.description, "events": webhook.events, "personal": webhook.personal,
        "enabled": webhook.enabled, "disabled_because": webhook.disabled_because,
    })
}
