//! Calls that we place, and where a firm lets them go.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, patch, post};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::actions::{DecidedView, SENTENCE_MAX, decided};
use crate::application::calls::order::{NewCall, Purpose};
use crate::domain::ids::{CallId, LineId};
use crate::domain::phone_number::PhoneNumber;
use crate::domain::policy::outbound::Prefix;
use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::patch::{Checked, Editable, Patch};
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;
use crate::store::changes::{Action, Change};
use crate::store::directory::outbound::OutboundSettings;

/// The most beginnings of numbers that a firm lists.
const PREFIXES_MAX: usize = 100;
/// The most calls a day that a firm may let itself place.
const DAILY_MAX_MAX: i32 = 100_000;

/// A call to place: someone hears a sentence, or is connected with someone else.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"line_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e", "to": "+447700900101", "say": "The lift works again."}))]
pub struct NewCallBody {
    /// The line to call from. Either this or `connection_id`.
    pub line_id: Option<Uuid>,
    /// The connection to call from: its oldest line is taken.
    pub connection_id: Option<Uuid>,
    /// Whom to call, E.164.
    #[schema(example = "+447700900101")]
    pub to: String,
    /// The sentence that they hear, in the building's language. Either this or `connect_to`.
    #[schema(example = "The lift works again.", min_length = 1, max_length = 500)]
    pub say: Option<String>,
    /// Whom they are connected with, E.164: called once they picked up.
    #[schema(example = "+447700900102")]
    pub connect_to: Option<String>,
}

/// Where calls that a firm places may go.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OutboundBody {
    /// How numbers begin that may be called; with none, numbers of the region of the building whose line is called from.
    /// Premium numbers are never called.
    #[serde(default)]
    #[schema(example = json!(["+44"]))]
    pub prefixes: Vec<String>,
    /// Calls a day (UTC) at most; connecting two people counts as two.
    #[serde(default = "daily_max")]
    #[schema(example = 100, minimum = 0, maximum = 100_000, default = 100)]
    pub daily_max: i32,
}

fn daily_max() -> i32 {
    OutboundSettings::default().daily_max
}

impl Checked for OutboundBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        for prefix in &self.prefixes {
            checks.ok("prefixes", Prefix::parse(prefix));
        }
        if self.prefixes.len() > PREFIXES_MAX {
            checks.refuse("prefixes", "at most 100");
        }
        if !(0..=DAILY_MAX_MAX).contains(&self.daily_max) {
            checks.refuse("daily_max", "from 0 to 100000");
        }
        checks.done()
    }
}

impl Editable for OutboundBody {
    type Body = Self;
    const READ_ONLY: &'static [&'static str] = &[];
}

impl NewCallBody {
    /// Read once, valid ever after.
    fn purpose(&self) -> Result<(PhoneNumber, Purpose), Problem> {
        let mut checks = Checks::default();
        let to = checks.ok("to", PhoneNumber::parse(&self.to));
        if self.line_id.is_some() == self.connection_id.is_some() {
            checks.refuse("line_id", "either line_id or connection_id");
        }
        let purpose = match (&self.say, &self.connect_to) {
            (Some(text), None) => {
                checks.text("say", text, SENTENCE_MAX);
                Some(Purpose::Say(text.clone()))
            }
            (None, Some(number)) => {
                checks.ok("connect_to", PhoneNumber::parse(number)).map(Purpose::ConnectTo)
            }
            (Some(_), Some(_)) | (None, None) => {
                checks.refuse("say", "either say or connect_to");
                None
            }
        };
        checks.done()?;
        to.zip(purpose).ok_or_else(|| Problem::Invalid(vec![FieldProblem::new("to", "a number")]))
    }
}

/// Place a call.
#[utoipa::path(operation_id = "createCall", tag = "calls", summary = "Place a call", params(IdempotencyKey), request_body = NewCallBody,
    responses((status = 201, description = "Ordered", body = DecidedView)))]
#[post("/v1/calls")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<NewCallBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Admin)?;
    let by = manager.reach.actor.operator().ok_or(Problem::NotSignedIn)?;
    let (to, purpose) = body.purpose()?;
    // The same key is the same call, even if its answer was lost before it was kept: nobody is called twice.
    let id = key.names(manager.tenant(), &*body, app.clock.now()).unwrap_or_else(|| app.ids.next());
    key.create(&app, &manager, &*body, async |tx| {
        let line = tx.line_to_call_from(body.line_id, body.connection_id).await?;
        let line = LineId::from_uuid(line.ok_or(Problem::NotFound)?);
        let new = NewCall { line, to, purpose };
        let decision = app.calls.order(manager.tenant(), CallId::from_uuid(id), by, &new).await?;
        decided(id, &decision)
    })
    .await
}

/// Read where calls may go.
#[utoipa::path(operation_id = "readOutboundCalling", tag = "calls", summary = "Read where calls may go",
    responses((status = 200, description = "It", body = OutboundBody)))]
#[get("/v1/outbound-calling")]
pub async fn read_rules(app: Data<App>, manager: Manager) -> Result<Tagged<OutboundBody>, Problem> {
    manager.at_least(Role::Admin)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    Ok(Tagged(tx.outbound_settings().await?.into()))
}

/// Change where calls may go.
#[utoipa::path(operation_id = "updateOutboundCalling", tag = "calls", summary = "Change where calls may go", request_body = OutboundBody,
    responses((status = 200, description = "As it is now", body = OutboundBody)))]
#[patch("/v1/outbound-calling")]
pub async fn update_rules(
    app: Data<App>,
    manager: Manager,
    if_match: IfMatch,
    patch: Patch,
) -> Result<Tagged<OutboundBody>, Problem> {
    manager.at_least(Role::Owner)?;
    let tenant = manager.tenant().as_uuid();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(tenant).await?;
    let before: OutboundBody = tx.outbound_settings().await?.into();
    if_match.check(&before)?;
    let after = patch.apply(&before)?;
    tx.set_outbound(&after.clone().into()).await?;
    tx.note(Change {
        resource: "outbound_calling",
        id: tenant,
        building: None,
        action: Action::Changed,
        before: serde_json::json!(before),
        after: serde_json::json!(after),
    });
    tx.commit().await?;
    Ok(Tagged(after))
}

impl From<OutboundSettings> for OutboundBody {
    fn from(settings: OutboundSettings) -> Self {
        Self { prefixes: settings.prefixes, daily_max: settings.daily_max }
    }
}

impl From<OutboundBody> for OutboundSettings {
    fn from(body: OutboundBody) -> Self {
        Self { prefixes: body.prefixes, daily_max: body.daily_max }
    }
}
