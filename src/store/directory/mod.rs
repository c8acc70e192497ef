//! What managers configure, a file a table; and the one building that a call is about, as `decide` wants it.

pub mod connections;
mod flows;
pub(in crate::store) mod lines;
pub mod outbound;
mod passes;
pub mod pins;
pub mod policy;
pub mod streams;
pub mod views;

use std::sync::Arc;

use async_trait::async_trait;
use time::OffsetDateTime;

use self::policy::CapabilitiesOf;
use super::Store;
use crate::application::ports::{Directory, LineCalled, PinLook, PinTry, Unavailable};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::TenantId;
use crate::domain::phone_number::Caller;
use crate::domain::policy::outbound::{Allowance, OutboundRules};
use crate::domain::policy::{Limits, Policy};

/// The directory in PostgreSQL, with each building's configuration kept in memory while it is unchanged.
#[derive(Clone, Debug)]
pub struct PgDirectory {
    store: Store,
    copies: Arc<policy::Copies>,
    capabilities_of: CapabilitiesOf,
    limits: Limits,
}

impl PgDirectory {
    /// Over this store, with carriers that can do this.
    pub fn new(store: Store, capabilities_of: CapabilitiesOf) -> Self {
        Self { store, copies: Arc::default(), capabilities_of, limits: Limits::default() }
    }

    /// With these times and counts, but for those that managers set.
    #[must_use]
    pub fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }
}

#[async_trait]
impl Directory for PgDirectory {
    async fn policy(
        &self,
        line: LineCalled,
        caller: Caller,
    ) -> Result<Option<Policy>, Unavailable> {
        let policy = self.store.policy((&self.copies, self.capabilities_of), line, caller).await?;
        Ok(policy.map(|policy| {
            let limits = Limits { pins: policy.limits.pins, ..self.limits.clone() };
            Policy { limits, ..policy }
        }))
    }

    async fn check_pin(&self, tenant: TenantId, attempt: PinTry) -> Result<PinCheck, Unavailable> {
        self.store.check_pin(tenant, attempt).await
    }

    async fn outbound_rules(&self, tenant: TenantId) -> Result<OutboundRules, Unavailable> {
        self.store.outbound_rules(tenant).await
    }

    async fn take_outbound(
        &self,
        tenant: TenantId,
        day: OffsetDateTime,
        calls: u32,
    ) -> Result<Allowance, Unavailable> {
        self.store.take_outbound(tenant, day, calls).await
    }

    async fn look_at_pin(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<PinLook, Unavailable> {
        self.store.look_at_pin(tenant, attempt).await
    }
}
