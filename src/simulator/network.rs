//! A network that misbehaves, the same way each time: what is lost, doubled, late or out of order follows from the seed alone.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::scenario::Pause;

/// How bad the network is. All chances are between 0 and 1, per message.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The scenario's seed if it is absent.
    #[serde(default)]
    pub seed: Option<u64>,
    #[serde(default)]
    pub duplicate: f64,
    /// Held back long enough for a later message to overtake.
    #[serde(default)]
    pub reorder: f64,
    #[serde(default)]
    pub delay: f64,
    #[serde(default)]
    pub delay_up_to: Option<Pause>,
    #[serde(default)]
    pub lose: f64,
    /// Lost besides: the news that a phone's call is over.
    #[serde(default)]
    pub lose_endings: f64,
    /// Faults that hit one phone's news.
    #[serde(default)]
    pub on_news: Vec<OnNews>,
    /// Faults that hit one dial.
    #[serde(default)]
    pub on_dial: Vec<OnDial>,
}

/// What happens to one piece of news about a phone (`door` is the visitor's).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnNews {
    pub phone: String,
    pub news: News,
    pub does: Mishap,
    /// Which one, counted from 1; all if absent.
    #[serde(default)]
    pub nth: Option<usize>,
    /// For `delay`: how long.
    #[serde(default)]
    pub by: Option<Pause>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq, Hash)]
#[serde(rename_all = "snake_case")]
pub enum News {
    Started,
    Ringing,
    Answered,
    Person,
    Machine,
    Busy,
    Declined,
    Unanswered,
    Failed,
    Cancelled,
    Ended,
    Keys,
    Joined,
    /// The question what to do with a call.
    Question,
    Other,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Mishap {
    Lose,
    Duplicate,
    Delay,
    /// First sent without proof of who sent it.
    Unsigned,
    /// For `keys`, where the carrier reports that none were pressed: at once, before anyone could.
    Hasty,
}

/// What happens to the answer to the n-th dial of a phone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OnDial {
    pub phone: String,
    /// Counted from 1; all if absent.
    #[serde(default)]
    pub nth: Option<usize>,
    pub answer: DialAnswer,
    /// Whether the phone rings all the same: by default yes, except for `rate_limit`.
    #[serde(default)]
    pub placed: Option<bool>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum DialAnswer {
    /// The connection closes without an answer.
    Lost,
    /// 500.
    Error,
    /// No answer within a minute.
    Stall,
    /// 429.
    RateLimit,
}

impl OnDial {
    #[must_use]
    pub fn placed(&self) -> bool {
        self.placed.unwrap_or(self.answer != DialAnswer::RateLimit)
    }
}

/// One message on its way: whose, what, and which of its kind.
#[derive(Clone, Debug)]
pub struct Parcel<'a> {
    pub phone: &'a str,
    pub news: News,
    pub nth: usize,
}

/// What the network does to one message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    pub lost: bool,
    pub held: Option<Duration>,
    /// Sent again this long after the first.
    pub again: Option<Duration>,
    pub unsigned: bool,
    /// Keys are not waited for.
    pub hasty: bool,
}

impl Network {
    /// Total and pure: the same parcel meets the same fate in every run.
    #[must_use]
    pub fn fate(&self, scenario_seed: u64, parcel: &Parcel<'_>) -> Fate {
        let roll = |what: &str| chance(self.seed.unwrap_or(scenario_seed), parcel, what);
        let up_to = self.delay_up_to.map_or(Duration::from_secs(4), |pause| pause.0);
        // A question that is lost or overtaken is no fault that carriers have: they ask until they know.
        let status = !matches!(parcel.news, News::Question | News::Keys);
        let mut fate = Fate { lost: status && roll("lose") < self.lose, ..Fate::default() };
        fate.lost |= parcel.news == News::Ended && roll("lose ending") < self.lose_endings;
        if status && roll("reorder") < self.reorder {
            fate.held = Some(Duration::from_millis(400).mul_f64(1.0 + 4.0 * roll("reorder by")));
        }
        if roll("delay") < self.delay {
            fate.held = Some(fate.held.unwrap_or_default() + up_to.mul_f64(roll("delay by")));
        }
        if roll("duplicate") < self.duplicate {
            fate.again = Some(Duration::from_millis(50).mul_f64(1.0 + 30.0 * roll("duplicate by")));
        }
        for fault in self.on_news.iter().filter(|fault| fault.hits(parcel)) {
            match fault.does {
                Mishap::Lose => fate.lost = true,
                Mishap::Duplicate => {
                    fate.again = Some(fault.by.map_or(Duration::from_millis(200), |pause| pause.0))
                }
                Mishap::Delay => fate.held = Some(fault.by.map_or(up_to, |pause| pause.0)),
                Mishap::Unsigned => fate.unsigned = true,
                Mishap::Hasty => fate.hasty = true,
            }
        }
        fate
    }

    /// The fault, if any, that hits this dial of this phone.
    #[must_use]
    pub fn dial(&self, phone: &str, number: &str, nth: usize) -> Option<&OnDial> {
        self.on_dial.iter().find(|fault| {
            (fault.phone == phone || fault.phone == number)
                && fault.nth.is_none_or(|wanted| wanted == nth)
        })
    }

    pub(super) fn phones(&self) -> impl Iterator<Item = &String> {
        self.on_news
            .iter()
            .map(|fault| &fault.phone)
            .chain(self.on_dial.iter().map(|fault| &fault.phone))
    }

    pub(super) fn check(&self) -> Result<(), String> {
        for (name, chance) in [
            ("duplicate", self.duplicate),
            ("reorder", self.reorder),
            ("delay", self.delay),
            ("lose", self.lose),
            ("lose_endings", self.lose_endings),
        ] {
            if !(0.0..=1.0).contains(&chance) {
                return Err(format!("network.{name} = {chance} is not between 0 and 1"));
            }
        }
        Ok(())
    }
}

impl OnNews {
    fn hits(&self, parcel: &Parcel<'_>) -> bool {
        self.phone == parcel.phone
            && self.news == parcel.news
            && self.nth.is_none_or(|wanted| wanted == parcel.nth)
    }
}

fn chance(seed: u64, parcel: &Parcel<'_>, what: &str) -> f64 {
    let text = format!("{seed}/{}/{:?}/{}/{what}", parcel.phone, parcel.news, parcel.nth);
    let hash = Sha256::digest(text.as_bytes());
    let mut first = [0; 4];
    first.copy_from_slice(&hash[..4]);
    f64::from(u32::from_be_bytes(first)) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parcels() -> impl Iterator<Item = Parcel<'static>> {
        (1..=200).map(|nth| Parcel { phone: "Ada", news: News::Ringing, nth })
    }

    #[test]
    fn the_same_seed_meets_the_same_fate_and_another_seed_another() {
        let bad =
            Network { duplicate: 0.3, reorder: 0.3, delay: 0.2, lose: 0.1, ..Network::default() };

        let fates = |seed| parcels().map(|parcel| bad.fate(seed, &parcel)).collect::<Vec<_>>();

        assert_eq!(fates(7), fates(7));
        assert_ne!(fates(7), fates(8));
        let doubled = fates(7).iter().filter(|fate| fate.again.is_some()).count();
        assert!((40..80).contains(&doubled), "{doubled} of 200 at 0.3");
    }

    #[test]
    fn so_many_endings_are_lost_and_nothing_else() {
        let bad = Network { lose_endings: 0.3, ..Network::default() };
        let lost = |news| {
            let fates = (1..=200)
                .map(|seed| bad.fate(seed, &Parcel { phone: "door", news, nth: 1 }))
                .filter(|fate| fate.lost);
            fates.count()
        };

        assert!((40..80).contains(&lost(News::Ended)), "{} of 200 at 0.3", lost(News::Ended));
        assert_eq!(lost(News::Answered), 0);
    }

    #[test]
    fn a_calm_network_does_nothing() {
        assert!(parcels().all(|parcel| Network::default().fate(7, &parcel) == Fate::default()));
    }
}
