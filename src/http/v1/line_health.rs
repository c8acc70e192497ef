//! Whether a line lives: what came last, what was refused, what failed; and if no webhook comes, where to look.

use std::time::Duration;

use actix_web::get;
use actix_web::web::{Data, Json, Path};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::buildings::rfc3339;
use crate::application::ports::{Announcements, LineCalled, LineKey};
use crate::domain::ids::ConnectionId;
use crate::domain::phone_number::Caller;
use crate::http::App;
use crate::http::extract::manager::Manager;
use crate::http::problem::Problem;
use crate::store::directory::views::{ConnectionView, LineView};
use crate::store::vital_signs::{ConnectionVitals, LineVitals};

/// How long our own address may take to answer us.
const REACHED_WITHIN: Duration = Duration::from_secs(3);

/// How a line is.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LineHealth {
    /// The line's own signs of life.
    pub line: LineVitals,
    /// Those of its connection, all lines together.
    pub connection: ConnectionVitals,
    /// Where to look if no webhook comes, in the order in which to look.
    pub checklist: Vec<Check>,
}

/// A thing that must be right for webhooks to come.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Check {
    /// `public_url`, `reachable`, `carrier_url`, `line`, `last_webhook` or `signature`.
    #[schema(example = "public_url")]
    pub step: String,
    /// `right`, `wrong`, or `unknown` where it can not be found out from here.
    #[schema(example = "right")]
    pub result: String,
    /// What was found, and what to do.
    #[schema(example = "Carriers are told to call https://door.example.com.")]
    pub finding: String,
}

impl Check {
    fn right(step: &str, finding: impl Into<String>) -> Self {
        Self::of(step, "right", finding)
    }

    fn wrong(step: &str, finding: impl Into<String>) -> Self {
        Self::of(step, "wrong", finding)
    }

    fn unknown(step: &str, finding: impl Into<String>) -> Self {
        Self::of(step, "unknown", finding)
    }

    fn of(step: &str, result: &str, finding: impl Into<String>) -> Self {
        Self { step: step.to_owned(), result: result.to_owned(), finding: finding.into() }
    }
}

/// Show whether a line lives, and where to look if no webhook comes.
#[utoipa::path(operation_id = "lineHealth", tag = "lines", summary = "Show whether a line lives", params(("id" = Uuid, Path, description = "The line")), responses((status = 200, description = "How it is", body = LineHealth)))]
#[get("/v1/lines/{id}/health")]
pub async fn of_line(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<LineHealth>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    let line = tx.line(*id).await?.ok_or(Problem::NotFound)?;
    let connection = tx.carrier_connection(line.connection_id).await?.ok_or(Problem::NotFound)?;
    let line_vitals = tx.line_vitals(line.id).await?;
    let vitals = tx.connection_vitals(connection.id).await?;
    drop(tx);
    let checklist = vec![
        public_url(&app),
        reachable(&app).await,
        carrier_url(&app, &manager, &connection).await,
        leads_somewhere(&app, &manager, &line).await?,
        last_webhook(&line_vitals, &vitals),
        signature(&connection, &vitals),
    ];
    Ok(Json(LineHealth { line: line_vitals, connection: vitals, checklist }))
}

/// Show whether a connection lives.
#[utoipa::path(operation_id = "connectionHealth", tag = "connections", summary = "Show whether a connection lives", params(("id" = Uuid, Path, description = "The connection")), responses((status = 200, description = "How it is", body = ConnectionVitals)))]
#[get("/v1/connections/{id}/health")]
pub async fn of_connection(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<ConnectionVitals>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.carrier_connection(*id).await?.ok_or(Problem::NotFound)?;
    Ok(Json(tx.connection_vitals(*id).await?))
}

fn public_url(app: &App) -> Check {
    let url = &app.public_url;
    if url.starts_with("https://") {
        return Check::right("public_url", format!("Carriers are told to call {url}."));
    }
    let finding = format!(
        "Carriers are told to call {url}, which only this machine can. Set VESTIBULE_PUBLIC_URL to an https address, or a tunnel's."
    );
    Check::wrong("public_url", finding)
}

/// Asks for our own probe the way a carrier comes in: through the tunnel, or whatever stands before us.
async fn reachable(app: &App) -> Check {
    let url = format!("{}/health/live", app.public_url);
    let client = reqwest::Client::builder()
        .timeout(REACHED_WITHIN)
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let answer = match client {
        Ok(client) => client.get(&url).send().await,
        Err(error) => Err(error),
    };
    match answer {
        Ok(answer) if answer.status().is_success() => {
            Check::right("reachable", format!("{url} answers."))
        }
        Ok(answer) => Check::wrong(
            "reachable",
            format!(
                "{url} answers with {}: something else is there, or the tunnel leads elsewhere.",
                answer.status().as_u16()
            ),
        ),
        Err(error) => {
            let why = if error.is_timeout() { "in time" } else { "at all" };
            let finding = format!(
                "{url} does not answer {why}: is the tunnel up, and does its name still lead here?"
            );
            Check::wrong("reachable", finding)
        }
    }
}

/// Where the carrier itself sends the line's calls, as far as it lets us look.
async fn carrier_url(app: &App, manager: &Manager, connection: &ConnectionView) -> Check {
    let ours = format!("{}/hooks/{}/{}", app.public_url, connection.provider, connection.token);
    let step = "carrier_url";
    let look = format!("It should be {ours}…; look at the number's settings at the carrier.");
    let id = ConnectionId::from_uuid(connection.id);
    let told = match app.calls.carriers.client(manager.tenant(), id).await {
        Ok(client) => client.announces_here().await,
        Err(error) => return Check::unknown(step, format!("{error}. {look}")),
    };
    match told {
        Ok(Some(Announcements { incoming: true, only_some: false, .. })) => {
            Check::right(step, "The carrier announces the account's calls here.")
        }
        Ok(Some(Announcements { incoming: true, only_some: true, .. })) => Check::unknown(
            step,
            "The carrier announces calls of some of the account's phones only: is the line's among them?",
        ),
        Ok(Some(Announcements { incoming: false, .. })) => Check::wrong(
            step,
            format!("The carrier announces the account's calls elsewhere. {look}"),
        ),
        Ok(None) => Check::unknown(step, format!("The carrier does not let us look. {look}")),
        Err(error) => {
            Check::unknown(step, format!("The carrier could not be asked: {error}. {look}"))
        }
    }
}

async fn leads_somewhere(app: &App, manager: &Manager, line: &LineView) -> Result<Check, Problem> {
    let called = LineCalled { tenant: manager.tenant(), line: LineKey::Id(line.id.into()) };
    let policy = app.calls.directory.policy(called, Caller::Withheld).await?;
    Ok(match policy {
        Some(_) => Check::right("line", "The line is set up, and its calls are taken."),
        None => {
            Check::wrong("line", "The line leads nowhere: its building has no entrance. Add one.")
        }
    })
}

fn last_webhook(line: &LineVitals, connection: &ConnectionVitals) -> Check {
    let at = |when: OffsetDateTime| rfc3339(when);
    match (line.last_webhook_at, connection.last_webhook_at) {
        (Some(when), _) => Check::right(
            "last_webhook",
            format!("The last one about this line came at {}.", at(when)),
        ),
        (None, Some(when)) => Check::wrong(
            "last_webhook",
            format!(
                "None came about this line, but one about another line of its connection at {}: is the number written as the carrier writes it?",
                at(when)
            ),
        ),
        (None, None) => Check::wrong(
            "last_webhook",
            "None ever came over this connection. Call the line, and look at the carrier's own log of webhooks.",
        ),
    }
}

fn signature(connection: &ConnectionView, vitals: &ConnectionVitals) -> Check {
    let is_newer = vitals.last_refusal_at > vitals.last_webhook_at;
    match (&vitals.last_refusal, vitals.last_refusal_at.filter(|_| is_newer)) {
        (Some(why), Some(when)) => Check::wrong(
            "signature",
            format!(
                "The last webhook, at {}, was not believed: {why}. Does the connection have the carrier's present secret, and the carrier our public URL?",
                rfc3339(when)
            ),
        ),
        (_, _) if connection.signing == "off" => Check::wrong(
            "signature",
            "Signatures are not checked: anybody who knows the URL can ring.",
        ),
        (_, _) => Check::right("signature", "No webhook was refused since the last good one."),
    }
}
