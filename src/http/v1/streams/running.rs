//! Streams as they are and were; the probe of a running one; and invitations to streams of calls that are not ours.

use std::collections::BTreeMap;

use actix_web::web::{Data, Json, Path, Query};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::application::streams::{Invitation, Invited, fresh_ticket, hash_of};
use crate::domain::ids::{BackendId, LineId, StreamId};
use crate::domain::policy::streams::BACKENDS_MAX;
use crate::http::App;
use crate::http::extract::idempotency::IdempotencyKey;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::{Listed, Page, rows_within_reason};
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;
use crate::store::history::{NewTicket, StreamFilter, StreamView};

/// A stream to expect, of a call that is not ours: a Twilio Studio flow's, for example.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "line_id": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e", "backend_ids": ["01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e"] }))]
pub struct NewStreamBody {
    /// The line that the call is on.
    pub line_id: Uuid,
    /// Who shall hear it, at most eight; none: the backends that the line or its building names.
    #[serde(default)]
    #[schema(max_items = 8)]
    pub backend_ids: Vec<Uuid>,
}

/// A stream that can be begun once, within a minute.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct ExpectedStreamView {
    /// Its id.
    pub id: Uuid,
    /// Where the carrier streams to.
    #[schema(example = "wss://vestibule.example.com/media/vonage/8d1f…")]
    pub url: String,
    /// What opens it; also among the parameters. Shown this once.
    #[schema(example = "o6Jx…")]
    pub ticket: String,
    /// What the carrier has to say when the stream begins: custom parameters, or headers.
    #[schema(value_type = Object, example = json!({ "stream": "01936f5e-8b7a-7cc0-9d3e-2f1a5b6c7d8e", "ticket": "o6Jx…" }))]
    pub parameters: BTreeMap<String, String>,
    /// Until when it can be begun.
    #[serde(with = "time::serde::rfc3339")]
    pub expires_at: OffsetDateTime,
}

/// A stream that runs right now.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
pub struct StreamProbeView {
    /// Its id.
    pub id: Uuid,
    /// True: whatever is not alive is answered otherwise.
    #[schema(example = true)]
    pub alive: bool,
    /// Since when its audio comes.
    #[serde(with = "time::serde::rfc3339::option")]
    pub started_at: Option<OffsetDateTime>,
    /// Its last sign of life.
    #[serde(with = "time::serde::rfc3339::option")]
    pub beat_at: Option<OffsetDateTime>,
    /// Backends that take the audio.
    #[schema(example = 2)]
    pub backends_connected: usize,
    /// Backends in all.
    #[schema(example = 2)]
    pub backends: usize,
}

/// Which streams.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `requested`, `running` or `ended`.
    #[param(pattern = "^(requested|running|ended)$")]
    pub state: Option<String>,
    /// Of this building.
    pub building: Option<Uuid>,
    /// Of this call.
    pub call: Option<Uuid>,
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// Expect a stream of a call that is not ours.
#[utoipa::path(operation_id = "createStream", tag = "streams", summary = "Expect a stream from outside", params(IdempotencyKey), request_body = NewStreamBody,
    responses((status = 201, description = "It can be begun once, within a minute", body = ExpectedStreamView)))]
#[post("/v1/streams")]
pub async fn create(
    app: Data<App>,
    manager: Manager,
    key: IdempotencyKey,
    body: Json<NewStreamBody>,
) -> Result<HttpResponse, Problem> {
    manager.at_least(Role::Manager)?;
    body.check()?;
    let ticket = fresh_ticket();
    let stream = app.ids.next();
    key.shows_once("ticket")
        .create(&app, &manager, &*body, async |tx| {
            let line = tx.line(body.line_id).await?.ok_or(Problem::NotFound)?;
            let (known, _) = tx.stream_backends_among(&body.backend_ids).await?;
            if usize::try_from(known).ok() != Some(body.backend_ids.len()) {
                return Err(Problem::NotFound);
            }
            let connection = tx.carrier_connection(line.connection_id).await?;
            let connection = connection.ok_or(Problem::NotFound)?;
            let expires_at = tx
                .add_stream_ticket(&NewTicket {
                    stream,
                    line: line.id,
                    building: line.building_id,
                    connection: connection.id,
                    hash: hash_of(&ticket),
                })
                .await?;
            let invitation = Invitation {
                stream: StreamId::from_uuid(stream),
                line: LineId::from_uuid(line.id),
                backends: body.backend_ids.iter().copied().map(BackendId::from_uuid).collect(),
                ticket: ticket.clone(),
            };
            let by = manager.reach.actor;
            match app.streams.invite(manager.tenant(), &invitation, by).await? {
                Invited::NoBackends => Err(Problem::Invalid(vec![FieldProblem::new(
                    "line_id",
                    "neither the line nor its building names a stream backend: give backend_ids",
                )])),
                Invited::Yes(parameters) => {
                    let url = media_url(&app.public_url, &connection.provider, &connection.token);
                    Ok(ExpectedStreamView { id: stream, url, ticket, parameters, expires_at })
                }
            }
        })
        .await
}

/// List streams.
#[utoipa::path(operation_id = "listStreams", tag = "streams", summary = "List streams", params(Which),
    responses((status = 200, description = "A page, the newest first", body = Listed<StreamView>)))]
#[get("/v1/streams")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    which: Query<Which>,
) -> Result<Json<Listed<StreamView>>, Problem> {
    let Which { state, building, call, limit, cursor } = which.into_inner();
    let mut checks = Checks::default();
    if let Some(state) = &state {
        checks.one_of("state", state, &["requested", "running", "ended"]);
    }
    checks.done()?;
    let page = Page { limit, cursor };
    let filter = StreamFilter { id: None, state: state.as_deref(), call, building };
    let mut tx = app.store.begin(&manager.reach).await?;
    let rows = tx.streams(&filter, manager.sight(), page.after()).await?;
    Ok(Json(page.listed(rows, |row| row.id)))
}

/// Read a stream.
#[utoipa::path(operation_id = "readStream", tag = "streams", summary = "Read a stream", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It", body = StreamView)))]
#[get("/v1/streams/{id}")]
pub async fn read(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<StreamView>, Problem> {
    find(&app, &manager, *id).await.map(Json)
}

/// Ask whether a stream runs right now, in whatever process.
#[utoipa::path(operation_id = "probeStream", tag = "streams", summary = "Ask whether a stream runs right now", params(("id" = Uuid, Path, description = "Its id")),
    responses((status = 200, description = "It runs", body = StreamProbeView)))]
#[get("/v1/streams/{id}/probe")]
pub async fn probe(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<StreamProbeView>, Problem> {
    let stream = find(&app, &manager, *id).await?;
    match (stream.state.as_str(), stream.alive) {
        ("ended", _) => return Err(Problem::Over("The stream")),
        (_, false) => return Err(Problem::NotRunning("The stream")),
        (_, true) => {}
    }
    let backends = stream.backends.as_array().map(Vec::as_slice).unwrap_or_default();
    let connected = backends.iter().filter(|backend| backend["state"] == "connected");
    Ok(Json(StreamProbeView {
        id: stream.id,
        alive: true,
        started_at: stream.started_at,
        beat_at: stream.beat_at,
        backends_connected: connected.count(),
        backends: backends.len(),
    }))
}

impl NewStreamBody {
    fn check(&self) -> Result<(), Problem> {
        let mut checks = Checks::default();
        checks.holds("backend_ids", self.backend_ids.len() <= BACKENDS_MAX, "at most 8 backends");
        checks.done()
    }
}

async fn find(app: &App, manager: &Manager, id: Uuid) -> Result<StreamView, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let which = StreamFilter { id: Some(id), ..StreamFilter::default() };
    let found = tx.streams(&which, manager.sight(), Page::default().after()).await?;
    found.into_iter().next().ok_or(Problem::NotFound)
}

/// Where a connection's carrier streams to.
fn media_url(public_url: &str, provider: &str, token: &str) -> String {
    let socket = public_url.replacen("http", "ws", 1);
    format!("{socket}/media/{provider}/{token}")
}
