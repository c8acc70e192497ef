//! The PIN gate outside of a call: a flow at a carrier asks whether a PIN opens. What it is told, and what is kept of it.

use serde::Serialize;
use time::OffsetDateTime;

use super::call::signal::PinCheck;
use super::ids::{BlockId, BuildingId, EntranceId, PassId};
use super::personal::Personal;
use super::phone_number::{Caller, PhoneNumber};
use super::policy::block::{Block, Expires};
use super::policy::{PinLimits, StrangerPolicy};

/// What a PIN leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The door may open.
    Opens(PassId),
    /// No valid pass has it.
    Wrong {
        /// So many wrong ones now, this one included.
        wrong_pins: u32,
        /// So many more, and the caller is blocked.
        tries_left: u32,
    },
    /// It was wrong, and the last one: the caller is blocked from now on.
    Blocks {
        /// So many it took.
        wrong_pins: u32,
        /// The new block.
        block: Block,
    },
    /// The caller is blocked. The PIN was not looked at.
    Blocked(Block),
    /// The building lets nobody in who hides the number. The PIN was not looked at.
    Refused,
}

/// Whether a building looks at a PIN of this caller at all.
pub const fn is_looked_at(caller: &Caller, withheld: StrangerPolicy) -> bool {
    match (caller, withheld) {
        (Caller::Known(_), _) => true,
        (Caller::Withheld, StrangerPolicy::Pin | StrangerPolicy::Ring) => true,
        (Caller::Withheld, StrangerPolicy::Reject) => false,
    }
}

impl Verdict {
    /// What a look at the PIN says.
    pub fn of(check: PinCheck, limits: PinLimits) -> Self {
        match check {
            PinCheck::Opens(pass) => Self::Opens(pass),
            PinCheck::Wrong { wrong_pins, block: Some(block), .. } => {
                Self::Blocks { wrong_pins, block }
            }
            PinCheck::Wrong { wrong_pins, block: None, .. } => {
                Self::Wrong { wrong_pins, tries_left: limits.wrong_pins.saturating_sub(wrong_pins) }
            }
            PinCheck::Blocked(block) => Self::Blocked(block),
            PinCheck::NotGiven => Self::Wrong { wrong_pins: 0, tries_left: limits.wrong_pins },
        }
    }

    /// In a word.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Opens(_) => "opens",
            Self::Wrong { .. } => "wrong",
            Self::Blocks { .. } | Self::Blocked(_) => "blocked",
            Self::Refused => "refused",
        }
    }

    /// The block that keeps the caller out.
    pub const fn block(&self) -> Option<Block> {
        match self {
            Self::Blocks { block, .. } | Self::Blocked(block) => Some(*block),
            Self::Opens(_) | Self::Wrong { .. } | Self::Refused => None,
        }
    }
}

/// Where, and of whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attempt {
    /// At which building.
    pub building: BuildingId,
    /// At which entrance.
    pub entrance: EntranceId,
    /// Who; absent if withheld.
    pub caller: Option<Personal<PhoneNumber>>,
}

/// What happened. The PIN itself is in none of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", content = "data")]
pub enum PinGateEvent {
    /// A PIN was looked at, or was not worth a look.
    PinChecked {
        /// Where, and of whom.
        #[serde(flatten)]
        attempt: Attempt,
        /// `opens`, `wrong`, `blocked` or `refused`.
        result: &'static str,
        /// The pass that opens.
        pass: Option<PassId>,
        /// Wrong ones so far, if it was one.
        wrong_pins: Option<u32>,
        /// The block that kept the caller out.
        block: Option<BlockId>,
    },
    /// That one was the last: the caller is blocked.
    PinGateBlocked {
        /// Where, and of whom.
        #[serde(flatten)]
        attempt: Attempt,
        /// The block.
        block: BlockId,
        /// Until when.
        #[serde(with = "time::serde::rfc3339::option")]
        expires_at: Option<OffsetDateTime>,
    },
}

impl PinGateEvent {
    /// What a verdict leaves behind.
    pub fn of(attempt: &Attempt, verdict: &Verdict) -> Vec<Self> {
        let checked = |result, pass, wrong_pins, block| Self::PinChecked {
            attempt: attempt.clone(),
            result,
            pass,
            wrong_pins,
            block,
        };
        match verdict {
            Verdict::Opens(pass) => vec![checked("opens", Some(*pass), None, None)],
            Verdict::Wrong { wrong_pins, .. } => {
                vec![checked("wrong", None, Some(*wrong_pins), None)]
            }
            Verdict::Blocks { wrong_pins, block } => vec![
                checked("wrong", None, Some(*wrong_pins), None),
                Self::PinGateBlocked {
                    attempt: attempt.clone(),
                    block: block.id,
                    expires_at: match block.expires {
                        Expires::At(end) => Some(end),
                        Expires::Never => None,
                    },
                },
            ],
            Verdict::Blocked(block) => vec![checked("blocked", None, None, Some(block.id))],
            Verdict::Refused => vec![checked("refused", None, None, None)],
        }
    }

    /// Its type, as stored.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::PinChecked { .. } => "PinChecked",
            Self::PinGateBlocked { .. } => "PinGateBlocked",
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;
    use uuid::Uuid;

    use super::*;

    fn block() -> Block {
        Block {
            id: BlockId::from_uuid(Uuid::from_u128(7)),
            expires: Expires::At(datetime!(2026-11-21 12:00 UTC)),
        }
    }

    #[test]
    fn the_wrong_pin_that_blocks_is_told_as_a_block_and_kept_as_both() {
        let check = PinCheck::Wrong { wrong_pins: 10, block: Some(block()), entrance_block: None };
        let verdict = Verdict::of(check, PinLimits::default());
        let attempt = Attempt {
            building: BuildingId::from_uuid(Uuid::from_u128(1)),
            entrance: EntranceId::from_uuid(Uuid::from_u128(2)),
            caller: None,
        };

        let events = PinGateEvent::of(&attempt, &verdict);

        assert_eq!((verdict.word(), verdict.block()), ("blocked", Some(block())));
        let kinds: Vec<_> = events.iter().map(PinGateEvent::kind).collect();
        assert_eq!(kinds, ["PinChecked", "PinGateBlocked"]);
        let told = serde_json::to_value(&events[1]).unwrap();
        assert_eq!(told["data"]["expires_at"], "2026-11-21T12:00:00Z");
        assert_eq!(told["data"]["building"], Uuid::from_u128(1).to_string());
    }

    #[test]
    fn tries_are_counted_down() {
        let verdict = Verdict::of(
            PinCheck::Wrong { wrong_pins: 9, block: None, entrance_block: None },
            PinLimits::default(),
        );

        assert_eq!(verdict, Verdict::Wrong { wrong_pins: 9, tries_left: 1 });
    }

    #[test]
    fn who_hides_the_number_follows_the_buildings_policy() {
        assert!(!is_looked_at(&Caller::Withheld, StrangerPolicy::Reject));
        assert!(is_looked_at(&Caller::Withheld, StrangerPolicy::Pin));
        assert!(is_looked_at(&Caller::Withheld, StrangerPolicy::Ring));
    }

    #[test]
    fn what_a_look_at_a_pin_says_is_told_in_a_word() {
        let limits = PinLimits { wrong_pins: 3, ..PinLimits::default() };
        let pass = PassId::from_uuid(Uuid::from_u128(3));
        let verdict = |check| Verdict::of(check, limits);
        let wrong =
            |wrong_pins| verdict(PinCheck::Wrong { wrong_pins, block: None, entrance_block: None });

        for (verdict, meant, word, block) in [
            (verdict(PinCheck::Opens(pass)), Verdict::Opens(pass), "opens", None),
            (wrong(1), Verdict::Wrong { wrong_pins: 1, tries_left: 2 }, "wrong", None),
            (wrong(4), Verdict::Wrong { wrong_pins: 4, tries_left: 0 }, "wrong", None),
            (
                verdict(PinCheck::NotGiven),
                Verdict::Wrong { wrong_pins: 0, tries_left: 3 },
                "wrong",
                None,
            ),
            (
                verdict(PinCheck::Blocked(self::block())),
                Verdict::Blocked(self::block()),
                "blocked",
                Some(self::block()),
            ),
            (Verdict::Refused, Verdict::Refused, "refused", None),
        ] {
            assert_eq!((verdict, verdict.word(), verdict.block()), (meant, word, block));
        }
    }

    #[test]
    fn what_is_kept_of_a_pin_is_what_came_of_it() {
        let attempt = Attempt {
            building: BuildingId::from_uuid(Uuid::from_u128(1)),
            entrance: EntranceId::from_uuid(Uuid::from_u128(2)),
            caller: None,
        };
        let pass = PassId::from_uuid(Uuid::from_u128(3));
        let checked = |result, pass, wrong_pins, block| {
            let attempt = attempt.clone();
            vec![PinGateEvent::PinChecked { attempt, result, pass, wrong_pins, block }]
        };

        for (verdict, kept) in [
            (Verdict::Opens(pass), checked("opens", Some(pass), None, None)),
            (
                Verdict::Wrong { wrong_pins: 2, tries_left: 1 },
                checked("wrong", None, Some(2), None),
            ),
            (Verdict::Blocked(block()), checked("blocked", None, None, Some(block().id))),
            (Verdict::Refused, checked("refused", None, None, None)),
        ] {
            assert_eq!(PinGateEvent::of(&attempt, &verdict), kept);
        }
    }
}
