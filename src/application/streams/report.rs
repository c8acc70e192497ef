//! What became of a stream: told to its call, or written down beside it if the call is not ours.

use super::{CallStreams, is_invited, state_of, unreadable};
use crate::application::calls::{CallError, record};
use crate::application::ports::streams::{EndReason, StreamPlan, StreamReport};
use crate::application::ports::{Actor, Append, Appended, Expected, Unavailable};
use crate::domain::call::explain::Rule;
use crate::domain::call::signal::Signal;
use crate::domain::call::stream::{BackendTally, StreamEnd, StreamEndReason, StreamNews};
use crate::domain::call::{Recorded, stream};

/// How often a report is written anew because another came in between.
const TRIES: u32 = 5;

impl CallStreams {
    pub(super) async fn tell(
        &self,
        plan: &StreamPlan,
        report: &StreamReport,
    ) -> Result<(), Unavailable> {
        let news = news(report);
        if is_invited(plan) {
            return self.write_down(plan, &news).await;
        }
        let signal = Signal::Stream { stream: plan.stream, news };
        match self.calls.tell(plan.tenant, plan.call, &signal, Actor::Worker).await {
            Ok(_) | Err(CallError::NoSuchCall | CallError::NoSuchLine) => Ok(()),
            Err(error) => Err(unreadable(error)),
        }
    }

    async fn write_down(&self, plan: &StreamPlan, news: &StreamNews) -> Result<(), Unavailable> {
        for _ in 0..TRIES {
            let (events, version) = self.events_of(plan.tenant, plan.stream).await?;
            let known = state_of(&events, plan.stream);
            let Some(event) = known.and_then(|known: stream::Stream| known.hear(plan.stream, news))
            else {
                return Ok(());
            };
            let recorded = Recorded { event, because: Rule::StreamReported.into() };
            let append = Append {
                tenant: plan.tenant,
                stream: plan.stream.as_uuid(),
                stream_type: "stream",
                expected: Expected::Version(version),
                events: record::events(&[recorded], &*self.calls.ids),
                work: Vec::new(),
                actor: Actor::Worker,
                causation: None,
                delivery: None,
            };
            if matches!(self.calls.journal.append(append).await?, Appended::Stored { .. }) {
                return Ok(());
            }
        }
        Err(unreadable(CallError::ConcurrentChange))
    }
}

fn news(report: &StreamReport) -> StreamNews {
    match report {
        StreamReport::Started => StreamNews::Started,
        StreamReport::Connected { backend } => StreamNews::Connected(*backend),
        StreamReport::Lost { backend, why } => {
            StreamNews::Lost { backend: *backend, why: (*why).to_owned() }
        }
        StreamReport::Recovered { backend, missed } => {
            StreamNews::Recovered { backend: *backend, missed: *missed }
        }
        StreamReport::Gone { backend, why } => {
            StreamNews::Gone { backend: *backend, why: (*why).to_owned() }
        }
        StreamReport::RequiredGone { then } => StreamNews::RequiredGone { then: *then },
        StreamReport::Ended { reason, lasted, frames, backends } => {
            let backends = backends.iter().map(|counts| BackendTally {
                backend: counts.backend,
                sent: counts.sent,
                dropped: counts.missed,
            });
            StreamNews::Ended(StreamEnd {
                reason: why(*reason),
                lasted_ms: u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX),
                frames: *frames,
                backends: backends.collect(),
            })
        }
    }
}

const fn why(reason: EndReason) -> StreamEndReason {
    match reason {
        EndReason::CallEnded => StreamEndReason::CallEnded,
        EndReason::CarrierLost => StreamEndReason::CarrierLost,
        EndReason::CarrierMisbehaved => StreamEndReason::CarrierMisbehaved,
        EndReason::RequiredBackendsGone => StreamEndReason::RequiredBackendsGone,
        EndReason::EveryBackendGone => StreamEndReason::EveryBackendGone,
        EndReason::Stopped => StreamEndReason::Stopped,
        EndReason::ServerEnding => StreamEndReason::ServerEnding,
    }
}
