//! Connections and lines: whether each carrier knows us, and whether each line leads somewhere.

use std::time::Duration;

use super::Finding;
use crate::application::calls::check::{self, Lets};
use crate::application::ports::{Carriers, Directory, LineCalled, LineKey};
use crate::boot::config::{KeySource, Settings};
use crate::boot::rooms::{Plan, connected};
use crate::carriers::capabilities_of;
use crate::domain::phone_number::Caller;
use crate::store::Store;
use crate::store::directory::PgDirectory;
use crate::store::directory::connections::Overview;

/// Asks every carrier once, and follows every line to its door.
pub(super) async fn findings(settings: &Settings, url: &secrecy::SecretString) -> Vec<Finding> {
    let KeySource::Configured(key) = &settings.master_key else { return Vec::new() };
    let mut plan = Plan::new(url.clone(), *key.bytes(), settings.public_url.as_str());
    plan.vonage = settings.carriers.vonage_stand_in();
    plan.twilio = settings.carriers.twilio_stand_in();
    plan.sipgate = settings.carriers.sipgate_stand_in();
    plan.sipgate_keys = settings.carriers.sipgate_keys.clone();
    let (store, carriers) = match connected(plan).await {
        Ok(opened) => opened,
        Err(error) => {
            return vec![Finding::Wrong(format!(
                "the database can not be used: {error:#}; `vestibule migrate` may be missing"
            ))];
        }
    };
    let overview = match store.connections_overview().await {
        Ok(overview) => overview,
        Err(error) => {
            return vec![Finding::Wrong(format!(
                "the connections can not be read: {error}; `vestibule migrate` may be missing"
            ))];
        }
    };
    let mut findings = Vec::new();
    for connection in &overview {
        findings.extend(lets_us_in(&*carriers, connection).await);
        findings.extend(vital_signs(connection));
        findings.extend(lines(&store, connection).await);
    }
    if overview.is_empty() {
        findings.push(Finding::Advice(
            "there is no carrier connection yet: POST /v1/connections adds one".to_owned(),
        ));
    }
    findings
}

async fn lets_us_in(carriers: &dyn Carriers, connection: &Overview) -> Vec<Finding> {
    let name = format!("connection \"{}\" ({})", connection.label, connection.provider);
    let (tenant, id) = (connection.tenant, connection.id);
    let lets = check::lets_us_in(carriers, tenant, id).await;
    let mut told = match lets {
        Lets::Yes(_) => check::announces_here(carriers, tenant, id).await,
        Lets::No(_) | Lets::Unknown(_) => Vec::new(),
    };
    told.insert(0, lets);
    let finding = |lets| match lets {
        Lets::Yes(what) => Finding::Fine(format!("{name}: {what}")),
        Lets::No(reason) => Finding::Wrong(format!("{name}: {reason}")),
        Lets::Unknown(reason) => Finding::Advice(format!("{name}: {reason}")),
    };
    told.into_iter().map(finding).collect()
}

/// What came last over a connection, and what went wrong.
fn vital_signs(connection: &Overview) -> Vec<Finding> {
    let name = format!("connection \"{}\"", connection.label);
    let webhooks = match (connection.last_webhook, connection.lines.is_empty()) {
        (Some(ago), _) => Finding::Fine(format!("{name}: the last webhook came {} ago", told(ago))),
        (None, true) => Finding::Fine(format!("{name}: no webhook yet, and no line")),
        (None, false) => Finding::Advice(format!(
            "{name}: no webhook ever came; GET /v1/lines/{{id}}/health says where to look"
        )),
    };
    let refused = connection.refused.as_ref().map(|why| {
        Finding::Wrong(format!(
            "{name}: the last webhook was not believed: {why}; does it have the carrier's present secret?"
        ))
    });
    let failed = connection.failed.as_ref().map(|why| {
        Finding::Advice(format!("{name}: a request to the carrier failed within a day: {why}"))
    });
    [Some(webhooks), refused, failed].into_iter().flatten().collect()
}

/// In the largest unit that fits.
fn told(ago: Duration) -> String {
    match ago.as_secs() {
        seconds @ 0..=119 => format!("{seconds} seconds"),
        seconds @ 120..=7_199 => format!("{} minutes", seconds / 60),
        seconds @ 7_200..=172_799 => format!("{} hours", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

async fn lines(store: &Store, connection: &Overview) -> Vec<Finding> {
    let directory = PgDirectory::new(store.clone(), capabilities_of);
    let mut findings = Vec::new();
    for line in &connection.lines {
        let called = LineCalled { tenant: connection.tenant, line: LineKey::Id(*line) };
        findings.push(match directory.policy(called, Caller::Withheld).await {
            Ok(Some(policy)) if policy.units.iter().all(|unit| unit.residents.is_empty()) => {
                Finding::Advice(format!(
                    "the line to {}, {}: nobody lives there yet",
                    policy.entrance.name, policy.building.name
                ))
            }
            Ok(Some(policy)) => Finding::Fine(format!(
                "a line leads to {}, {}",
                policy.entrance.name, policy.building.name
            )),
            Ok(None) => {
                Finding::Wrong(format!("line {line} leads nowhere: its building has no entrance"))
            }
            Err(error) => Finding::Wrong(format!("line {line}: {error}")),
        });
    }
    if connection.lines.is_empty() {
        findings.push(Finding::Advice(format!(
            "connection \"{}\" has no line yet: POST /v1/lines adds one",
            connection.label
        )));
    }
    findings
}
