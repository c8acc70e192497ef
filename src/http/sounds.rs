//! Sounds that carriers fetch: hold music, and the tones of keys for carriers that can only play files.

use std::f64::consts::TAU;

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{Bytes, Path};

/// What visitors hear while residents are rung: a soft chime of our own.
static HOLD_MUSIC: &[u8] = include_bytes!("hold_music.mp3");
/// Carriers keep what they are told to keep.
const FOR_A_DAY: &str = "public, max-age=86400";

/// The hold music.
pub async fn hold_music() -> HttpResponse {
    sound("audio/mpeg", Bytes::from_static(HOLD_MUSIC))
}

/// The tones of these keys, one after the other.
pub async fn tones(keys: Path<String>) -> HttpResponse {
    match Keys::parse(&keys) {
        Some(keys) => sound("audio/wav", keys.as_wav()),
        None => HttpResponse::NotFound().finish(),
    }
}

fn sound(content_type: &'static str, bytes: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, FOR_A_DAY))
        .body(bytes)
}

/// What telephones hear of a sound anyway.
const SAMPLES_A_SECOND: usize = 8_000;
/// How long a key sounds, in milliseconds: panels want to hear it for longer than telephones do.
const TONE: usize = 250;
/// The silence after it.
const GAP: usize = 100;
/// The silence that `p` stands for.
const PAUSE: usize = 500;
/// How long a tone takes to swell and to fade: a hard edge clicks, and clicks hold other frequencies.
const EDGE: usize = 5;
/// Each of the two frequencies. Together they stay well below the loudest that there is.
const LOUDNESS: f64 = 0.35;

/// Keys, each of `0-9 * #`, and `p` for a pause.
#[derive(Debug, PartialEq, Eq)]
struct Keys(Vec<u8>);

impl Keys {
    /// Reads `9`, `12p3`, `star9hash`, `*9#`.
    fn parse(text: &str) -> Option<Self> {
        const KEYS_MAX: usize = 32;
        let keys = text.replace("hash", "#").replace("star", "*").into_bytes();
        let known = |key: &u8| *key == b'p' || frequencies(*key).is_some();
        let readable = (1..=KEYS_MAX).contains(&keys.len()) && keys.iter().all(known);
        readable.then_some(Self(keys))
    }

    /// 16 bits, one channel.
    fn as_wav(&self) -> Bytes {
        let mut samples = Vec::new();
        for key in &self.0 {
            match frequencies(*key) {
                Some((low, high)) => {
                    samples.extend((0..samples_in(TONE)).map(|sample| tone(low, high, sample)));
                    samples.extend(silence(GAP));
                }
                None => samples.extend(silence(PAUSE)),
            }
        }
        wav(&samples)
    }
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

const fn samples_in(milliseconds: usize) -> usize {
    milliseconds * SAMPLES_A_SECOND / 1_000
}

fn silence(milliseconds: usize) -> impl Iterator<Item = i16> {
    std::iter::repeat_n(0, samples_in(milliseconds))
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a sample's place is small, and its height below the loudest"
)]
fn tone(low: f64, high: f64, sample: usize) -> i16 {
    let at = sample as f64 / SAMPLES_A_SECOND as f64;
    let to_edge = sample.min(samples_in(TONE) - sample) as f64;
    let swell = (to_edge / samples_in(EDGE) as f64).min(1.0);
    let wave = (TAU * low * at).sin() + (TAU * high * at).sin();
    (wave * LOUDNESS * swell * f64::from(i16::MAX)) as i16
}

fn wav(samples: &[i16]) -> Bytes {
    const CHANNELS: u16 = 1;
    const BYTES_A_SAMPLE: u16 = 2;
    let number = |value: usize| u32::try_from(value).expect("32 keys are a small file");
    let length = number(samples.len() * usize::from(BYTES_A_SAMPLE));
    let rate = number(SAMPLES_A_SECOND);
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend(1_u16.to_le_bytes());
    wav.extend(CHANNELS.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * u32::from(BYTES_A_SAMPLE)).to_le_bytes());
    wav.extend(BYTES_A_SAMPLE.to_le_bytes());
    wav.extend((8 * BYTES_A_SAMPLE).to_le_bytes());
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    samples.iter().for_each(|sample| wav.extend(sample.to_le_bytes()));
    wav.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: usize = 44;

    fn samples(keys: &str) -> Vec<i16> {
        let wav = Keys::parse(keys).expect("keys").as_wav();
        wav[HEADER..].chunks(2).map(|bytes| i16::from_le_bytes([bytes[0], bytes[1]])).collect()
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
        assert_eq!(samples("9").len(), samples_in(350));
        assert_eq!(samples("9p9").len(), samples_in(350 + 500 + 350));
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
    fn the_file_says_what_it_holds() {
        let wav = Keys::parse("9").unwrap().as_wav();

        assert_eq!(&wav[..4], b"RIFF");
        assert_eq!(u32::from_le_bytes(wav[4..8].try_into().unwrap()) as usize, wav.len() - 8);
        assert_eq!(u32::from_le_bytes(wav[24..28].try_into().unwrap()), 8_000);
        assert_eq!(u32::from_le_bytes(wav[28..32].try_into().unwrap()), 16_000);
        assert_eq!(u16::from_le_bytes(wav[34..36].try_into().unwrap()), 16);
        assert_eq!(u32::from_le_bytes(wav[40..44].try_into().unwrap()) as usize, wav.len() - 44);
    }
}
