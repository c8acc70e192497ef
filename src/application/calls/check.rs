//! Whether a carrier lets us in with a connection's credentials.

use crate::application::ports::{Carriers, ControlError};
use crate::domain::ids::{ConnectionId, TenantId};

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
    match client.lets_us_in().await {
        Ok(()) => Lets::Yes,
        Err(ControlError::Refused { reason }) => Lets::No(format!(
            "the carrier refuses us: {reason}; do the connection's credentials belong together?"
        )),
        Err(error) => Lets::Unknown(format!("the carrier could not be asked: {error}")),
    }
}
