//! WAV files: read as a telephone hears them, written as they come.

use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, bail};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};

/// A telephone's samples a second.
pub const TELEPHONE: u32 = 8_000;

/// A file's samples as one channel at 8,000 a second.
pub fn read(path: &Path) -> anyhow::Result<Vec<i16>> {
    let named = || format!("{} can not be played", path.display());
    let reader = WavReader::open(path).with_context(named)?;
    let spec = reader.spec();
    let how = format!(
        "; it has {} bits at {} samples a second. Make one that can, for example with ffmpeg -i {} -ar 8000 -ac 1 -sample_fmt s16 out.wav",
        spec.bits_per_sample,
        spec.sample_rate,
        path.display()
    );
    if spec.sample_format != SampleFormat::Int || spec.bits_per_sample != 16 {
        bail!("{}: its samples are not whole numbers of 16 bits{how}", named());
    }
    if !spec.sample_rate.is_multiple_of(TELEPHONE) {
        bail!("{}: its rate is no multiple of 8,000{how}", named());
    }
    let samples: Vec<i16> = reader.into_samples().collect::<Result<_, _>>().with_context(named)?;
    // Channels, and neighbours in time, are averaged: enough of a filter for speech.
    let together = usize::from(spec.channels) * (spec.sample_rate / TELEPHONE) as usize;
    Ok(samples.chunks(together).map(average).collect())
}

fn average(samples: &[i16]) -> i16 {
    let sum: i64 = samples.iter().map(|sample| i64::from(*sample)).sum();
    i16::try_from(sum / samples.len() as i64).unwrap_or_default()
}

/// A file that samples are written to.
pub struct Tape(WavWriter<BufWriter<File>>);

impl Tape {
    /// An empty one, with one channel.
    pub fn create(path: &Path, rate: u32) -> anyhow::Result<Self> {
        let spec = WavSpec {
            channels: 1,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(path, spec)
            .with_context(|| format!("{} can not be written", path.display()))?;
        Ok(Self(writer))
    }

    /// Adds samples.
    pub fn write(&mut self, samples: &[i16]) -> anyhow::Result<()> {
        for sample in samples {
            self.0.write_sample(*sample)?;
        }
        Ok(())
    }

    /// Writes how long it became.
    pub fn finish(self) -> anyhow::Result<()> {
        Ok(self.0.finalize()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_and_rates_become_a_telephones() {
        let path =
            std::env::temp_dir().join(format!("vestibule-{:016x}.wav", rand::random::<u64>()));
        let spec = WavSpec {
            channels: 2,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let mut writer = WavWriter::create(&path, spec).unwrap();
        for sample in [100, 300, 200, 400, -100, -300, -200, -400] {
            writer.write_sample::<i16>(sample).unwrap();
        }
        writer.finalize().unwrap();

        assert_eq!(read(&path).unwrap(), [250, -250]);
        std::fs::remove_file(&path).unwrap();
        assert!(read(&path).unwrap_err().to_string().contains("can not be played"));
    }
}
