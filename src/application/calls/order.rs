//! A call that a manager orders: checked against the firm's rules, counted, then dialled by the same work as any other.

use super::{CallError, Calls, TRIES, wait_a_little};
use crate::application::ports::{Appended, Expected, LineCalled, LineKey};
use crate::domain::call::decide::Decision;
use crate::domain::call::event::{Errand, Operator};
use crate::domain::call::signal::{Order, Signal};
use crate::domain::ids::{CallId, LineId, TenantId};
use crate::domain::personal::Personal;
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::domain::policy::outbound::Allowance;

/// What a manager orders.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// The line to call from.
    pub line: LineId,
    /// Whom to call.
    pub to: PhoneNumber,
    /// What for.
    pub purpose: Purpose,
}

/// What someone is called for.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// To hear this.
    Say(String),
    /// To talk to whoever has this number.
    ConnectTo(PhoneNumber),
}

impl Calls {
    /// Orders a call, or says which rule forbids it. Ordering the same call again does nothing: nobody is called twice.
    #[tracing::instrument(name = "call.order", skip_all, fields(call.id = %call, tenant.id = %tenant))]
    pub async fn order(
        &self,
        tenant: TenantId,
        call: CallId,
        by: Operator,
        new: &NewCall,
    ) -> Result<Decision, CallError> {
        let _turn = self.gate.enter(call.as_uuid()).await;
        let line = LineCalled { tenant, line: LineKey::Id(new.line) };
        let Some(policy) = self.directory.policy(line, Caller::Withheld).await? else {
            return Err(CallError::NoSuchLine);
        };
        let mut signal = Signal::Ordered(self.order_of(tenant, by, new).await?);
        for attempt in 0..TRIES {
            let loaded = self.current(tenant, call).await?;
            let mut decision = self.decide(call, &loaded.call, &signal, &policy);
            // Only what the rules let through is counted, and only once.
            if attempt == 0 && !decision.events.is_empty() {
                self.count(tenant, new, &mut signal).await?;
                decision = self.decide(call, &loaded.call, &signal, &policy);
            }
            if decision.events.is_empty() {
                return Ok(decision);
            }
            let append = self.append_of(
                call,
                &policy,
                &decision,
                Expected::Version(loaded.version),
                by.into(),
            );
            if matches!(self.journal.append(append).await?, Appended::Stored { .. }) {
                return Ok(decision);
            }
            wait_a_little(attempt).await;
        }
        Err(CallError::ConcurrentChange)
    }

    async fn order_of(
        &self,
        tenant: TenantId,
        by: Operator,
        new: &NewCall,
    ) -> Result<Order, CallError> {
        let subject = self.journal.subject_of(tenant, &new.to).await?;
        let errand = match &new.purpose {
            Purpose::Say(text) => Errand::Say { text: Personal::of(subject, text.clone()) },
            Purpose::ConnectTo(number) => {
                let other = self.journal.subject_of(tenant, number).await?;
                Errand::Connect { connect_to: Personal::of(other, number.clone()) }
            }
        };
        Ok(Order {
            by,
            to: Personal::of(subject, new.to.clone()),
            errand,
            rules: self.directory.outbound_rules(tenant).await?,
            allowance: Allowance::Left,
        })
    }

    async fn count(
        &self,
        tenant: TenantId,
        new: &NewCall,
        signal: &mut Signal,
    ) -> Result<(), CallError> {
        let calls = match new.purpose {
            Purpose::Say(_) => 1,
            Purpose::ConnectTo(_) => 2,
        };
        let allowance = self.directory.take_outbound(tenant, self.clock.now(), calls).await?;
        if let Signal::Ordered(order) = signal {
            order.allowance = allowance;
        }
        Ok(())
    }
}
