//! Whether a carrier lets us in with a connection's credentials, and whether it announces calls to us.

use crate::application::ports::{Announcements, Carriers, ControlError};
use crate::domain::ids::{ConnectionId, TenantId};

/// What a carrier says to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lets {
    /// It lets us in, or has something else to say that is well.
    Yes(&'static str),
    /// It does not, or our credentials can not be used at all.
    No(String),
    /// It could not be asked.
    Unknown(String),
}

/// Asks the carrier of a connection, without any effect there.
pub async fn lets_us_in(
    carriers: &dyn Carriers,
    tenant: TenantId,
    connection: ConnectionId,
) -> Lets {
    let client = match carriers.client(tenant, connection).await {
        Ok(client) => client,
        Err(error) => return Lets::No(error.to_string()),
    };
    match client.lets_us_in().await {
        Ok(()) => Lets::Yes("The carrier lets us in."),
        Err(ControlError::Refused { reason }) => Lets::No(format!(
            "the carrier refuses us: {reason}; do the connection's credentials belong together?"
        )),
        Err(error) => Lets::Unknown(format!("the carrier could not be asked: {error}")),
    }
}

/// Asks the carrier of a connection that lets us in, without any effect there, which calls it announces to us. Nothing is said where it can
/// not be asked.
pub async fn announces_here(
    carriers: &dyn Carriers,
    tenant: TenantId,
    connection: ConnectionId,
) -> Vec<Lets> {
    let client = match carriers.client(tenant, connection).await {
        Ok(client) => client,
        Err(error) => return vec![Lets::Unknown(error.to_string())],
    };
    match client.announces_here().await {
        Ok(None) => Vec::new(),
        Ok(Some(announcements)) => told(announcements),
        Err(ControlError::Refused { reason }) => {
            vec![Lets::Unknown(format!("where calls are announced can not be read: {reason}"))]
        }
        Err(error) => vec![Lets::Unknown(format!("the carrier could not be asked: {error}"))],
    }
}

fn told(announcements: Announcements) -> Vec<Lets> {
    let Announcements { incoming, outgoing, only_some } = announcements;
    let elsewhere = |calls: &str, why: &str| {
        format!(
            "{calls} calls are not announced here: enter this connection's URL in the carrier's account as the one for {calls} calls{why}"
        )
    };
    let mut told = vec![
        if incoming {
            Lets::Yes("Incoming calls are announced here.")
        } else {
            Lets::No(elsewhere("incoming", ", or nobody who rings is noticed"))
        },
        if outgoing {
            Lets::Yes("Outgoing calls are announced here.")
        } else {
            Lets::Unknown(elsewhere("outgoing", ", if lines are to be watched"))
        },
    ];
    if only_some {
        let reason = "the account announces calls of some of its phones only: see that the lines are among them";
        told.push(Lets::Unknown(reason.to_owned()));
    }
    told
}
