//! Recorded calls, decided again: with the real rules, the recorded facts, and a configuration that someone thinks of.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::change::Change;
use super::play::{Guess, Played, play};
use super::recording::{Recording, since};
use super::verdict::Verdict;
use super::world::{Did, Known, Leaves, Tape, World};
use crate::application::calls::{CallError, Calls, LoadedCall};
use crate::application::ports::{LineCalled, LineKey};
use crate::domain::call::Recorded;
use crate::domain::call::event::{Event, Target};
use crate::domain::call::explain::Because;
use crate::domain::ids::{CallId, LineId, SubjectId, TenantId};
use crate::domain::phone_number::Caller;
use crate::domain::policy::Policy;

/// A recording and its replay differ by how late workers and carriers were: so much is no difference.
const LATENESS: Duration = Duration::from_secs(2);
/// Who let it ring for so long before it was hung up would hardly have answered.
const LET_IT_RING: Duration = Duration::from_secs(20);

/// What came of replaying calls.
#[derive(Clone, Debug, Default)]
pub struct Replayed {
    /// Call by call, in the order asked for.
    pub calls: Vec<Comparison>,
    /// Which could not be replayed.
    pub skipped: Vec<(CallId, Skipped)>,
}

/// A call as it was, and as it would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// Which.
    pub call: CallId,
    /// When it came in.
    pub rang_at: OffsetDateTime,
    /// As it was.
    pub before: Verdict,
    /// As it would have been.
    pub after: Verdict,
    /// What had to be guessed for that.
    pub guesses: BTreeSet<Guess>,
    /// Whether today's configuration alone, without the change, would decide otherwise than then.
    pub drift: Drift,
}

/// Whether a building was changed since a call so that it would go otherwise today.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drift {
    /// It would go as it went.
    None,
    /// It would go otherwise, with or without the change that is tried.
    Otherwise,
}

/// Why a call could not be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skipped {
    /// It still runs, or never came in.
    NotOver,
    /// Its caller was erased: nobody knows any more who it was.
    CallerErased,
    /// Its line is gone, or leads nowhere.
    LineGone,
}

impl Comparison {
    /// Whether the call would have gone otherwise.
    pub fn differs(&self) -> bool {
        !self.after.is_like(&self.before)
    }
}

impl Calls {
    /// Decides these calls again as if the change had been made before. Nothing is written.
    #[tracing::instrument(name = "call.replay", skip_all, fields(tenant.id = %tenant, calls = calls.len()))]
    pub async fn replay(
        &self,
        tenant: TenantId,
        calls: &[CallId],
        change: &Change,
    ) -> Result<Replayed, CallError> {
        let mut replayed = Replayed::default();
        let mut recordings = Vec::with_capacity(calls.len());
        for id in calls {
            match Recording::of(&events_of(&self.load(tenant, *id).await?)) {
                Some(recording) => recordings.push((*id, recording)),
                None => replayed.skipped.push((*id, Skipped::NotOver)),
            }
        }
        let habits = habits(recordings.iter().map(|(_, recording)| recording));
        let mut policies: BTreeMap<LineId, Option<Policy>> = BTreeMap::new();
        for (id, recording) in &recordings {
            let today = match policies.get(&recording.line) {
                Some(known) => known.clone(),
                None => {
                    let called = LineCalled { tenant, line: LineKey::Id(recording.line) };
                    let policy = self.directory.policy(called, Caller::Withheld).await?;
                    policies.entry(recording.line).or_insert(policy).clone()
                }
            };
            match today {
                Some(today) => match replay_one(*id, recording, today, change, &habits) {
                    Some(comparison) => replayed.calls.push(comparison),
                    None => replayed.skipped.push((*id, Skipped::CallerErased)),
                },
                None => replayed.skipped.push((*id, Skipped::LineGone)),
            }
        }
        Ok(replayed)
    }
}

/// Decides one call again. None: its caller is unknown by now.
pub fn replay_one(
    call: CallId,
    recording: &Recording,
    today: Policy,
    change: &Change,
    habits: &BTreeMap<Target, Tape>,
) -> Option<Comparison> {
    let mut then = recording.then(today);
    then.visitor.caller = recording.caller.clone()?;
    then.visitor.subject = Some(SubjectId::from_uuid(Uuid::nil()));
    let world = with_habits(&recording.world, habits);
    // Remembered answers hold what came of a PIN, so that none has to be looked up.
    let unchanged = play(&then, &world, recording.began).unwrap_or_default();
    let changed = play(&change.on(then), &world, recording.began).unwrap_or_default();
    let verdict = |played: &Played| Verdict::of(&played.events);
    let (as_is, after) = (verdict(&unchanged), verdict(&changed));
    let drift = if as_is.is_like(&recording.verdict) { Drift::None } else { Drift::Otherwise };
    let mut guesses = changed.guesses.clone();
    guesses.extend(guessed_patience(recording, &changed));
    let before = recording.verdict.clone();
    Some(Comparison { call, rang_at: recording.began, before, after, guesses, drift })
}

/// Nobody knows whether a visitor would have waited longer than they did.
fn guessed_patience(recording: &Recording, played: &Played) -> Option<Guess> {
    if recording.world.visitor.leaves != Leaves::Never {
        return None;
    }
    let (settled, _) = played.events.iter().find(|(_, recorded)| {
        matches!(recorded.event, Event::CallClosing { .. } | Event::CallEnded { .. })
    })?;
    let waits = since(recording.began, *settled);
    (waits > recording.waited + LATENESS).then_some(Guess::Patience)
}

/// What each one mostly does: of all their reactions in these calls, sorted by how soon they came, the one in the middle.
pub fn habits<'a>(recordings: impl Iterator<Item = &'a Recording>) -> BTreeMap<Target, Tape> {
    let mut reactions: BTreeMap<Target, Vec<&Tape>> = BTreeMap::new();
    for recording in recordings {
        for (target, tapes) in &recording.world.phones {
            let telling = tapes.iter().filter(|tape| tells_a_habit(tape));
            reactions.entry(*target).or_default().extend(telling);
        }
    }
    let middle = reactions.into_iter().filter_map(|(target, mut tapes)| {
        tapes.sort_by_key(|tape| tape.reacts_after().unwrap_or(Duration::MAX));
        let place = tapes.len().checked_sub(1)? / 2;
        Some((target, tapes[place].clone().guessed()))
    });
    middle.collect()
}

/// A carrier's fault says nothing about a person, nor does a ring that was soon hung up.
fn tells_a_habit(tape: &Tape) -> bool {
    let is_fault = |did: &Did| matches!(did, Did::Refused(..) | Did::Unknown(_) | Did::Expired);
    if tape.moments.iter().any(|(_, did)| is_fault(did)) {
        return false;
    }
    let rang_for = match tape.known {
        Known::For(known) => known,
        Known::ToTheEnd => Duration::MAX,
        Known::Guessed => Duration::ZERO,
    };
    tape.reacts_after().is_some() || rang_for >= LET_IT_RING
}

/// Where the recording knows nothing, people do what they mostly do.
fn with_habits(world: &World, habits: &BTreeMap<Target, Tape>) -> World {
    let mut world = world.clone();
    world.otherwise = habits.clone();
    for (target, tapes) in &mut world.phones {
        let Some(habit) = habits.get(target) else { continue };
        for tape in tapes {
            if let Known::For(known) = tape.known
                && tape.reacts_after().is_none()
                && habit.reacts_after().is_some_and(|after| after > known + LATENESS)
            {
                tape.moments = habit.moments.clone();
            }
        }
    }
    world
}

fn events_of(loaded: &LoadedCall) -> Vec<(OffsetDateTime, Recorded)> {
    let events = loaded.events.iter().filter_map(|(stored, event)| {
        let because: Because = serde_json::from_value(stored.payload["because"].clone()).ok()?;
        Some((stored.recorded_at, Recorded { event: event.clone(), because }))
    });
    events.collect()
}
