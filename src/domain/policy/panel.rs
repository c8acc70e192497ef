//! How a door's panel wants to be talked to, and which keys mean what.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// How a door's panel wants to be talked to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PanelProfile {
    /// What the panel must hear to open: digits of `0-9 * #`.
    pub open_digits: String,
    /// How often the digits are sent, from 1 to 5: some panels miss the first.
    pub repeats: u8,
    /// How long to wait before the first digit, in milliseconds, up to 10 000: some panels listen late.
    pub wait_ms: u16,
    /// A resident's key that accepts the visitor.
    pub accept_key: char,
    /// A resident's key that opens the door; before the talk it accepts too.
    pub open_key: char,
    /// A resident's key that refuses the visitor, and ends the talk.
    pub deny_key: char,
    /// A resident's key that extends the talk.
    pub extend_key: char,
    /// The longest talk, in seconds, from 10 to 3 600.
    pub talk_max_seconds: u16,
    /// How long before its end a talk is warned of it, in seconds.
    pub talk_warning_seconds: u16,
}

impl Default for PanelProfile {
    fn default() -> Self {
        Self {
            open_digits: "9".to_owned(),
            repeats: 1,
            wait_ms: 0,
            accept_key: '1',
            open_key: '9',
            deny_key: '0',
            extend_key: '5',
            talk_max_seconds: 120,
            talk_warning_seconds: 15,
        }
    }
}

/// Why a panel profile can not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PanelError {
    /// No digits, more than 16, or a character that no phone has.
    #[error("the open digits are 1 to 16 of 0-9, * and #")]
    OpenDigits,
    /// A key that no phone has, or one key with two meanings.
    #[error("the four keys are four different ones of 0-9, * and #")]
    Keys,
    /// A number outside its range.
    #[error(
        "repeats go from 1 to 5, the wait up to 10000 ms, the longest talk from 10 to 3600 seconds, and the warning comes before its end"
    )]
    Range,
}

impl PanelProfile {
    /// Checks that it can work.
    pub fn check(&self) -> Result<(), PanelError> {
        let is_key = |key: char| key.is_ascii_digit() || key == '*' || key == '#';
        if !(1..=16).contains(&self.open_digits.len()) || !self.open_digits.chars().all(is_key) {
            return Err(PanelError::OpenDigits);
        }
        let keys = [self.accept_key, self.open_key, self.deny_key, self.extend_key];
        let distinct = keys
            .iter()
            .enumerate()
            .all(|(index, key)| is_key(*key) && !keys[..index].contains(key));
        if !distinct {
            return Err(PanelError::Keys);
        }
        let in_range = (1..=5).contains(&self.repeats)
            && self.wait_ms <= 10_000
            && (10..=3_600).contains(&self.talk_max_seconds)
            && self.talk_warning_seconds < self.talk_max_seconds;
        if in_range { Ok(()) } else { Err(PanelError::Range) }
    }

    /// The tones to send so that the door opens: `p` is a pause of half a second.
    pub fn tones(&self) -> String {
        let half_seconds = usize::from(self.wait_ms).div_ceil(500);
        let once = &self.open_digits;
        let all = vec![once.as_str(); usize::from(self.repeats)].join("p");
        format!("{}{all}", "p".repeat(half_seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tones_wait_for_a_late_panel_and_repeat_for_a_deaf_one() {
        let panel = PanelProfile {
            open_digits: "55".into(),
            repeats: 2,
            wait_ms: 700,
            ..PanelProfile::default()
        };

        assert_eq!(panel.tones(), "pp55p55");
    }

    #[test]
    fn a_key_with_two_meanings_is_refused() {
        let panel = PanelProfile { deny_key: '9', ..PanelProfile::default() };

        assert_eq!(panel.check(), Err(PanelError::Keys));
        assert_eq!(PanelProfile::default().check(), Ok(()));
    }

    #[test]
    fn a_panel_is_refused_just_past_each_of_its_limits() {
        let usual = PanelProfile::default;
        let with_digits = |digits: &str| PanelProfile { open_digits: digits.into(), ..usual() };
        let with_talk = |talk_max_seconds, talk_warning_seconds| PanelProfile {
            talk_max_seconds,
            talk_warning_seconds,
            ..usual()
        };
        for good in [
            with_digits("0123456789*#0123"),
            PanelProfile { accept_key: '*', extend_key: '#', ..usual() },
            PanelProfile { repeats: 5, wait_ms: 10_000, ..usual() },
            with_talk(10, 9),
            with_talk(3_600, 0),
        ] {
            assert_eq!(good.check(), Ok(()), "{good:?}");
        }
        for (bad, error) in [
            (with_digits(""), PanelError::OpenDigits),
            (with_digits("0123456789*#01234"), PanelError::OpenDigits),
            (with_digits("9p9"), PanelError::OpenDigits),
            (PanelProfile { accept_key: 'a', ..usual() }, PanelError::Keys),
            (PanelProfile { extend_key: '1', ..usual() }, PanelError::Keys),
            (PanelProfile { repeats: 0, ..usual() }, PanelError::Range),
            (PanelProfile { repeats: 6, ..usual() }, PanelError::Range),
            (PanelProfile { wait_ms: 10_001, ..usual() }, PanelError::Range),
            (with_talk(9, 1), PanelError::Range),
            (with_talk(3_601, 1), PanelError::Range),
            (with_talk(60, 60), PanelError::Range),
        ] {
            assert_eq!(bad.check(), Err(error), "{bad:?}");
        }
    }
}
