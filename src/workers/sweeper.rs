//! Heals what was lost: leases of dead workers come back, and what is past its time expires and is told.

use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::calls::{CallError, Calls, WorkArgs};
use crate::application::ports::{Actor, Unavailable};
use crate::domain::call::signal::{DialReport, Signal};
use crate::domain::ids::TenantId;

/// How often it sweeps.
const EVERY: Duration = Duration::from_secs(1);
/// Sweeps between two looks at what is kept for a while only.
const SWEEPS_AN_HOUR: u32 = 3_600;

/// What was not done before its deadline: a dial, if its arguments name a leg, else an effect on one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpiredWork {
    /// Whose.
    pub tenant: TenantId,
    /// The call, and what was to be done.
    pub args: WorkArgs,
}

/// Who keeps the work items.
#[async_trait]
pub trait Sweep: Send + Sync {
    /// Returns what was lost, and tells which dials and effects expired.
    async fn sweep(&self) -> Result<Vec<ExpiredWork>, Unavailable>;
    /// Deletes what is past its time.
    async fn keep_house(&self) -> Result<(), Unavailable>;
}

/// Sweeps until it is stopped.
pub async fn run(calls: Calls, work: impl Sweep, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut sweeps: u32 = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if sweeps.is_multiple_of(SWEEPS_AN_HOUR)
            && let Err(error) = work.keep_house().await
        {
            tracing::warn!(%error, "what is past its time can not be deleted");
        }
        sweeps = sweeps.wrapping_add(1);
        match work.sweep().await {
            Ok(expired) => {
                for work in expired {
                    tell(&calls, work).await;
                }
            }
            Err(error) => tracing::warn!(%error, "work can not be swept"),
        }
    }
}

async fn tell(calls: &Calls, work: ExpiredWork) {
    let call = work.args.call;
    let told = match work.args.leg {
        Some(leg) => {
            let expired = Signal::Dial { leg, report: DialReport::Expired };
            calls.tell(work.tenant, call, &expired, Actor::Worker).await.map(|_| ())
        }
        None => calls.gave_up(work.tenant, work.args).await,
    };
    match told {
        Ok(()) | Err(CallError::NoSuchCall) => {}
        Err(error) => tracing::warn!(%error, call.id = %call, "what expired could not be told"),
    }
}
