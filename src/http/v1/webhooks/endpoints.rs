//! Adding, reading, changing and removing webhooks.

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, delete, get, patch, post};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::secrets::fresh_secret;
use super::{change, check_address, check_texts, find, may_steer, told};
use crate::domain::ids::BuildingId;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;
use crate::store::changes::Action;
use crate::store::webhooks::WebhookView;

/// Webhooks of one firm.
const WEBHOOKS_MAX: i64 = 50;

/// A webhook to add.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookBody {
    /// The building whose events it is told; absent: all of the firm's, and what concerns no building. It stays as it is.
    #[serde(default)]
    #[schema(example = json!(null))]
    pub building_id: Option<Uuid>,
    /// Where it is told: https, on the public internet.
    #[schema(example = "https://hooks.example.com/vestibule", max_length = 2000)]
    pub url: String,
    /// What people call it.
    #[serde(default)]
    #[schema(example = "Parcel desk", max_length = 200)]
    pub description: String,
    /// What it is told; empty: everything.
    #[serde(default)]
    #[schema(example = json!(["call.rang", "door.opened"]), max_items = 50)]
    pub events: Vec<String>,
    /// Whether it is told whole phone numbers, which needs the role admin; else their middle is hidden.
    #[serde(default)]
    #[schema(example = false)]
    pub personal: bool,
    /// Whether it is told anything.
    #[serde(default = "yes")]
    #[schema(example = true)]
    pub enabled: bool,
}

/// What can be changed of a webhook.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookBody {
    /// Where it is told: https, on the public internet.
    #[schema(example = "https://hooks.example.com/vestibule", max_length = 2000)]
    pub url: String,
    /// What people call it.
    #[serde(default)]
    #[schema(example = "Parcel desk", max_length = 200)]
    pub description: String,
    /// What it is told; empty: everything.
    #[serde(default)]
    #[schema(example = json!(["call.rang", "door.opened"]), max_items = 50)]
    pub events: Vec<String>,
    /// Whether it is told whole phone numbers, which needs the role admin; else their middle is hidden.
    #[serde(default)]
    #[schema(example = false)]
    pub personal: bool,
    /// Whether it is told anything. Switching it on again forgets why it was off.
    #[serde(default = "yes")]
    #[schema(example = true)]
    pub enabled: bool,
}

fn yes() -> bool {
    true
}

/// A new webhook with its secret, which is shown this once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct NewWebhookView {
    /// The webhook.
    #[serde(flatten)]
    pub webhook: WebhookView,
    /// What its messages are signed with.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

impl Checked for WebhookBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        check_texts(&mut checks, &self.description, &self.events);
        checks.done()
    }
}

impl Editable for WebhookView {
    type Body = WebhookBody;
    const READ_ONLY: &'static [&'static str] = &[
        "id",
        "building_id",
        "disabled_because",
        "failing_since",
        "old_secret_until",
        "created_at",
    ];
}

impl NewWebhookBody {
    fn check(&self, manager: &Manager) -> Result<(), Problem> {
        let mut checks = Checks::default();
        check_texts(&mut checks, &self.description, &self.events);
        checks.done()?;
        match self.building_id.map(BuildingId::from) {
            None if manager.reach.buildings.is_some() => {
                let field =
                    FieldProblem::new("building_id", "one of the buildings that you manage");
                Err(Problem::Invalid(vec![field]))
            }
            Some(building) if !manager.reach.includes(building) => Err(Problem::NotFound),
            Some(_) | None => Ok(()),
        }
    }

    fn view(&self, app: &App) -> WebhookView {
        WebhookView {
            id: app.ids.next(),
            building_id: self.building_id,
            url: self.url.clone(),
            description: self.description.clone(),
            events: self.events.clone(),
            personal: self.personal,
            enabled: self.enabled,
            disabled_because: None,
            failing_since: None,
            old_secret_until: None,
            created_at: app.clock.now(),
        }
    }
}

/// Add a webhook.
#[utoipa::path(operation_id = "createWebhook", tag = "webhooks", summary = "Add a webhook", params(IdempotencyKey), request_body = NewWebhookBody,
    responses((status = 201, description = "Added; its secret is shown this once", body = NewWebhookView)))]
#[post("/v1/webhooks")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<NewWebhookBody>,
) -> Result<HttpResponse, Problem> {
    let request = body.into_inner();
    let mut webhook = request.view(&app);
    may_steer(&manager, &webhook)?;
    request.check(&manager)?;
    check_address(&app, &request.url).await?;
    let secret = fresh_secret();
    let sealed = app.store.sealed_webhook_secret(manager.tenant(), &secret.as_str().into()).await?;
    key.create(&app, &manager, &request, async |tx| {
        tx.lock(manager.tenant().as_uuid()).await?;
        if tx.count_webhooks().await? >= WEBHOOKS_MAX {
            let many = format!("a firm has at most {WEBHOOKS_MAX} webhooks: delete one first");
            return Err(Problem::Invalid(vec![FieldProblem::new("body", many)]));
        }
        webhook.created_at = tx.add_webhook(&webhook, &sealed).await?;
        tx.note(change(&webhook, Action::Created, Value::Null, told(&webhook)));
        Ok(NewWebhookView { webhook, secret })
    })
    .await
}

/// List webhooks.
#[utoipa::path(operation_id = "listWebhooks", tag = "webhooks", summary = "List webhooks", params(Page),
    responses((status = 200, description = "A page", body = Listed<WebhookView>)))]
#[get("/v1/webhooks")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    page: Query<Page>,
) -> Result<Json<Listed<WebhookView>>, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.webhooks(None, page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a webhook.
#[utoipa::path(operation_id = "readWebhook", tag = "webhooks", summary = "Read a webhook", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = WebhookView)))]
#[get("/v1/webhooks/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Tagged<WebhookView>, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    Ok(Tagged(find(&mut tx, id.into_inner()).await?))
}

/// Change a webhook.
#[utoipa::path(operation_id = "updateWebhook", tag = "webhooks", summary = "Change a webhook", params(("id" = Uuid, Path, description = "Its id")), request_body = WebhookBody,
    responses((status = 200, description = "As it is now", body = WebhookView)))]
#[patch("/v1/webhooks/{id}")]
pub async fn update(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<WebhookView>, Problem> {
    manager.at_least(Role::Manager)?;
    let id = id.into_inner();
    let wanted = {
        let mut tx = app.store.begin(&manager.reach).await?;
        patch.clone().apply(&find(&mut tx, id).await?)?
    };
    check_address(&app, &wanted.url).await?;

    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let current = find(&mut tx, id).await?;
    if_match.check(&current)?;
    let mut changed = patch.apply(&current)?;
    may_steer(&manager, &current)?;
    may_steer(&manager, &changed)?;
    if changed.url != wanted.url {
        return Err(Problem::ConcurrentChange);
    }
    if changed.enabled && !current.enabled {
        changed.disabled_because = None;
        changed.failing_since = None;
    }
    tx.change_webhook(&changed).await?;
    tx.note(change(&changed, Action::Changed, told(&current), told(&changed)));
    tx.commit().await?;
    Ok(Tagged(changed))
}

/// Delete a webhook and its log.
#[utoipa::path(operation_id = "deleteWebhook", tag = "webhooks", summary = "Delete a webhook and its log", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 204, description = "Deleted; it is told nothing any more")))]
#[delete("/v1/webhooks/{id}")]
pub async fn remove(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let webhook = find(&mut tx, id.into_inner()).await?;
    tx.delete_webhook(webhook.id).await?;
    tx.note(change(&webhook, Action::Deleted, told(&webhook), json!(null)));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
