//! Live audio by hand: `play` is a carrier that plays a file, `sink` a backend that writes files. Both show what goes on.

pub mod play;
pub mod sink;
mod wav;

use std::process::ExitCode;

use super::command_line::Media;

/// Decibels below which a level is silence, of full scale.
const QUIETEST: f64 = -60.0;
/// Characters of a level.
const METER: usize = 24;

/// Does what the command line says.
pub async fn run(action: Media) -> anyhow::Result<ExitCode> {
    match action {
        Media::Play(options) => play::run(&options).await,
        Media::Sink(options) => sink::run(&options).await,
    }
}

/// How loud samples are: a bar and the decibels of full scale.
fn level(samples: &[i16]) -> String {
    let squares: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
    let mean = (squares / samples.len().max(1) as f64).sqrt();
    let decibels = (20.0 * (mean / 32_768.0).log10()).max(QUIETEST);
    let full = ((1.0 - decibels / QUIETEST) * METER as f64).round() as usize;
    let bar: String = (0..METER).map(|n| if n < full { '█' } else { '·' }).collect();
    if decibels > QUIETEST { format!("{bar} {decibels:>5.1} dB") } else { format!("{bar}  silent") }
}

/// Seconds as a person reads them beside others.
fn at(ms: u64) -> String {
    format!("{:>3}:{:02}.{:03}", ms / 60_000, ms / 1_000 % 60, ms % 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_a_bar_and_its_decibels() {
        assert!(level(&[0; 160]).ends_with("silent"));
        assert!(level(&[]).ends_with("silent"));
        let loud = level(&[i16::MIN; 160]);
        assert!(loud.starts_with(&"█".repeat(METER)) && loud.ends_with("  0.0 dB"), "{loud}");
        let half = level(&[1_036; 160]);
        assert!(half.starts_with(&format!("{}{}", "█".repeat(12), "·".repeat(12))), "{half}");
    }

    #[test]
    fn a_time_is_minutes_seconds_and_thousandths() {
        assert_eq!(at(61_020), "  1:01.020");
    }
}
