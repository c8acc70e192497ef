//! A dry run of a call.

use std::collections::BTreeMap;
use std::time::Duration;

use actix_web::post;
use actix_web::web::{Data, Json};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::tried::TriedView;
use crate::application::simulations::reaction::{How, Reaction};
use crate::application::simulations::simulate::{SimulateError, Visit};
use crate::application::simulations::world::{Key, Keying, Leaves, Tape, World};
use crate::domain::call::event::Target;
use crate::domain::ids::{LineId, ResidentId};
use crate::domain::phone_number::{Caller, PhoneNumber};
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::extract::page::Page;
use crate::http::problem::{FieldProblem, Problem};
use crate::http::v1::Checks;
use crate::store::directory::views::LineFilter;

/// The longest time that anything may be told to take.
const SECONDS_MAX: u16 = 3_600;
/// How long someone who picked up needs to find the key, unless it is told.
const FINDS_THE_KEY_AFTER: u16 = 3;

/// A call to try.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallToTry {
    /// The line that is called.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000003")]
    pub line: Uuid,
    /// Who calls: a number in E.164, or `withheld`.
    #[schema(example = "+441632960001", pattern = r"^(withheld|\+[1-9][0-9]{6,14})$")]
    pub from: String,
    /// When, RFC 3339, between the years 2000 and 2099; absent: now. The configuration is today's in any case.
    #[serde(default, with = "time::serde::rfc3339::option")]
    #[schema(example = "2026-11-20T12:00:00Z")]
    pub at: Option<OffsetDateTime>,
    /// The keys that the visitor presses. What is pressed when nothing is asked is not heard.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub digits: Vec<PressBody>,
    /// How residents react. Of whom nothing is told lets it ring.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub residents: Vec<ReactionBody>,
    /// How long the visitor stays, in seconds from the ring; absent: until the call is over, or until let in.
    #[schema(example = 60, maximum = 3600)]
    pub leaves_after_seconds: Option<u16>,
}

/// Keys that the visitor presses.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PressBody {
    /// So many seconds after the call came in.
    #[schema(example = 4, maximum = 3600)]
    pub after_seconds: u16,
    /// The keys, of `0-9 * #`; `#` ends a code or a PIN.
    #[schema(example = "1204#", pattern = "^[0-9*#]{1,40}$")]
    pub digits: String,
}

/// How someone reacts to a ring. Told twice of the same one, the second is how they react to the second ring, and so on; the last
/// counts for all further ones.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReactionBody {
    /// Who; absent: the building's concierge.
    #[schema(example = "01936f1e-7c3a-7000-8000-000000000001")]
    pub resident: Option<Uuid>,
    /// What they do.
    pub reaction: ReactionWord,
    /// So many seconds after their phone began to ring.
    #[serde(default)]
    #[schema(example = 8, maximum = 3600)]
    pub after_seconds: u16,
    /// The key that they press after they answered; absent: none.
    #[schema(example = "open")]
    pub key: Option<KeyWord>,
    /// So many seconds after they answered; absent: 3.
    #[schema(example = 3, maximum = 3600)]
    pub key_after_seconds: Option<u16>,
    /// Keys that they press later.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub then: Vec<LaterKeyBody>,
    /// When they hang up, in seconds after they answered; absent: not before the call is over.
    #[schema(example = 40, maximum = 3600)]
    pub hangs_up_after_seconds: Option<u16>,
}

/// A key that someone presses later in the call.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LaterKeyBody {
    /// So many seconds after they answered.
    #[schema(example = 20, maximum = 3600)]
    pub after_seconds: u16,
    /// Which.
    pub key: KeyWord,
}

/// What someone does when their phone rings.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "answers")]
pub enum ReactionWord {
    /// Picks up.
    Answers,
    /// Refuses the ring.
    Declines,
    /// Is on the phone.
    Busy,
    /// Does not pick up: a mailbox does.
    Voicemail,
    /// Lets it ring.
    NoAnswer,
    /// Can not be reached.
    Unreachable,
}

/// A key, by what it means at the entrance's panel.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(example = "open")]
pub enum KeyWord {
    /// Opens the door, and accepts before the talk.
    Open,
    /// Accepts the visitor.
    Talk,
    /// Refuses the visitor, or ends the talk.
    Deny,
    /// Extends the talk.
    Extend,
}

/// Try a call: what would happen, rule by rule.
#[utoipa::path(operation_id = "simulateCall", tag = "simulations", summary = "Try a call: what would happen, rule by rule",
    request_body = CallToTry, responses((status = 200, description = "What would happen", body = TriedView)))]
#[post("/v1/simulations/call")]
pub async fn try_call(
    app: Data<App>,
    manager: Manager,
    body: Json<CallToTry>,
) -> Result<Json<TriedView>, Problem> {
    // Whoever may try PINs without limit may as well hand out passes.
    manager.at_least(Role::Manager)?;
    let visit = body.into_inner().visit(app.clock.now())?;
    let mut tx = app.store.begin(&manager.reach).await?;
    let line = LineFilter { id: Some(visit.line.as_uuid()), ..LineFilter::default() };
    let lines = tx.lines(line, Page::default().after()).await?;
    drop(tx);
    if lines.is_empty() {
        return Err(Problem::NotFound);
    }
    let began = visit.at;
    let simulated = app.calls.simulate(manager.tenant(), visit).await?;
    Ok(Json(TriedView::of(&simulated, began)))
}

impl CallToTry {
    fn visit(self, now: OffsetDateTime) -> Result<Visit, Problem> {
        let at = self.at.unwrap_or(now);
        let caller = self.check(at)?;
        let presses =
            self.digits.into_iter().map(|press| (seconds(press.after_seconds), press.digits));
        let mut world = World::default();
        world.visitor.keys = Keying::Presses(presses.collect());
        world.visitor.leaves = self
            .leaves_after_seconds
            .map_or(Leaves::OnceLetIn, |after| Leaves::After(seconds(after)));
        let mut phones: BTreeMap<Target, Vec<Tape>> = BTreeMap::new();
        for body in self.residents {
            let target = body
                .resident
                .map_or(Target::Concierge, |id| Target::Resident(ResidentId::from_uuid(id)));
            let tape = body.reaction().tape();
            world.otherwise.insert(target, tape.clone());
            phones.entry(target).or_default().push(tape);
        }
        world.phones = phones;
        Ok(Visit { line: LineId::from_uuid(self.line), caller, at, world })
    }

    fn check(&self, at: OffsetDateTime) -> Result<Caller, Problem> {
        let mut checks = Checks::default();
        let caller = match self.from.as_str() {
            "withheld" => Some(Caller::Withheld),
            number => checks.ok("from", PhoneNumber::parse(number)).map(Caller::Known),
        };
        checks.holds("at", (2000..2100).contains(&at.year()), "a time between 2000 and 2099");
        checks.holds("digits", self.digits.len() <= 20, "at most 20 entries");
        checks.holds("residents", self.residents.len() <= 100, "at most 100 entries");
        for press in &self.digits {
            let is_key = |key: u8| key.is_ascii_digit() || key == b'*' || key == b'#';
            let well_formed =
                (1..=40).contains(&press.digits.len()) && press.digits.bytes().all(is_key);
            checks.holds("digits.digits", well_formed, "1 to 40 of 0-9, * and #");
            checks.seconds("digits.after_seconds", Some(press.after_seconds));
        }
        for reaction in &self.residents {
            checks.seconds("residents.after_seconds", Some(reaction.after_seconds));
            checks.seconds("residents.key_after_seconds", reaction.key_after_seconds);
            checks.seconds("residents.hangs_up_after_seconds", reaction.hangs_up_after_seconds);
            checks.holds("residents.then", reaction.then.len() <= 20, "at most 20 entries");
            for later in &reaction.then {
                checks.seconds("residents.then.after_seconds", Some(later.after_seconds));
            }
        }
        checks.seconds("leaves_after_seconds", self.leaves_after_seconds);
        checks.done()?;
        caller.ok_or_else(|| Problem::Internal("a caller was neither read nor refused".to_owned()))
    }
}

impl Checks {
    fn seconds(&mut self, field: &str, seconds: Option<u16>) {
        let in_range = seconds.is_none_or(|seconds| seconds <= SECONDS_MAX);
        self.holds(field, in_range, "0 to 3600 seconds");
    }
}

impl ReactionBody {
    fn reaction(&self) -> Reaction {
        let how = match self.reaction {
            ReactionWord::Answers => {
                let first = self.key.map(|key| {
                    (seconds(self.key_after_seconds.unwrap_or(FINDS_THE_KEY_AFTER)), key.into())
                });
                let later =
                    self.then.iter().map(|later| (seconds(later.after_seconds), later.key.into()));
                How::Answers {
                    keys: first.into_iter().chain(later).collect(),
                    hangs_up_after: self.hangs_up_after_seconds.map(seconds),
                }
            }
            ReactionWord::Declines => How::Declines,
            ReactionWord::Busy => How::Busy,
            ReactionWord::Voicemail => How::Voicemail,
            ReactionWord::NoAnswer => How::NoAnswer,
            ReactionWord::Unreachable => How::Unreachable,
        };
        Reaction { after: seconds(self.after_seconds), how }
    }
}

impl From<KeyWord> for Key {
    fn from(key: KeyWord) -> Self {
        match key {
            KeyWord::Open => Self::Open,
            KeyWord::Talk => Self::Talk,
            KeyWord::Deny => Self::Deny,
            KeyWord::Extend => Self::Extend,
        }
    }
}

impl From<SimulateError> for Problem {
    fn from(error: SimulateError) -> Self {
        match error {
            SimulateError::NoSuchLine => Self::NotFound,
            SimulateError::NotRungFromHere(resident) => Self::Invalid(vec![FieldProblem::new(
                "residents.resident",
                format!("{resident} lives in no unit that this line can ring"),
            )]),
            SimulateError::Call(error) => error.into(),
        }
    }
}

fn seconds(seconds: u16) -> Duration {
    Duration::from_secs(u64::from(seconds))
}
