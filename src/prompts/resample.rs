//! From the rate of a voice to that of telephones: a windowed sinc, one set of weights for each place between two samples.

use std::f64::consts::PI;

/// Zero crossings of the sinc on each side: the more, the steeper.
const CROSSINGS: f64 = 24.0;
/// Of half the lower rate, what passes: the rest is where the filter falls.
const PASSES: f64 = 0.92;

/// The same sound at another rate. What the new rate can not hold is taken out first.
pub fn resampled(samples: &[i16], from: u32, to: u32) -> Vec<f64> {
    let common = gcd(from, to);
    let (step, phases) = ((from / common) as usize, (to / common) as usize);
    let filter = Filter::new(from, to, phases);
    let length = samples.len() * phases / step;
    (0..length).map(|at| filter.at(samples, at * step / phases, at * step % phases)).collect()
}

struct Filter {
    /// For each phase the weights of the samples around.
    weights: Vec<Vec<f64>>,
    /// How many of them lie before.
    before: usize,
}

impl Filter {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "some hundred weights"
    )]
    fn new(from: u32, to: u32, phases: usize) -> Self {
        // In cycles a sample of the old rate.
        let cutoff = 0.5 * PASSES * (f64::from(to) / f64::from(from)).min(1.0);
        let reach = CROSSINGS / (2.0 * cutoff);
        let before = reach.ceil() as usize;
        let weight = |distance: f64| {
            if distance.abs() > reach {
                return 0.0;
            }
            let angle = 2.0 * PI * cutoff * distance;
            let sinc = if angle == 0.0 { 1.0 } else { angle.sin() / angle };
            // After Blackman.
            let place = PI * distance / reach;
            sinc * (0.42 + 0.5 * place.cos() + 0.08 * (2.0 * place).cos())
        };
        let weights_of = |phase: usize| {
            let offset = phase as f64 / phases as f64;
            let weights: Vec<f64> =
                (0..=2 * before).map(|at| weight(at as f64 - before as f64 - offset)).collect();
            // The same loudness at each phase, or a tone would warble.
            let sum: f64 = weights.iter().sum();
            weights.into_iter().map(|weight| weight / sum).collect()
        };
        Self { weights: (0..phases).map(weights_of).collect(), before }
    }

    fn at(&self, samples: &[i16], place: usize, phase: usize) -> f64 {
        let weights = self.weights[phase].iter().enumerate();
        let heard = weights.filter_map(|(at, weight)| {
            let sample = samples.get((place + at).checked_sub(self.before)?)?;
            Some(f64::from(*sample) * weight)
        });
        heard.sum()
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::cast_possible_truncation, reason = "a test tone stays below the loudest")]
    fn tone(frequency: f64) -> Vec<i16> {
        (0..22_050)
            .map(|at| ((2.0 * PI * frequency * f64::from(at) / 22_050.0).sin() * 10_000.0) as i16)
            .collect()
    }

    /// Without its ends, where the filter hears nothing on one side.
    #[expect(clippy::cast_precision_loss, reason = "a second of samples")]
    fn loudness(samples: &[f64]) -> f64 {
        let middle = &samples[500..samples.len() - 500];
        (middle.iter().map(|sample| sample * sample).sum::<f64>() / middle.len() as f64).sqrt()
    }

    #[test]
    fn what_telephones_hear_passes_and_what_would_fold_back_does_not() {
        let full = 10_000.0 / 2.0_f64.sqrt();
        for (frequency, least, most) in [
            (300.0, 0.98, 1.02),
            (1_000.0, 0.98, 1.02),
            (3_000.0, 0.98, 1.02),
            (4_300.0, 0.0, 0.003),
            (5_000.0, 0.0, 0.001),
            (7_000.0, 0.0, 0.001),
            (10_500.0, 0.0, 0.001),
        ] {
            let heard = loudness(&resampled(&tone(frequency), 22_050, 8_000)) / full;
            assert!((least..=most).contains(&heard), "{frequency} Hz: {heard}");
        }
    }

    #[test]
    fn a_second_stays_a_second_and_the_same_rate_the_same_sound() {
        assert_eq!(resampled(&tone(440.0), 22_050, 8_000).len(), 8_000);
        assert_eq!(resampled(&tone(440.0)[..16_000], 16_000, 8_000).len(), 8_000);
        assert!(resampled(&[], 22_050, 8_000).is_empty());
    }
}
