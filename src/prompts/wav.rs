//! WAV files as every carrier plays them: PCM of 16 bits, one channel, 8 kHz. Anything else is refused, with the reason.

use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

/// What telephones hear of a sound anyway.
pub const SAMPLES_A_SECOND: u32 = 8_000;
/// Before the samples.
pub const HEADER_BYTES: usize = 44;
const BYTES_A_SAMPLE: u16 = 2;
const CHANNELS: u16 = 1;
const PCM: u16 = 1;
/// A chunk of WAVE is its name and its length.
const CHUNK_HEAD: usize = 8;

/// Why a file is none that every carrier plays.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Why {
    /// Not a WAV file at all.
    #[error("it is no WAV file: it does not begin with RIFF and WAVE")]
    NotWav,
    /// Cut off, or chunks that lie about their length.
    #[error("its chunks are longer than the file: it is cut off")]
    CutOff,
    /// No chunk says what its samples are.
    #[error("it does not say its format: there is no chunk \"fmt \" before the samples")]
    NoFormat,
    /// No samples.
    #[error("it holds no samples: there is no chunk \"data\", or an empty one")]
    NoSamples,
    /// Compressed, or floating point.
    #[error("its format has the number {0}; it must be PCM, which is 1")]
    NotPcm(u16),
    /// Stereo, or more.
    #[error("it has {0} channels; it must have one")]
    Channels(u16),
    /// Another rate.
    #[error("it has {0} samples a second; it must have 8000")]
    Rate(u32),
    /// Another depth.
    #[error("its samples have {0} bits; they must have 16")]
    Bits(u16),
    /// Its header contradicts itself.
    #[error("its header contradicts itself: a block must have 2 bytes, and a second 16000")]
    Contradiction,
    /// Half a sample at its end.
    #[error("it ends within a sample")]
    HalfSample,
    /// Nobody listens for so long.
    #[error("it lasts {0} seconds; at most {1} are played")]
    TooLong(u64, u64),
}

/// What a file's chunks say.
struct Read<'a> {
    format: u16,
    channels: u16,
    rate: u32,
    bytes_a_second: u32,
    block: u16,
    bits: u16,
    data: &'a [u8],
}

/// A file of these samples, with the shortest header that there is.
#[must_use]
pub fn wav(samples: &[i16]) -> Bytes {
    let length =
        u32::try_from(samples.len() * 2).expect("no prompt lasts the 37 hours that this takes");
    let mut wav = Vec::with_capacity(HEADER_BYTES + samples.len() * 2);
    wav.extend(b"RIFF");
    wav.extend((36 + length).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    wav.extend(PCM.to_le_bytes());
    wav.extend(CHANNELS.to_le_bytes());
    wav.extend(SAMPLES_A_SECOND.to_le_bytes());
    wav.extend((SAMPLES_A_SECOND * u32::from(BYTES_A_SAMPLE)).to_le_bytes());
    wav.extend(BYTES_A_SAMPLE.to_le_bytes());
    wav.extend((8 * BYTES_A_SAMPLE).to_le_bytes());
    wav.extend(b"data");
    wav.extend(length.to_le_bytes());
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    wav.into()
}

/// How long a file lasts that every carrier plays.
pub fn check_wav(file: &[u8]) -> Result<Duration, Why> {
    samples_of(file).map(|samples| lasts(samples.len()))
}

/// The samples of a file that every carrier plays.
pub fn samples_of(file: &[u8]) -> Result<Vec<i16>, Why> {
    let read = read(file, Length::AsSaid)?;
    if read.channels != CHANNELS {
        return Err(Why::Channels(read.channels));
    }
    if read.rate != SAMPLES_A_SECOND {
        return Err(Why::Rate(read.rate));
    }
    if read.block != BYTES_A_SAMPLE || read.bytes_a_second != SAMPLES_A_SECOND * 2 {
        return Err(Why::Contradiction);
    }
    Ok(in_samples(read.data))
}

/// The rate and the samples of what a voice wrote: one channel at any rate, written as it grew, so that its lengths say nothing.
pub(super) fn voiced(file: &[u8]) -> Result<(u32, Vec<i16>), Why> {
    let read = read(file, Length::OfTheFile)?;
    match (read.channels, read.rate) {
        (CHANNELS, 4_000..=96_000) => Ok((read.rate, in_samples(read.data))),
        (CHANNELS, rate) => Err(Why::Rate(rate)),
        (channels, _) => Err(Why::Channels(channels)),
    }
}

/// How long so many samples last.
#[must_use]
pub fn lasts(samples: usize) -> Duration {
    let samples = u64::try_from(samples).unwrap_or(u64::MAX);
    Duration::from_micros(samples.saturating_mul(1_000_000) / u64::from(SAMPLES_A_SECOND))
}

/// How long the samples are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    AsSaid,
    OfTheFile,
}

fn read(file: &[u8], length: Length) -> Result<Read<'_>, Why> {
    let rest = file.strip_prefix(b"RIFF").and_then(|rest| rest.get(4..)).ok_or(Why::NotWav)?;
    let mut rest = rest.strip_prefix(b"WAVE").ok_or(Why::NotWav)?;
    let mut format = None;
    while let Some((head, body)) = rest.split_at_checked(CHUNK_HEAD) {
        let said = number(head, 4).and_then(|said| usize::try_from(said).ok()).unwrap_or_default();
        let chunk = match length {
            Length::AsSaid => body.get(..said).ok_or(Why::CutOff)?,
            Length::OfTheFile => &body[..said.min(body.len())],
        };
        match &head[..4] {
            b"fmt " => format = Some(chunk),
            b"data" => return with_format(format.ok_or(Why::NoFormat)?, chunk),
            _ => {}
        }
        // A chunk of odd length is followed by a byte of nothing.
        rest = body.get(chunk.len() + chunk.len() % 2..).unwrap_or(&[]);
    }
    Err(if format.is_none() { Why::NoFormat } else { Why::NoSamples })
}

fn with_format<'a>(format: &[u8], data: &'a [u8]) -> Result<Read<'a>, Why> {
    let read = (|| {
        Some(Read {
            format: word(format, 0)?,
            channels: word(format, 2)?,
            rate: number(format, 4)?,
            bytes_a_second: number(format, 8)?,
            block: word(format, 12)?,
            bits: word(format, 14)?,
            data,
        })
    })();
    let read = read.ok_or(Why::NoFormat)?;
    if read.format != PCM {
        return Err(Why::NotPcm(read.format));
    }
    if read.bits != 8 * BYTES_A_SAMPLE {
        return Err(Why::Bits(read.bits));
    }
    if data.is_empty() {
        return Err(Why::NoSamples);
    }
    if !data.len().is_multiple_of(usize::from(BYTES_A_SAMPLE)) {
        return Err(Why::HalfSample);
    }
    Ok(read)
}

/// 16 bits, the lower ones first.
pub(super) fn in_samples(bytes: &[u8]) -> Vec<i16> {
    bytes.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two)).collect()
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(at: usize, bytes: &[u8]) -> Vec<u8> {
        let mut file = wav(&[1, -2, 3, -4]).to_vec();
        file[at..at + bytes.len()].copy_from_slice(bytes);
        file
    }

    #[test]
    fn a_file_holds_what_was_written_into_it() {
        let samples: Vec<i16> = (0..8_000).map(|at| (at % 200) * 100 - 10_000).collect();
        let file = wav(&samples);

        assert_eq!(file.len(), HEADER_BYTES + 16_000);
        assert_eq!(samples_of(&file), Ok(samples));
        assert_eq!(check_wav(&file), Ok(Duration::from_secs(1)));
    }

    #[test]
    fn everything_that_some_carrier_does_not_play_is_refused_for_what_it_is() {
        let whole = wav(&[1, -2, 3, -4]);
        let odd = [&with(40, &7_u32.to_le_bytes())[..51], &[0]].concat();
        let headless = [&whole[..12], &whole[36..]].concat();
        for (file, why) in [
            (Vec::new(), Why::NotWav),
            (b"ID3\x04 an mp3".to_vec(), Why::NotWav),
            (b"OggS\0\0\0\0\0\0\0\0\0".to_vec(), Why::NotWav),
            (with(8, b"AVI "), Why::NotWav),
            (whole[..whole.len() - 1].to_vec(), Why::CutOff),
            (whole[..30].to_vec(), Why::CutOff),
            (with(40, &u32::MAX.to_le_bytes()), Why::CutOff),
            (headless, Why::NoFormat),
            (whole[..36].to_vec(), Why::NoSamples),
            (wav(&[]).to_vec(), Why::NoSamples),
            (with(20, &3_u16.to_le_bytes()), Why::NotPcm(3)),
            (with(20, &7_u16.to_le_bytes()), Why::NotPcm(7)),
            (with(20, &0xfffe_u16.to_le_bytes()), Why::NotPcm(0xfffe)),
            (with(22, &2_u16.to_le_bytes()), Why::Channels(2)),
            (with(24, &22_050_u32.to_le_bytes()), Why::Rate(22_050)),
            (with(24, &16_000_u32.to_le_bytes()), Why::Rate(16_000)),
            (with(28, &8_000_u32.to_le_bytes()), Why::Contradiction),
            (with(32, &4_u16.to_le_bytes()), Why::Contradiction),
            (with(34, &8_u16.to_le_bytes()), Why::Bits(8)),
            (with(34, &24_u16.to_le_bytes()), Why::Bits(24)),
            (odd, Why::HalfSample),
        ] {
            assert_eq!(check_wav(&file), Err(why), "{file:?}");
        }
    }

    #[test]
    fn chunks_that_say_nothing_of_the_sound_are_passed_over() {
        let whole = wav(&[1, -2, 3, -4]);
        let about = [b"LIST\x05\0\0\0", b"about\0".as_slice()].concat();
        let file = [&whole[..12], &about, &whole[12..], b"id3 \x02\0\0\0ab"].concat();

        assert_eq!(samples_of(&file), Ok(vec![1, -2, 3, -4]));
    }

    #[test]
    fn a_voice_that_writes_as_it_speaks_is_understood() {
        let mut file = with(24, &22_050_u32.to_le_bytes());
        file[40..44].copy_from_slice(&0x7fff_f000_u32.to_le_bytes());

        assert_eq!(voiced(&file), Ok((22_050, vec![1, -2, 3, -4])));
        assert_eq!(voiced(&with(24, &0_u32.to_le_bytes())), Err(Why::Rate(0)));
    }
}
