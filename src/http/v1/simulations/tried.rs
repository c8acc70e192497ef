//! What a dry run tells.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::{WhoView, word};
use crate::application::simulations::play::{Guess, Heard};
use crate::application::simulations::simulate::{Ring, Simulated};
use crate::domain::call::Recorded;
use crate::domain::call::event::{Event, Target};

/// What would happen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TriedView {
    /// What would come of it.
    #[schema(example = "opened")]
    pub outcome: Option<String>,
    /// Why.
    #[schema(example = "visitor_hung_up")]
    pub cause: Option<String>,
    /// When it would be over, in seconds after it came in.
    #[schema(example = 16)]
    pub over_after_seconds: Option<i64>,
    /// Whether the door would open.
    #[schema(example = true)]
    pub opened: bool,
    /// When the open digits would be sent, in seconds after the call came in.
    #[schema(example = 11)]
    pub opened_after_seconds: Option<i64>,
    /// On whose word: `by` is `resident`, `concierge`, `pass` or `manager`, `id` says which.
    #[schema(example = json!({ "by": "resident", "id": "01936f1e-7c3a-7000-8000-000000000001" }))]
    pub opened_by: Option<Value>,
    /// Who would ring when.
    pub rings: Vec<RingView>,
    /// What would happen, step by step, and by which rule.
    pub steps: Vec<StepView>,
    /// What the line's carrier can not do, and what would be done instead.
    #[schema(example = json!([]))]
    pub degradations: Vec<String>,
    /// Who would ring although nothing was told of them: taken as letting it ring.
    pub assumed: Vec<WhoView>,
}

/// A phone that would ring.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RingView {
    /// Whose.
    #[serde(flatten)]
    pub whose: WhoView,
    /// In which step of the call, from 1.
    #[schema(example = 1)]
    pub step: u32,
    /// Which of their numbers, from 0.
    #[schema(example = 0)]
    pub number_index: u32,
    /// The number that the phone shows: the line's.
    #[schema(example = "+441632960100")]
    pub shows: String,
    /// When it would be dialled, in seconds after the call came in; absent: it was to be, and was given up before.
    #[schema(example = 0)]
    pub dialled_after_seconds: Option<i64>,
    /// When it would be picked up.
    #[schema(example = 8)]
    pub answered_after_seconds: Option<i64>,
    /// When they would accept the visitor.
    #[schema(example = 11)]
    pub accepted_after_seconds: Option<i64>,
    /// When it would be over.
    #[schema(example = 16)]
    pub over_after_seconds: Option<i64>,
    /// Why.
    #[schema(example = "hung_up")]
    pub end_cause: Option<String>,
}

/// A step, and why it would be taken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StepView {
    /// When, in seconds after the call came in.
    #[schema(example = 0)]
    pub at_seconds: i64,
    /// What would happen: an event's type.
    #[schema(example = "CallerAdmitted")]
    pub event: String,
    /// The rule that would make it so.
    #[schema(example = "panels_may_ring")]
    pub rule: String,
    /// What the rule says.
    #[schema(example = "The caller is the panel of this entrance.")]
    pub sentence: String,
    /// What it would look at.
    #[schema(example = json!({ "entrance": "Front door" }))]
    pub inputs: Value,
    /// Whom it is about, if it is about someone who is rung.
    pub about: Option<WhoView>,
    /// What would be spoken because of it.
    pub spoken: Vec<SpokenView>,
}

/// A sentence that would be spoken.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SpokenView {
    /// From when, in seconds after the call came in.
    #[schema(example = 0)]
    pub at_seconds: i64,
    /// To whom; absent: to the visitor.
    pub to: Option<WhoView>,
    /// The sentence.
    #[schema(example = "Calling unit 1204.")]
    pub text: String,
    /// Its language, BCP 47.
    #[schema(example = "en-GB")]
    pub language: String,
}

impl TriedView {
    /// What this dry run of a call that began then tells.
    pub fn of(simulated: &Simulated, began: OffsetDateTime) -> Self {
        let after = |at: OffsetDateTime| (at - began).whole_seconds();
        let events = &simulated.played.events;
        let verdict = &simulated.verdict;
        let over = events.iter().find(|(_, told)| matches!(told.event, Event::CallEnded { .. }));
        let assumed = simulated.played.guesses.iter().filter_map(|guess| match guess {
            Guess::Reaction(target) => Some(WhoView::from(*target)),
            Guess::UnitWanted | Guess::Pin | Guess::Patience => None,
        });
        Self {
            outcome: verdict.ended.map(|(outcome, _)| word(&outcome)),
            cause: verdict.ended.map(|(_, cause)| word(&cause)),
            over_after_seconds: over.map(|(at, _)| after(*at)),
            opened: verdict.is_opened(),
            opened_after_seconds: verdict.opened.map(|(at, _)| after(at)),
            opened_by: verdict.opened.and_then(|(_, opener)| serde_json::to_value(opener).ok()),
            rings: simulated.rings.iter().map(|ring| ring_view(ring, simulated, after)).collect(),
            steps: steps(events, &simulated.played.heard, after),
            degradations: simulated.degradations.clone(),
            assumed: assumed.collect(),
        }
    }
}

fn ring_view(
    ring: &Ring,
    simulated: &Simulated,
    after: impl Fn(OffsetDateTime) -> i64,
) -> RingView {
    RingView {
        whose: ring.target.into(),
        step: ring.step,
        number_index: ring.number_index,
        shows: simulated.shows.as_e164().to_owned(),
        dialled_after_seconds: ring.dialled_at.map(&after),
        answered_after_seconds: ring.answered_at.map(&after),
        accepted_after_seconds: ring.accepted_at.map(&after),
        over_after_seconds: ring.over.map(|(at, _)| after(at)),
        end_cause: ring.over.map(|(_, cause)| word(&cause)),
    }
}

fn steps(
    events: &[(OffsetDateTime, Recorded)],
    heard: &[Heard],
    after: impl Fn(OffsetDateTime) -> i64,
) -> Vec<StepView> {
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    let mut steps = Vec::with_capacity(events.len());
    for (place, (at, recorded)) in events.iter().enumerate() {
        if let Event::DialRequested(dial) = &recorded.event {
            targets.insert(dial.leg.to_string(), dial.target);
        }
        let spoken = heard.iter().filter(|heard| heard.event == Some(place));
        steps.push(StepView {
            at_seconds: after(*at),
            event: recorded.event.kind().to_owned(),
            rule: word(&recorded.because.rule),
            sentence: recorded.because.rule.sentence().to_owned(),
            inputs: serde_json::to_value(&recorded.because.inputs).unwrap_or_default(),
            about: about(&recorded.event, &targets).map(WhoView::from),
            spoken: spoken
                .map(|heard| SpokenView {
                    at_seconds: after(heard.at),
                    to: heard.by.map(WhoView::from),
                    text: heard.text.clone(),
                    language: heard.language.clone(),
                })
                .collect(),
        });
    }
    steps
}

/// Whose leg an event is about, or who is passed over.
fn about(event: &Event, targets: &BTreeMap<String, Target>) -> Option<Target> {
    if let Event::ResidentSkipped { resident, .. } = event {
        return Some(Target::Resident(*resident));
    }
    let told = serde_json::to_value(event).ok()?;
    targets.get(told["data"]["leg"].as_str()?).copied()
}
