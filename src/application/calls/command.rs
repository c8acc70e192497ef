//! A manager's command to a running call.

use super::{CallError, Calls};
use crate::application::ports::Actor;
use crate::domain::call::decide::Decision;
use crate::domain::call::event::Operator;
use crate::domain::call::signal::{Command, Signal};
use crate::domain::ids::{ApiKeyId, CallId, TenantId, UserId};

impl Calls {
    /// Does it, or says which rule forbids it.
    #[tracing::instrument(name = "call.command", skip_all, fields(call.id = %call, tenant.id = %tenant))]
    pub async fn command(
        &self,
        tenant: TenantId,
        call: CallId,
        by: Operator,
        command: Command,
    ) -> Result<Decision, CallError> {
        self.tell(tenant, call, &Signal::Command { by, command }, by.into()).await
    }
}

impl From<Operator> for Actor {
    fn from(by: Operator) -> Self {
        match by {
            Operator::User(user) => Self::User(user.as_uuid()),
            Operator::Program { api_key } => Self::ApiKey(api_key.as_uuid()),
        }
    }
}

impl Actor {
    /// Who commands, if it is a user or a program.
    pub fn operator(self) -> Option<Operator> {
        match self {
            Self::User(user) => Some(Operator::User(UserId::from_uuid(user))),
            Self::ApiKey(key) => Some(Operator::Program { api_key: ApiKeyId::from_uuid(key) }),
            Self::Carrier(_) | Self::Worker => None,
        }
    }
}
