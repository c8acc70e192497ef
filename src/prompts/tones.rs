//! Tones of keys, for carriers that can only play files.

use std::f64::consts::TAU;

use super::wav::SAMPLES_A_SECOND;

/// How long a key sounds, in milliseconds: panels want to hear it for longer than telephones do.
const TONE: u32 = 250;
/// The silence after it.
const GAP: u32 = 100;
/// The silence that `p` stands for.
const PAUSE: u32 = 500;
/// How long a tone takes to swell and to fade: a hard edge clicks, and clicks hold other frequencies.
const EDGE: u32 = 5;
/// Each of the two frequencies. Together they stay well below the loudest that there is.
const LOUDNESS: f64 = 0.35;

/// Keys, each of `0-9 * #`, and `p` for a pause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<u8>);

impl Keys {
    /// Reads `9`, `12p3`, `star9hash`, `*9#`.
    pub fn parse(text: &str) -> Option<Self> {
        const KEYS_MAX: usize = 32;
        let keys = text.replace("hash", "#").replace("star", "*").into_bytes();
        let known = |key: &u8| *key == b'p' || frequencies(*key).is_some();
        let readable = (1..=KEYS_MAX).contains(&keys.len()) && keys.iter().all(known);
        readable.then_some(Self(keys))
    }

    /// As they sound.
    pub fn samples(&self) -> Vec<i16> {
        let mut samples = Vec::new();
        for key in &self.0 {
            match frequencies(*key) {
                Some((low, high)) => {
                    samples.extend(tone(&[low, high], TONE));
                    samples.extend(silence(GAP));
                }
                None => samples.extend(silence(PAUSE)),
            }
        }
        samples
    }
}

/// What is heard in place of a sentence that nobody spoke: a high tone, then a lower one. No panel takes either for a key.
pub fn signal() -> Vec<i16> {
    const HIGH: f64 = 620.0;
    const LOW: f64 = 480.0;
    tone(&[HIGH], 200).chain(silence(50)).chain(tone(&[LOW], 300)).chain(silence(150)).collect()
}

/// So many milliseconds of nothing.
pub fn silence(milliseconds: u32) -> impl Iterator<Item = i16> {
    std::iter::repeat_n(0, samples_in(milliseconds) as usize)
}

/// ITU-T Q.23: each key is two frequencies, in hertz, its row's and its column's.
fn frequencies(key: u8) -> Option<(f64, f64)> {
    const KEYPAD: [&[u8; 3]; 4] = [b"123", b"456", b"789", b"*0#"];
    const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
    const COLUMNS: [f64; 3] = [1209.0, 1336.0, 1477.0];
    KEYPAD.iter().zip(ROWS).find_map(|(keys, row)| {
        let column = keys.iter().position(|other| *other == key)?;
        Some((row, COLUMNS[column]))
    })
}

const fn samples_in(milliseconds: u32) -> u32 {
    milliseconds * (SAMPLES_A_SECOND / 1_000)
}

fn tone(frequencies: &[f64], milliseconds: u32) -> impl Iterator<Item = i16> {
    let samples = samples_in(milliseconds);
    (0..samples).map(move |sample| {
        let at = f64::from(sample) / f64::from(SAMPLES_A_SECOND);
        let to_edge = sample.min(samples - sample);
        let swell = (f64::from(to_edge) / f64::from(samples_in(EDGE))).min(1.0);
        let wave: f64 = frequencies.iter().map(|frequency| (TAU * frequency * at).sin()).sum();
        as_sample(wave * LOUDNESS * swell * f64::from(i16::MAX))
    })
}

#[expect(clippy::cast_possible_truncation, reason = "two tones stay below the loudest")]
fn as_sample(height: f64) -> i16 {
    height as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(keys: &str) -> Vec<i16> {
        Keys::parse(keys).expect("keys").samples()
    }

    /// How much of a frequency there is, after Goertzel.
    fn power(samples: &[i16], frequency: f64) -> f64 {
        let coefficient = 2.0 * (TAU * frequency / 8_000.0).cos();
        let (mut one, mut two) = (0.0, 0.0);
        for sample in samples {
            (one, two) = (f64::from(*sample) + coefficient * one - two, one);
        }
        one * one + two * two - coefficient * one * two
    }

    #[test]
    fn each_key_sounds_as_its_two_frequencies_and_no_other() {
        let all = [697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0];
        for key in "0123456789*#".bytes() {
            let heard = samples(&char::from(key).to_string());
            let (low, high) = frequencies(key).unwrap();
            let weakest = power(&heard[..2_000], low).min(power(&heard[..2_000], high));
            for other in all.into_iter().filter(|other| *other != low && *other != high) {
                let ratio = weakest / power(&heard[..2_000], other);
                assert!(
                    ratio > 100.0,
                    "{}: {other} Hz is only {ratio} times weaker",
                    char::from(key)
                );
            }
        }
    }

    #[test]
    fn a_key_sounds_for_a_quarter_second_and_a_pause_is_half_of_one() {
        assert_eq!(samples("9").len(), 350 * 8);
        assert_eq!(samples("9p9").len(), (350 + 500 + 350) * 8);
        assert!(samples("p").iter().all(|sample| *sample == 0));
        assert!(samples("9")[2_000..].iter().all(|sample| *sample == 0), "the gap is silent");
        assert!(
            samples("9").iter().all(|sample| sample.unsigned_abs() < 30_000),
            "nothing is cut off"
        );
    }

    #[test]
    fn keys_are_read_as_they_are_and_as_words() {
        assert_eq!(Keys::parse("star9hash"), Keys::parse("*9#"));
        assert_eq!(Keys::parse("*9#"), Some(Keys(b"*9#".to_vec())));
        for text in ["", "x", "9 9", "١", "A", "9w", "hashh"] {
            assert_eq!(Keys::parse(text), None, "{text}");
        }
        assert!(Keys::parse(&"hash".repeat(32)).is_some());
        assert!(Keys::parse(&"9".repeat(33)).is_none());
    }

    #[test]
    fn the_signal_is_two_tones_and_short() {
        let heard = signal();

        assert_eq!(heard.len(), 700 * 8);
        let (first, second) = (&heard[..1_600], &heard[2_000..4_400]);
        assert!(power(first, 620.0) > 100.0 * power(first, 480.0));
        assert!(power(second, 480.0) > 100.0 * power(second, 620.0));
    }
}
