//! How a setting is refused: its name, what it got (never a secret), what is wrong, and an example.

use std::fmt;

/// One setting that can not be used.
#[derive(Debug, thiserror::Error)]
pub struct Refusal {
    variable: &'static str,
    got: Got,
    why: String,
    example: Option<&'static str>,
}

#[derive(Debug)]
enum Got {
    Nothing,
    Secret,
    Value(String),
}

impl Refusal {
    pub fn missing(variable: &'static str, why: impl Into<String>) -> Self {
        Self { variable, got: Got::Nothing, why: why.into(), example: None }
    }

    pub fn value(variable: &'static str, got: &str, why: impl Into<String>) -> Self {
        Self { variable, got: Got::Value(got.to_owned()), why: why.into(), example: None }
    }

    /// The value is not shown, as it is, or could be, a secret.
    pub fn secret(variable: &'static str, why: impl Into<String>) -> Self {
        Self { variable, got: Got::Secret, why: why.into(), example: None }
    }

    pub fn for_example(self, example: &'static str) -> Self {
        Self { example: Some(example), ..self }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variable, got, why, example } = self;
        match got {
            Got::Nothing => write!(f, "{variable} is not set: {why}")?,
            Got::Secret => write!(f, "{variable} {why}")?,
            Got::Value(value) => write!(f, "{variable} is {value:?}: {why}")?,
        }
        match example {
            Some(example) => write!(f, "; for example {variable}={example}"),
            None => Ok(()),
        }
    }
}

/// All that is wrong with the configuration, so that it is put right in one go.
#[derive(Debug, Default, thiserror::Error)]
pub struct Refusals(Vec<Refusal>);

impl Refusals {
    /// The value, or nothing and one refusal more.
    pub(super) fn keep<T>(&mut self, result: Result<T, Refusal>) -> Option<T> {
        result.map_err(|refusal| self.0.push(refusal)).ok()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Refusal> {
        self.0.iter()
    }
}

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the configuration can not be used")?;
        self.0.iter().try_for_each(|refusal| write!(f, "\n  {refusal}"))
    }
}
