//! Sounds as the carrier handles them: G.711, WAV files, and the touch tones that are found in them.

use std::{f64::consts::TAU, time::Duration};

use super::leg::{Leg, Sound};

pub const RATE: usize = 8000;
/// One frame of live audio: 20 ms.
pub const FRAME: usize = 160;
/// 5 ms: the step in which tones are looked for.
const STEP: usize = 40;
/// A window of 25 ms tells rows and columns apart.
const WINDOW: usize = 200;
/// From one tone that the carrier makes to the next.
const TONE: Duration = Duration::from_millis(200);
const SHORTEST: Duration = Duration::from_millis(40);
const ROWS: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
const COLUMNS: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// A file as it sounds: how long, and which touch tones when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    pub lasts: Duration,
    pub tones: Vec<(Duration, char)>,
}

impl Clip {
    /// As it sounds where time runs this much faster.
    #[must_use]
    pub fn faster(&self, times: f64) -> Self {
        let scaled = |length: Duration| length.div_f64(times.max(0.001));
        Self {
            lasts: scaled(self.lasts),
            tones: self.tones.iter().map(|(at, key)| (scaled(*at), *key)).collect(),
        }
    }
}

/// A phone hears a file from beginning to end, with the touch tones in it at their moments.
pub async fn play(leg: &Leg, sound: Sound, clip: &Clip) {
    let number = leg.hear(sound);
    let mut played = Duration::ZERO;
    for (at, key) in &clip.tones {
        leg.clock().sleep(at.saturating_sub(played)).await;
        played = *at;
        leg.hear(Sound::Tones { digits: key.to_string() });
    }
    let rest = clip.lasts.saturating_sub(played);
    leg.clock().sleep(rest.max(Duration::from_millis(10))).await;
    leg.heard_all_of(number);
}

/// A phone hears digits as tones; `w` and `W` wait half a second and a whole one.
pub async fn press(leg: &Leg, digits: &str) {
    for key in digits.chars() {
        match key {
            'w' => leg.clock().sleep(Duration::from_millis(500)).await,
            'W' => leg.clock().sleep(Duration::from_secs(1)).await,
            key => {
                leg.hear(Sound::Tones { digits: key.to_string() });
                leg.clock().sleep(TONE).await;
            }
        }
    }
}

/// What an audio file holds; one that is no WAV at 8 kHz lasts as long as files do here and holds no tones.
#[must_use]
pub fn examine(file: &[u8], otherwise: Duration) -> Clip {
    match samples(file) {
        Some(samples) => Clip { lasts: length(samples.len()), tones: tones(&samples) },
        None => Clip { lasts: otherwise, tones: Vec::new() },
    }
}

#[expect(clippy::cast_precision_loss, reason = "a file has far fewer than 2^52 samples")]
fn length(samples: usize) -> Duration {
    Duration::from_secs_f64(samples as f64 / RATE as f64)
}

/// A WAV file as its header describes it.
struct Wav<'a> {
    kind: u16,
    channels: u16,
    rate: u32,
    bits: u16,
    data: &'a [u8],
}

fn wav(file: &[u8]) -> Option<Wav<'_>> {
    let rest = file.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WAVE")?;
    let (mut rest, mut format) = (rest, None);
    while let Some((head, body)) = rest.split_at_checked(8) {
        let size = u32::from_le_bytes(head[4..8].try_into().ok()?) as usize;
        // Files that were written as they grew say more than they hold.
        let chunk = &body[..size.min(body.len())];
        match &head[..4] {
            b"fmt " => {
                let word =
                    |at: usize| Some(u16::from_le_bytes(chunk.get(at..at + 2)?.try_into().ok()?));
                let rate = u32::from_le_bytes(chunk.get(4..8)?.try_into().ok()?);
                format = Some((word(0)?, word(2)?, rate, word(14)?));
            }
            b"data" => {
                let (kind, channels, rate, bits) = format?;
                return Some(Wav { kind, channels, rate, bits, data: chunk });
            }
            _ => {}
        }
        rest = body.get(size + size % 2..).unwrap_or(&[]);
    }
    None
}

/// The samples of a WAV file: 8 kHz, mono, PCM of 16 bits or G.711.
#[must_use]
pub fn samples(file: &[u8]) -> Option<Vec<i16>> {
    let wav = wav(file)?;
    if wav.channels != 1 || wav.rate as usize != RATE {
        return None;
    }
    match (wav.kind, wav.bits) {
        (1, 16) => Some(linear(wav.data)),
        (6, 8) => Some(wav.data.iter().map(|byte| from_a_law(*byte)).collect()),
        (7, 8) => Some(wav.data.iter().map(|byte| from_mu_law(*byte)).collect()),
        _ => None,
    }
}

fn linear(data: &[u8]) -> Vec<i16> {
    data.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
}

/// What a file holds for a carrier that plays WAV with PCM of 16 bits, mono, at 8 kHz, and nothing else.
///
/// Refused with what it is instead.
pub fn examine_linear(file: &[u8]) -> Result<Clip, String> {
    let wav = wav(file).ok_or_else(|| "is no WAV file".to_owned())?;
    if (wav.kind, wav.channels, wav.rate as usize, wav.bits) != (1, 1, RATE, 16) {
        return Err(format!(
            "is WAV of format {} with {} bits, {} channels at {} Hz, not PCM (1) with 16 bits, mono at 8000 Hz",
            wav.kind, wav.bits, wav.channels, wav.rate
        ));
    }
    let samples = linear(wav.data);
    Ok(Clip { lasts: length(samples.len()), tones: tones(&samples) })
}

/// The touch tones of at least 40 ms, with their beginnings.
#[must_use]
pub fn tones(samples: &[i16]) -> Vec<(Duration, char)> {
    let mut found = Vec::new();
    let mut current: Option<(char, usize, usize)> = None;
    let mut at = 0;
    while at + WINDOW <= samples.len() {
        let key = key(&samples[at..at + WINDOW]);
        match (&mut current, key) {
            (Some((same, _, until)), Some(key)) if *same == key => *until = at + WINDOW,
            (_, key) => {
                finish(current.take(), &mut found);
                current = key.map(|key| (key, at, at + WINDOW));
            }
        }
        at += STEP;
    }
    finish(current, &mut found);
    found
}

fn finish(tone: Option<(char, usize, usize)>, found: &mut Vec<(Duration, char)>) {
    if let Some((key, from, until)) = tone
        && length(until - from) >= SHORTEST
    {
        found.push((length(from), key));
    }
}

/// The one key whose row and column stand out of this window, if there is one.
#[expect(clippy::cast_precision_loss, reason = "a window has 200 samples")]
fn key(window: &[i16]) -> Option<char> {
    let count = window.len() as f64;
    let energy: f64 = window.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    // Quieter than about -45 dB of full scale is noise.
    if (energy / count).sqrt() < 180.0 {
        return None;
    }
    let loudest = |tones: &[f64; 4]| {
        let powers = tones.map(|tone| goertzel(window, tone));
        let best = (0..4).max_by(|a, b| powers[*a].total_cmp(&powers[*b]))?;
        let others = (0..4).filter(|at| *at != best).map(|at| powers[at]).fold(0.0, f64::max);
        (powers[best] > 6.0 * others).then_some((best, powers[best]))
    };
    let ((row, low), (column, high)) = (loudest(&ROWS)?, loudest(&COLUMNS)?);
    // A pure pair holds all of the window's energy: `power × 2 / count` of it each.
    let share = (low + high) * 2.0 / (count * energy);
    let twist = low / high;
    (share > 0.7 && (0.1..10.0).contains(&twist)).then_some(KEYS[row][column])
}

/// The power of one frequency (squared magnitude), after Goertzel.
fn goertzel(window: &[i16], frequency: f64) -> f64 {
    let factor = 2.0 * (TAU * frequency / 8000.0).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in window {
        let next = f64::from(*sample) + factor * last - before;
        (before, last) = (last, next);
    }
    last * last + before * before - factor * last * before
}

const BIAS: i32 = 0x84;

#[must_use]
pub fn from_mu_law(byte: u8) -> i16 {
    let byte = !byte;
    let exponent = (byte >> 4) & 7;
    let magnitude = (((i32::from(byte & 0x0f) << 3) + BIAS) << exponent) - BIAS;
    let value = if byte & 0x80 == 0 { magnitude } else { -magnitude };
    i16::try_from(value).unwrap_or(i16::MAX)
}

#[must_use]
pub fn to_mu_law(sample: i16) -> u8 {
    let sign = if sample < 0 { 0x80 } else { 0 };
    let magnitude = i32::from(sample).abs().min(32_635) + BIAS;
    let exponent = u8::try_from((magnitude >> 7).ilog2().min(7)).unwrap_or(7);
    let mantissa = u8::try_from((magnitude >> (exponent + 3)) & 0x0f).unwrap_or(0);
    !(sign | (exponent << 4) | mantissa)
}

fn from_a_law(byte: u8) -> i16 {
    let byte = byte ^ 0x55;
    let exponent = (byte >> 4) & 7;
    let mantissa = i32::from(byte & 0x0f) << 4;
    let magnitude = if exponent == 0 { mantissa + 8 } else { (mantissa + 0x108) << (exponent - 1) };
    let value = if byte & 0x80 == 0 { -magnitude } else { magnitude };
    i16::try_from(value).unwrap_or(i16::MAX)
}

/// A second of the tone that phones without a voice of their own make, in mu-law.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a second of samples, at a quarter of full scale"
)]
pub fn test_tone() -> Vec<u8> {
    (0..RATE)
        .map(|at| to_mu_law(((TAU * 440.0 * at as f64 / RATE as f64).sin() * 8000.0) as i16))
        .collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "test tones are short and not loud"
    )]
    fn pair(key: char, milliseconds: usize) -> Vec<i16> {
        let (row, column) = (0..16)
            .map(|at| (at / 4, at % 4))
            .find(|(row, column)| KEYS[*row][*column] == key)
            .unwrap();
        let wave = |frequency: f64, at: usize| (TAU * frequency * at as f64 / 8000.0).sin();
        (0..milliseconds * 8)
            .map(|at| ((wave(ROWS[row], at) + wave(COLUMNS[column], at)) * 8000.0) as i16)
            .collect()
    }

    /// A WAV file of these keys, with pauses between and silence around.
    pub fn dialled(keys: &str, milliseconds: usize) -> Vec<u8> {
        let mut samples = vec![0; 800];
        for key in keys.chars() {
            samples.extend(pair(key, milliseconds));
            samples.extend([0; 800]);
        }
        wav(1, 16, &samples.iter().flat_map(|sample| sample.to_le_bytes()).collect::<Vec<u8>>())
    }

    pub fn wav(kind: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let size = u32::try_from(data.len()).unwrap();
        let mut file = b"RIFF".to_vec();
        file.extend((36 + size).to_le_bytes());
        file.extend(b"WAVEfmt \x10\0\0\0");
        file.extend(kind.to_le_bytes());
        file.extend(1u16.to_le_bytes());
        file.extend(8000u32.to_le_bytes());
        file.extend((8000 * u32::from(bits) / 8).to_le_bytes());
        file.extend((bits / 8).to_le_bytes());
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend(size.to_le_bytes());
        file.extend(data);
        file
    }

    fn keys(clip: &Clip) -> String {
        clip.tones.iter().map(|(_, key)| key).collect()
    }

    #[test]
    fn every_key_is_heard_in_a_file_and_told_apart_from_its_neighbours() {
        let clip = examine(&dialled("1234567890*#ABCD", 60), Duration::ZERO);

        assert_eq!(keys(&clip), "1234567890*#ABCD");
        assert_eq!(clip.lasts.as_millis(), 100 + 16 * 160);
        assert!((80..=105).contains(&clip.tones[0].0.as_millis()), "{:?}", clip.tones[0]);
    }

    #[test]
    fn the_same_key_twice_is_two_keys_and_a_click_is_none() {
        assert_eq!(keys(&examine(&dialled("99", 100), Duration::ZERO)), "99");
        assert_eq!(keys(&examine(&dialled("9", 20), Duration::ZERO)), "");
    }

    #[test]
    fn tones_survive_g711() {
        let samples = samples(&dialled("9", 100)).unwrap();
        let mu_law: Vec<u8> = samples.iter().map(|sample| to_mu_law(*sample)).collect();

        assert_eq!(keys(&examine(&wav(7, 8, &mu_law), Duration::ZERO)), "9");
        for byte in 0..=255u8 {
            let again = to_mu_law(from_mu_law(byte));
            assert!(again == byte || from_mu_law(byte) == 0, "{byte}: {again}");
        }
    }

    #[test]
    fn a_single_tone_a_voice_or_another_format_is_no_key() {
        let tone: Vec<i16> = test_tone().iter().map(|byte| from_mu_law(*byte)).collect();

        assert_eq!(tones(&tone), []);
        assert_eq!(
            examine(b"ID3 an mp3", Duration::from_secs(10)),
            Clip { lasts: Duration::from_secs(10), tones: Vec::new() }
        );
    }
}
