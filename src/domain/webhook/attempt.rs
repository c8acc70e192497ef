//! What comes of an attempt to tell a webhook: how often, how long, and when it is given up.

use std::time::Duration;

use time::OffsetDateTime;

use crate::domain::ids::DeliveryId;

/// How long it is tried to deliver one event.
pub const TRIED_FOR: Duration = Duration::from_secs(24 * 3600);
/// How long a webhook may answer nothing but failures before it is switched off.
pub const FAILING_FOR: Duration = Duration::from_secs(5 * 24 * 3600);
/// What its owner says by status 410: never again.
const GONE: u16 = 410;
/// Seconds to wait after the first failure, the second, and so on; they add up to about the time that it is tried.
const WAITS: [u64; 11] = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 14_400, 21_600, 21_600];

/// What the other side said, or what went wrong on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It answered.
    Status {
        /// HTTP status.
        status: u16,
        /// How long it wishes to be left alone.
        retry_after: Option<Duration>,
    },
    /// It did not.
    None,
    /// The address may not be reached from here.
    Refused,
}

/// A delivery as it stands before an attempt's answer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub delivery: DeliveryId,
    /// This attempt, from 1.
    pub attempt: u32,
    /// Since when it is tried.
    pub since: OffsetDateTime,
    /// Since when the webhook has only failed; none: the last that it got, it took.
    pub failing_since: Option<OffsetDateTime>,
}

/// What comes of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Of the delivery.
    pub fate: Fate,
    /// Of the webhook.
    pub health: Health,
}

/// How a webhook is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It took what it was told.
    Well,
    /// It did not.
    Failing,
    /// It is switched off.
    Off(DisabledBecause),
    /// The attempt says nothing of it.
    AsBefore,
}

/// What becomes of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was taken.
    Delivered,
    /// It is tried again.
    Again {
        /// After this time.
        after: Duration,
    },
    /// It is not tried again.
    GivenUp,
}

/// Why a webhook was switched off by us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DisabledBecause {
    /// It said so.
    Gone,
    /// It failed for days.
    Failing,
}

impl DisabledBecause {
    /// As in the database and in events.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

/// What comes of an attempt that was answered so at `at`.
pub fn judge(answer: &Answer, standing: Standing, at: OffsetDateTime) -> Verdict {
    if is_success(answer) {
        return Verdict { fate: Fate::Delivered, health: Health::Well };
    }
    if let Answer::Status { status: GONE, .. } = answer {
        return Verdict { fate: Fate::GivenUp, health: Health::Off(DisabledBecause::Gone) };
    }
    if standing.failing_since.is_some_and(|since| at - since >= FAILING_FOR) {
        return Verdict { fate: Fate::GivenUp, health: Health::Off(DisabledBecause::Failing) };
    }
    Verdict { fate: again(answer, standing, at), health: Health::Failing }
}

/// What comes of a ping: someone waits for its answer now, and it counts for nothing else.
pub fn judge_ping(answer: &Answer) -> Verdict {
    let fate = if is_success(answer) { Fate::Delivered } else { Fate::GivenUp };
    Verdict { fate, health: Health::AsBefore }
}

fn is_success(answer: &Answer) -> bool {
    matches!(answer, Answer::Status { status: 200..300, .. })
}

fn again(answer: &Answer, standing: Standing, at: OffsetDateTime) -> Fate {
    let step = usize::try_from(standing.attempt.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(seconds) = WAITS.get(step) else { return Fate::GivenUp };
    let usual = Duration::from_secs(*seconds) * spread(standing) / 100;
    let asked = match answer {
        Answer::Status { retry_after: Some(wait), .. } => *wait,
        Answer::Status { .. } | Answer::None | Answer::Refused => Duration::ZERO,
    };
    let after = usual.max(asked);
    let deadline = standing.since + TRIED_FOR;
    if time::Duration::try_from(after).is_ok_and(|after| after <= deadline - at) {
        Fate::Again { after }
    } else {
        Fate::GivenUp
    }
}

/// From 90 to 110, by the delivery: what failed together does not come back together.
fn spread(standing: Standing) -> u32 {
    let noise = standing.delivery.as_uuid().as_u128() + u128::from(standing.attempt);
    90 + u32::try_from(noise % 21).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    fn standing(attempt: u32) -> Standing {
        Standing { delivery: Uuid::from_u128(77).into(), attempt, since: NOON, failing_since: None }
    }

    fn status(status: u16) -> Answer {
        Answer::Status { status, retry_after: None }
    }

    fn asks_for(seconds: u64) -> Answer {
        Answer::Status { status: 503, retry_after: Some(Duration::from_secs(seconds)) }
    }

    #[test]
    fn any_2xx_is_a_success_and_nothing_else_is() {
        for taken in [200, 201, 202, 204, 299] {
            assert_eq!(judge(&status(taken), standing(1), NOON).fate, Fate::Delivered);
        }
        for refused in [100, 199, 300, 301, 302, 307, 400, 404, 429, 500, 503] {
            assert!(matches!(judge(&status(refused), standing(1), NOON).fate, Fate::Again { .. }));
        }
        for silent in [Answer::None, Answer::Refused] {
            assert!(matches!(judge(&silent, standing(1), NOON).fate, Fate::Again { .. }));
        }
    }

    #[test]
    fn it_is_tried_for_a_day_and_then_given_up() {
        let (mut at, mut attempt) = (NOON, 1);
        while let Fate::Again { after } = judge(&status(500), standing(attempt), at).fate {
            at += after;
            attempt += 1;
        }

        assert!(at - NOON > time::Duration::hours(17), "{}", at - NOON);
        assert!(at - NOON <= time::Duration::hours(24), "{}", at - NOON);
        assert!(attempt >= 10, "{attempt}");
    }

    #[test]
    fn what_failed_together_comes_back_up_to_a_tenth_sooner_or_later() {
        let waits = |attempt| -> std::collections::BTreeSet<Duration> {
            let wait = |n| {
                let standing =
                    Standing { delivery: Uuid::from_u128(n).into(), ..standing(attempt) };
                let fate = judge(&Answer::None, standing, NOON).fate;
                let Fate::Again { after } = fate else { panic!("{fate:?}") };
                after
            };
            (0..21).map(wait).collect()
        };
        let second = waits(2);

        assert_eq!(second.len(), 21);
        assert_eq!(second.first(), Some(&Duration::from_secs(27)));
        assert_eq!(second.last(), Some(&Duration::from_secs(33)));
        let never_twice_the_same = Standing { delivery: Uuid::nil().into(), ..standing(1) };
        let after = Duration::from_millis(4_550);
        assert_eq!(judge(&Answer::None, never_twice_the_same, NOON).fate, Fate::Again { after });
    }

    #[test]
    fn a_ping_is_tried_once_and_counts_for_nothing() {
        let lost = Verdict { fate: Fate::GivenUp, health: Health::AsBefore };

        assert_eq!(judge_ping(&status(200)).fate, Fate::Delivered);
        for answer in [status(410), status(500), Answer::None, Answer::Refused] {
            assert_eq!(judge_ping(&answer), lost);
        }
    }

    #[test]
    fn who_asks_to_be_left_alone_is_left_alone() {
        let fate = |seconds| judge(&asks_for(seconds), standing(1), NOON).fate;

        assert_eq!(fate(120), Fate::Again { after: Duration::from_secs(120) });
        assert!(matches!(fate(1), Fate::Again { after } if after >= Duration::from_secs(4)));
        assert_eq!(fate(86_400), Fate::Again { after: Duration::from_secs(86_400) });
        assert_eq!(fate(86_401), Fate::GivenUp);
        assert_eq!(fate(u64::MAX), Fate::GivenUp);
    }

    #[test]
    fn gone_switches_off_at_once_and_failing_after_five_days() {
        let gone = judge(&status(410), standing(1), NOON);
        assert_eq!((gone.fate, gone.health), (Fate::GivenUp, Health::Off(DisabledBecause::Gone)));

        let failing = |since| Standing { failing_since: Some(since), ..standing(1) };
        let almost =
            judge(&Answer::None, failing(NOON - FAILING_FOR + Duration::from_secs(1)), NOON);
        assert_eq!(almost.health, Health::Failing);
        let over = judge(&Answer::None, failing(NOON - FAILING_FOR), NOON);
        assert_eq!(
            (over.fate, over.health),
            (Fate::GivenUp, Health::Off(DisabledBecause::Failing))
        );
        let recovered = judge(&status(204), failing(NOON - FAILING_FOR), NOON);
        assert_eq!((recovered.fate, recovered.health), (Fate::Delivered, Health::Well));
    }

    #[test]
    fn an_event_is_tried_for_a_day_and_a_webhook_may_fail_for_five() {
        let days = |days: u64| Duration::from_secs(days * 86_400);

        assert_eq!((TRIED_FOR, FAILING_FOR), (days(1), days(5)));
    }

    #[test]
    fn why_a_webhook_is_off_is_named_as_it_is_stored() {
        for because in [DisabledBecause::Gone, DisabledBecause::Failing] {
            assert_eq!(serde_json::to_value(because).unwrap(), because.name());
        }
    }
}
