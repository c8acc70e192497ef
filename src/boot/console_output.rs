//! What a person at the terminal reads: standard output in one place. Log lines go elsewhere, through `telemetry`.

use std::{
    fmt::Display,
    future::Future,
    io::Write,
    time::{Duration, Instant},
};

/// One line.
pub fn line(text: impl Display) {
    let mut out = std::io::stdout().lock();
    // Whoever reads may have gone away (`vestibule doctor | head -1`): then there is nobody left to tell.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Runs a step and says how long it took, or that it failed.
pub async fn step<T, E>(what: &str, work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let begun = Instant::now();
    let result = work.await;
    let mark = if result.is_ok() { "✓" } else { "✗" };
    line(format_args!("  {mark} {what:<46} {:>8}", Took(begun.elapsed())));
    result
}

/// A duration as a person says it.
pub struct Took(pub Duration);

impl Display for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = match self.0.as_secs() {
            0 => format!("{} ms", self.0.as_millis()),
            1..60 => format!("{:.1} s", self.0.as_secs_f64()),
            seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
        };
        f.pad(&text)
    }
}

impl std::fmt::Debug for Took {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_shown_in_the_unit_that_fits() {
        assert_eq!(Took(Duration::from_millis(87)).to_string(), "87 ms");
        assert_eq!(Took(Duration::from_millis(1_240)).to_string(), "1.2 s");
        assert_eq!(Took(Duration::from_secs(125)).to_string(), "2 min 05 s");
    }
}
