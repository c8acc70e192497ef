//! A call's audio and the firm's own backends: a line may lead to them, and they may hear a visit. Nothing before the caller is let through.

use std::time::Duration;

use super::Deciding;
use crate::domain::call::event::{Event, StreamRequested};
use crate::domain::call::explain::{Because, Rule};
use crate::domain::call::outcome::{Cause, Outcome};
use crate::domain::call::phrase::Phrase;
use crate::domain::call::script::{AudioStream, Script, Step};
use crate::domain::call::signal::{CarrierLeg, EffectResult, LegReport, Timer};
use crate::domain::call::stream::{
    StreamEnd, StreamEndReason, StreamKind, StreamLeg, StreamNews, StreamState,
};
use crate::domain::call::{HangUp, Stage};
use crate::domain::ids::StreamId;
use crate::domain::policy::LeadsTo;
use crate::domain::policy::capabilities::Forks;
use crate::domain::policy::streams::{Duplex, Need, OnLost};

/// How long whoever moves the audio may take to tell of the end, once the carrier told it.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(10);

impl Deciding<'_> {
    /// Whether whoever calls this line talks to backends, and to no resident.
    pub(super) fn leads_to_backends(&self) -> bool {
        self.policy().line.leads_to == LeadsTo::Stream
    }

    /// The caller is let through to the backends.
    pub(super) fn stream_line(&mut self) {
        let has_none = self.policy().streams.backends.is_empty();
        if has_none || self.policy().capabilities.forks == Forks::Never {
            let (outcome, cause) = (Outcome::Failed, Cause::NoBackends);
            return self.close(Rule::NoBackends, outcome, cause, &Phrase::CallCanNotGoOn);
        }
        let duplex = self.policy().streams.duplex();
        let stream = self.request(StreamKind::Line, duplex, Rule::LineLeadsToBackends);
        let ends_at = self.at() + self.policy().limits.stream_max;
        self.expect_an_end_by(ends_at);
        let Some(door) = self.call.door_leg() else { return };
        let script = self.streaming_script(stream);
        self.tell(door, Rule::LineLeadsToBackends, script);
    }

    /// What a caller hears whose line leads to backends. The good-bye comes when the stream is over.
    pub(super) fn streaming_script(&self, stream: StreamId) -> Script {
        Script::of([
            self.say_to_visitor(&Phrase::ConnectingYou),
            Step::Stream(AudioStream { stream }),
            self.say_to_visitor(&Phrase::Goodbye),
            Step::HangUp,
        ])
    }

    /// The visit goes on to the room: backends hear a copy of it from here on. The step that does it, where a step does.
    pub(super) fn fork(&mut self) -> Option<Step> {
        if self.policy().streams.backends.is_empty() || !self.call.streams.is_empty() {
            return None;
        }
        let kind = match self.policy().capabilities.forks {
            Forks::InScript => StreamKind::Fork,
            Forks::ByRequest => StreamKind::RequestedFork,
            Forks::Never => {
                let lost = "live audio: no backend hears the call".to_owned();
                self.record(Rule::CarrierCanNot, Event::FlowDegraded { lost });
                return None;
            }
        };
        // Whoever listens in does not speak.
        let stream = self.request(kind, Duplex::OneWay, Rule::BackendsHearTheCall);
        (kind == StreamKind::Fork).then_some(Step::Fork(AudioStream { stream }))
    }

    fn request(&mut self, kind: StreamKind, duplex: Duplex, rule: Rule) -> StreamId {
        let stream: StreamId = self.ids.next_id();
        let (policy, at) = (self.policy(), self.at());
        let backends: Vec<_> = policy.streams.backends.iter().map(|backend| backend.id).collect();
        let because = Because::of(rule).given("backends", backends.len());
        if let Some(leg) = self.call.door_leg() {
            let wanted = StreamRequested {
                stream,
                leg,
                kind,
                building: policy.building.id,
                line: policy.line.id,
                backends,
                duplex,
                on_last_required_lost: policy.streams.on_last_required_lost,
            };
            self.record(because, Event::StreamRequested(wanted));
            self.set_timer(Timer::StreamDue { stream }, at + policy.limits.stream_within);
        }
        stream
    }

    /// How a stream fares. What is known already, or of no stream of this call, changes nothing.
    pub(super) fn streamed(&mut self, stream: StreamId, news: &StreamNews) {
        let heard = self.call.streams.get(&stream).and_then(|known| known.hear(stream, news));
        let Some(event) = heard else { return };
        match news {
            StreamNews::RequiredGone { then } => self.required_backends_are_gone(stream, *then),
            StreamNews::Ended(end) => self.stream_ends(stream, end.clone(), Rule::StreamReported),
            StreamNews::Started
            | StreamNews::Connected(_)
            | StreamNews::Lost { .. }
            | StreamNews::Recovered { .. }
            | StreamNews::Gone { .. } => self.record(Rule::StreamReported, event),
        }
    }

    /// The firm says whether a call is worth anything without its required backends.
    fn required_backends_are_gone(&mut self, stream: StreamId, then: OnLost) {
        let gone = Event::StreamRequiredGone { stream, then };
        if then == OnLost::CarryOn {
            return self.record(Rule::CallGoesOnWithoutBackends, gone);
        }
        let rule = Rule::RequiredBackendsAreGone;
        self.record(rule, gone);
        let outcome = match self.call.stage {
            Stage::ChoosingUnit { .. } | Stage::GivingPin { .. } | Stage::Ringing { .. } => {
                Outcome::Failed
            }
            Stage::Talking { .. } => self.outcome_of_talk(),
            Stage::Streaming { stream } => self.outcome_of_stream(stream),
            Stage::New
            | Stage::Watching
            | Stage::Outbound(_)
            | Stage::Closing { .. }
            | Stage::Over { .. } => return,
        };
        self.close(rule, outcome, Cause::BackendsLost, &Phrase::CallCanNotGoOn);
    }

    /// A stream is over. The caller of a line that leads to it hears a good-bye: the script says so.
    fn stream_ends(&mut self, stream: StreamId, end: StreamEnd, rule: Rule) {
        let outcome = self.outcome_of_stream(stream);
        self.record(rule, Event::StreamEnded { stream, end });
        if matches!(self.call.stage, Stage::Streaming { stream: own } if own == stream) {
            let cause = Cause::StreamEnded;
            self.record(Rule::StreamIsOver, Event::CallClosing { outcome, cause });
            self.expect_an_end_by(self.at());
        }
    }

    /// Nothing ever came of a stream. A visit whose required backends should have heard it is as if they were lost.
    fn stream_never_came(&mut self, stream: StreamId, reason: StreamEndReason, rule: Rule) {
        self.stream_ends(stream, StreamEnd::without_audio(reason), rule);
        let set = &self.policy().streams;
        let is_required = set.backends.iter().any(|backend| backend.need == Need::Required);
        let visits = matches!(self.call.stage, Stage::Ringing { .. } | Stage::Talking { .. });
        if visits && is_required {
            self.required_backends_are_gone(stream, set.on_last_required_lost);
        }
    }

    pub(super) fn outcome_of_stream(&self, stream: StreamId) -> Outcome {
        match self.call.streams.get(&stream).map(|stream| stream.state) {
            Some(StreamState::Running) => Outcome::Streamed,
            Some(StreamState::Requested | StreamState::Ended) | None => Outcome::Failed,
        }
    }

    /// The carrier has had time enough.
    pub(super) fn stream_is_due(&mut self, stream: StreamId) {
        let Some(known) = self.call.running_stream(stream) else { return };
        match (known.state, known.leg_state) {
            (StreamState::Requested, _) => {
                let is_the_call = known.kind == StreamKind::Line;
                self.stream_never_came(stream, StreamEndReason::NeverCame, Rule::StreamNeverCame);
                // Whoever waits in front of a stream that does not come hears no end of it by the script.
                if let (true, Some(door)) = (is_the_call, self.call.door_leg()) {
                    let sorry = self.say_to_visitor(&Phrase::CallCanNotGoOn);
                    let script = Script::of([sorry, Step::HangUp]);
                    self.tell(door, Rule::VisitorHearsWhatHappens, script);
                }
            }
            (StreamState::Running, StreamLeg::Over) => {
                let end = StreamEnd::without_audio(StreamEndReason::CarrierLost);
                self.stream_ends(stream, end, Rule::CarrierReported);
            }
            (StreamState::Running, StreamLeg::Alive) | (StreamState::Ended, _) => {}
        }
    }

    /// The carrier tells of the leg that it made for a stream: it is nobody's phone, and rings for nobody.
    pub(super) fn stream_leg(
        &mut self,
        stream: StreamId,
        report: &LegReport,
        carrier_leg: Option<&CarrierLeg>,
    ) {
        let Some(known) = self.call.streams.get(&stream).cloned() else { return };
        if let Some(named) = carrier_leg.filter(|_| known.carrier_leg.is_none()) {
            let carrier_leg = named.clone();
            self.record(Rule::CarrierReported, Event::StreamNamed { stream, carrier_leg });
        }
        let LegReport::Ended(end) = report else { return };
        // A cause may come before the last word, which says what it cost.
        if known.leg_state == StreamLeg::Over && !end.is_final {
            return;
        }
        let is_news = known.leg_state == StreamLeg::Alive || end.cost.is_some();
        if is_news {
            let end = end.clone();
            self.record(Rule::CarrierReported, Event::StreamLegEnded { stream, end });
        }
        match known.state {
            StreamState::Requested => {
                self.stream_never_came(stream, StreamEndReason::NeverCame, Rule::CarrierReported);
            }
            StreamState::Running if known.leg_state == StreamLeg::Alive => {
                self.set_timer(Timer::StreamDue { stream }, self.at() + LAST_WORDS_WITHIN);
            }
            StreamState::Running | StreamState::Ended => {}
        }
    }

    /// What became of asking the carrier for a stream.
    pub(super) fn stream_start_went(&mut self, stream: StreamId, result: &EffectResult) {
        let is_wanted = self.call.streams.get(&stream).is_some_and(|known| {
            known.state == StreamState::Requested && known.kind == StreamKind::RequestedFork
        });
        if is_wanted && matches!(result, EffectResult::Failed { .. }) {
            let reason = StreamEndReason::CarrierRefused;
            self.stream_never_came(stream, reason, Rule::WorkerReported);
        }
    }

    /// The call is over: what the carrier does not end by itself is ended.
    pub(super) fn stop_streams(&mut self) {
        let requested: Vec<StreamId> = self
            .call
            .streams
            .iter()
            .filter(|(_, stream)| {
                stream.kind == StreamKind::RequestedFork
                    && stream.state != StreamState::Ended
                    && stream.leg_state == StreamLeg::Alive
                    && stream.stop == HangUp::NotWanted
            })
            .map(|(id, _)| *id)
            .collect();
        for stream in requested {
            self.record(Rule::NobodyIsLeftHanging, Event::StreamStopRequested { stream });
        }
    }
}
