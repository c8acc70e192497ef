//! What managers configure, a file a table; and the one building that a call is about, as `decide` wants it.

pub mod connections;
mod flows;
pub mod pins;
pub mod policy;
pub mod views;

use std::sync::Arc;

use async_trait::async_trait;

use super::Store;
use crate::application::ports::{Directory, LineCalled, PinTry, Unavailable};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::TenantId;
use crate::domain::phone_number::Caller;
use crate::domain::policy::Policy;

/// The directory in PostgreSQL, with each building's configuration kept in memory while it is unchanged.
#[derive(Clone, Debug)]
pub struct PgDirectory {
    store: Store,
    copies: Arc<policy::Copies>,
}

impl PgDirectory {
    /// Over this store.
    pub fn new(store: Store) -> Self {
        Self { store, copies: Arc::default() }
    }
}

#[async_trait]
impl Directory for PgDirectory {
    async fn policy(
        &self,
        line: LineCalled,
        caller: Caller,
    ) -> Result<Option<Policy>, Unavailable> {
        self.store.policy(&self.copies, line, caller).await
    }

    async fn check_pin(&self, tenant: TenantId, attempt: PinTry) -> Result<PinCheck, Unavailable> {
        self.store.check_pin(tenant, attempt).await
    }
}
