//! The callback URLs that we hand out: they say by themselves which call and leg a push is about, and what a leg was asked.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;
use url::form_urlencoded;

use crate::domain::ids::{CallId, LegId};

/// What a leg's `onData` is for. sipgate does not sign URLs: it is a hint, and what counts is what the call knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Keys were asked for.
    Keys(Silence),
    /// Something was to be heard to its end.
    Heard,
}

/// From when on a leg that was asked for keys can have been silent for long enough.
///
/// Sometimes sipgate tells at once that nobody pressed a key, before anyone could (github.com/sipgate/sipgate.io/issues/144). That
/// is no try of the visitor's: they are asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// Milliseconds since 1970. Before, nobody was given the time to be silent.
    pub from_ms: i64,
    /// How often it came too soon in a row until now.
    pub too_soon: u8,
}

/// So often it may come too soon in a row; then it counts.
const TOO_SOON_MAX: u8 = 3;
/// Clocks of our processes differ by so much at most.
const CLOCKS_DIFFER: Duration = Duration::from_secs(1);

const FROM: &str = "silent_from";
const TOO_SOON: &str = "too_soon";

impl Silence {
    /// Of a leg that is asked now, and waited for so long after it heard what it is asked.
    fn after(asked_at: OffsetDateTime, waits: Duration, too_soon: u8) -> Self {
        let from = asked_at + waits.saturating_sub(CLOCKS_DIFFER);
        Self { from_ms: milliseconds(from), too_soon }
    }

    /// Whether silence that is told now can not be any.
    pub fn is_too_soon(self, at: OffsetDateTime) -> bool {
        self.too_soon < TOO_SOON_MAX && milliseconds(at) < self.from_ms
    }
}

fn milliseconds(at: OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

impl Part {
    /// What the segment of a path and its query say. `None`: nothing that we hand out.
    pub fn read(name: &str, query: &str) -> Option<Self> {
        let number = |name| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(other, _)| other == name).and_then(|(_, value)| value.parse::<i64>().ok())
        };
        match name {
            "keys" => Some(Self::Keys(Silence {
                from_ms: number(FROM).unwrap_or_default(),
                too_soon: number(TOO_SOON).and_then(|n| u8::try_from(n).ok()).unwrap_or_default(),
            })),
            "heard" => Some(Self::Heard),
            _ => None,
        }
    }

    /// As in the path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Keys(_) => "keys",
            Self::Heard => "heard",
        }
    }
}

/// Where sipgate calls us back about one leg.
#[derive(Clone, Copy)]
pub struct Urls<'a> {
    /// Where the world reaches us.
    pub public_url: &'a str,
    /// The connection's part of the path, which nobody can guess.
    pub token: &'a str,
    /// The call.
    pub call: CallId,
    /// The leg.
    pub leg: LegId,
    /// Which of the leg's scripts asks: the same question asked twice gets answers that are told apart.
    pub n: u64,
}

/// Without the token: whoever knows it can knock at the hooks.
impl fmt::Debug for Urls<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Urls")
            .field("call", &self.call)
            .field("leg", &self.leg)
            .field("n", &self.n)
            .finish_non_exhaustive()
    }
}

impl Urls<'_> {
    /// For all that is told of a leg.
    pub fn of_leg(&self) -> String {
        format!("{}/{}/{}", of_connection(self.public_url, self.token), self.call, self.leg)
    }

    /// For the keys that are asked for now.
    pub(super) fn of_keys(
        &self,
        asked_at: OffsetDateTime,
        waits: Duration,
        too_soon: u8,
    ) -> String {
        let Silence { from_ms, too_soon } = Silence::after(asked_at, waits, too_soon);
        format!("{}/keys/{}?{FROM}={from_ms}&{TOO_SOON}={too_soon}", self.of_leg(), self.n)
    }

    /// For the end of something that is to be heard.
    pub(super) fn of_heard(&self) -> String {
        format!("{}/heard/{}", self.of_leg(), self.n)
    }
}

/// Where sipgate announces calls: what is entered in the account, twice.
pub fn of_connection(public_url: &str, token: &str) -> String {
    format!("{}/hooks/sipgate/{token}", public_url.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-03-01 12:00 UTC);

    #[test]
    fn silence_takes_its_time_but_not_for_ever() {
        let asked = |too_soon| Silence::after(NOON, Duration::from_secs(6), too_soon);
        let after = |seconds| NOON + Duration::from_secs(seconds);

        assert!(asked(0).is_too_soon(NOON));
        assert!(asked(2).is_too_soon(after(4)));
        assert!(!asked(0).is_too_soon(after(5)), "clocks may differ by a second");
        assert!(!asked(3).is_too_soon(NOON), "the fourth counts");
    }

    #[test]
    fn what_is_handed_out_is_read_again() {
        let urls = Urls {
            public_url: "https://door.example.test/",
            token: "t",
            call: CallId::from_uuid(uuid::Uuid::nil()),
            leg: LegId::from_uuid(uuid::Uuid::nil()),
            n: 7,
        };
        let url = urls.of_keys(NOON, Duration::from_secs(6), 2);
        let (path, query) = url.split_once('?').unwrap();

        assert!(path.ends_with("/keys/7"), "{path}");
        let silence = Silence::after(NOON, Duration::from_secs(6), 2);
        assert_eq!(Part::read("keys", query), Some(Part::Keys(silence)));
        assert_eq!(Part::read("heard", ""), Some(Part::Heard));
        assert_eq!(Part::read("levitate", ""), None);
        let nothing = Silence { from_ms: 0, too_soon: 0 };
        assert_eq!(Part::read("keys", "silent_from=x&too_soon=-1"), Some(Part::Keys(nothing)));
    }
}
