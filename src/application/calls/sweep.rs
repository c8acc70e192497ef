//! What happened while we were down: a carrier's own list of calls, compared with what we know. Nobody is ever rung by that.

use std::time::Duration;

use time::OffsetDateTime;

use super::reconcile::{count, count_drift};
use super::{CallError, Calls, TRIES, wait_a_little};
use crate::application::ports::records::{CallsListed, CarrierCall, Sweep};
use crate::application::ports::{
    Actor, Appended, CarrierClient, CarrierReferences, ControlError, Expected,
};
use crate::domain::call::record::LegRecord;
use crate::domain::call::signal::{CarrierLeg, Discovered, LegEnd, Signal};
use crate::domain::call::{Leg, LegState};
use crate::domain::ids::{CallId, LegId};
use crate::domain::policy::Policy;

/// What is older is not looked for: carriers forget, and a checkpoint must not stand still for ever.
const LOOKBACK_MAX: Duration = Duration::from_secs(24 * 3600);
/// Their clock and ours differ: so much is looked through twice.
const OVERLAP: Duration = Duration::from_secs(60);
/// Spans asked for in one sweep; the rest waits for the next one.
const SPANS_MAX: u32 = 64;
/// No span is cut shorter than that.
const SPAN_LEAST: Duration = Duration::from_secs(2);

/// Why a sweep did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// The carrier did not tell.
    #[error("the carrier's list of calls can not be read: {0}")]
    Carrier(#[from] ControlError),
    /// Something of ours did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
}

impl From<crate::application::ports::Unavailable> for SweepError {
    fn from(error: crate::application::ports::Unavailable) -> Self {
        Self::Call(error.into())
    }
}

impl Calls {
    /// Looks through a carrier's list of calls, up to what has had time to settle; tells how far it came.
    #[tracing::instrument(name = "sweep.look_through", skip_all, fields(tenant.id = %sweep.tenant))]
    pub async fn sweep(
        &self,
        sweep: &Sweep,
        client: &dyn CarrierClient,
        settle: Duration,
    ) -> Result<OffsetDateTime, SweepError> {
        let settled = self.clock.now() - settle;
        let begin = (sweep.swept_to - OVERLAP).max(settled - LOOKBACK_MAX);
        let mut spans = vec![(begin, settled)];
        let mut running_since: Option<OffsetDateTime> = None;
        let mut asked = 0;
        while let Some((from, to)) = spans.pop().filter(|(from, to)| from < to) {
            if asked == SPANS_MAX {
                return Ok(running_since.map_or(from, |since| since.min(from)));
            }
            asked += 1;
            match client.calls_between(from, to).await? {
                CallsListed::All(calls) => {
                    for call in calls.iter().filter(|call| call.began.is_none_or(|at| at <= to)) {
                        if self.compare(sweep, client, call, settled).await? == Seen::StillUnknown {
                            let since = call.began.unwrap_or(from);
                            running_since = Some(running_since.map_or(since, |at| at.min(since)));
                        }
                    }
                }
                CallsListed::TooMany if to - from > SPAN_LEAST => {
                    let middle = from + (to - from) / 2;
                    spans.extend([(middle, to), (from, middle)]);
                }
                CallsListed::TooMany => {
                    tracing::warn!(
                        "the carrier lists too many calls of one moment to look through"
                    );
                }
            }
        }
        Ok(running_since.map_or(settled, |since| since.min(settled)))
    }

    /// Compares a listed call with what we know of it.
    async fn compare(
        &self,
        sweep: &Sweep,
        client: &dyn CarrierClient,
        listed: &CarrierCall,
        settled: OffsetDateTime,
    ) -> Result<Seen, SweepError> {
        let policy = self
            .policy_for_arrival(sweep.tenant, sweep.connection, &listed.to, &listed.from)
            .await?;
        // Other numbers of the account are not our business.
        let Some(policy) = policy else { return Ok(Seen::Known) };
        let references = CarrierReferences {
            tenant: sweep.tenant,
            connection: sweep.connection,
            references: vec![listed.carrier_leg.id.clone()],
        };
        let fresh = (CallId::from_uuid(self.ids.next()), LegId::from_uuid(self.ids.next()));
        let (call, leg) = self.journal.leg_of(references, fresh).await?;
        let loaded = self.load(sweep.tenant, call).await?;
        let is_known = loaded.call.line().is_some();
        let Some(end) = &listed.end else {
            return Ok(if is_known { Seen::Known } else { Seen::StillUnknown });
        };
        if !is_known {
            self.discover((call, leg), &policy, listed, end, client.carrier()).await?;
        } else if loaded.call.legs.get(&leg).is_some_and(|leg| is_open(leg, &listed.carrier_leg))
            // What has just ended may be reported any moment.
            && listed.ended.is_some_and(|ended| ended <= settled)
        {
            let record = LegRecord::Over { end: end.clone(), source: listed.source };
            let signal = Signal::Record { leg, record };
            let decision = self.tell(sweep.tenant, call, &signal, Actor::Worker).await?;
            count(client.carrier(), &decision);
        }
        Ok(Seen::Known)
    }

    /// Writes down a call that never reached us. One that reached us meanwhile is left as it is.
    async fn discover(
        &self,
        (call, leg): (CallId, LegId),
        policy: &Policy,
        listed: &CarrierCall,
        end: &LegEnd,
        carrier: &'static str,
    ) -> Result<(), CallError> {
        let signal = Signal::Discovered(Discovered {
            leg,
            carrier_leg: listed.carrier_leg.clone(),
            began_at: listed.began,
            over_at: listed.ended,
            end: end.clone(),
            source: listed.source,
        });
        let _turn = self.gate.enter(call.as_uuid()).await;
        for attempt in 0..TRIES {
            let loaded = self.load(policy.building.tenant, call).await?;
            let decision = self.decide(call, &loaded.call, &signal, policy);
            if decision.events.is_empty() {
                return Ok(());
            }
            let expected = Expected::Version(loaded.version);
            let append = self.append_of(call, policy, &decision, expected, Actor::Worker);
            if matches!(self.journal.append(append).await?, Appended::Stored { .. }) {
                count_drift(carrier, "unknown_call");
                count(carrier, &decision);
                return Ok(());
            }
            wait_a_little(attempt).await;
        }
        Err(CallError::ConcurrentChange)
    }
}

/// What a listed call was to us.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// Known, by now at least; or none of ours.
    Known,
    /// It goes on, and never reached us: it is looked for again once it is over.
    StillUnknown,
}

/// Whether the leg goes on under this name, as far as we know. One that the carrier sent on goes on under another: that the former is
/// over says nothing.
fn is_open(leg: &Leg, name: &CarrierLeg) -> bool {
    let goes_by_it = leg.carrier_leg.as_ref().is_some_and(|known| known.id == name.id);
    goes_by_it && matches!(leg.state, LegState::Placed | LegState::Answered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::call::Call;
    use crate::domain::call::event::Event;

    #[test]
    fn the_end_of_a_name_that_the_carrier_sent_on_is_no_end_of_the_leg() {
        let named = |id: &str| CarrierLeg { id: id.to_owned(), region: None };
        let leg = LegId::from_uuid(uuid::Uuid::from_u128(1));
        let answered = Event::LegAnswered { leg };
        let mut call = Call::from_events([&answered]);
        call.apply(&Event::LegIdentified { leg, carrier_leg: named("c1") });
        assert!(is_open(&call.legs[&leg], &named("c1")));

        call.apply(&Event::LegSentOn { leg, carrier_leg: named("c2") });

        assert!(!is_open(&call.legs[&leg], &named("c1")));
        assert!(is_open(&call.legs[&leg], &named("c2")));
    }
}
