//! Whether a carrier lets us in with a connection's credentials.

use crate::application::ports::{Carriers, ControlError};
use crate::domain::call::signal::CarrierLeg;
use crate::domain::ids::{ConnectionId, TenantId};

/// A leg that no carrier has: who answers that it does not exist has let us in.
const NO_LEG: &str = "00000000-0000-4000-8000-000000000000";

/// What a carrier says to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lets {
    /// It lets us in.
    Yes,
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
    match client.mute(&CarrierLeg { id: NO_LEG.to_owned(), region: None }).await {
        Ok(()) | Err(ControlError::LegOver) => Lets::Yes,
        Err(ControlError::Refused { reason }) => Lets::No(format!(
            "the carrier refuses us: {reason}; are the application's id and its private key a pair?"
        )),
        Err(error) => Lets::Unknown(format!("the carrier could not be asked: {error}")),
    }
}
