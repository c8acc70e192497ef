//! The environment, read once. The only place that asks the operating system for it.

use std::{
    collections::HashMap,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use secrecy::{ExposeSecret, SecretString};

use super::Refusal;

/// Names and values as they were when the process started. An empty value counts as not set, as Compose passes those.
pub struct Environment {
    variables: HashMap<OsString, OsString>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Environment")
    }
}

impl Environment {
    pub fn of_this_process() -> Self {
        Self { variables: std::env::vars_os().collect() }
    }

    /// A made-up environment, for tests.
    pub fn of(variables: &[(&str, &str)]) -> Self {
        let variables =
            variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Self { variables: variables.collect() }
    }

    /// The value, trimmed. Absent when not set or empty.
    pub fn text(&self, name: &'static str) -> Result<Option<&str>, Refusal> {
        match self.variables.get(OsStr::new(name)).map(|value| value.to_str()) {
            None => Ok(None),
            Some(Some(value)) => Ok(Some(value.trim()).filter(|value| !value.is_empty())),
            Some(None) => Err(Refusal::secret(name, "is not UTF-8 text")),
        }
    }

    /// The value of `NAME`, or what is in the file that `NAME_FILE` names.
    pub fn secret(
        &self,
        name: &'static str,
        name_of_file: &'static str,
    ) -> Result<Option<SecretString>, Refusal> {
        match (self.text(name)?, self.text(name_of_file)?) {
            (Some(_), Some(_)) => {
                Err(Refusal::secret(name, "and its _FILE are both set; keep one"))
            }
            (Some(value), None) => Ok(Some(SecretString::from(value))),
            (None, Some(path)) => secret_in_file(name_of_file, path).map(Some),
            (None, None) => Ok(None),
        }
    }

    /// Where programs are looked for.
    pub fn search_path(&self) -> Vec<PathBuf> {
        self.variables
            .get(OsStr::new("PATH"))
            .map(std::env::split_paths)
            .into_iter()
            .flatten()
            .collect()
    }
}

fn secret_in_file(name: &'static str, path: &str) -> Result<SecretString, Refusal> {
    let content = std::fs::read_to_string(path)
        .map(SecretString::from)
        .map_err(|error| Refusal::value(name, path, format!("can not be read: {error}")))?;
    match content.expose_secret().trim() {
        "" => Err(Refusal::value(name, path, "is an empty file")),
        value => Ok(SecretString::from(value)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: (&str, &str) = ("AMQP_URL", "AMQP_URL_FILE");

    #[test]
    fn a_secret_may_stand_in_a_file_with_a_newline_after_it() {
        let file = std::env::temp_dir().join(format!("vestibule-secret-{}", std::process::id()));
        std::fs::write(&file, "amqp://mq\n").unwrap();
        let environment = Environment::of(&[(NAMES.1, file.to_str().unwrap())]);

        let secret = environment.secret(NAMES.0, NAMES.1).unwrap().unwrap();

        assert_eq!(secret.expose_secret(), "amqp://mq");
        std::fs::remove_file(file).unwrap();
    }

    #[test]
    fn a_missing_file_is_named() {
        let environment = Environment::of(&[(NAMES.1, "/nowhere/amqp")]);

        let refused = environment.secret(NAMES.0, NAMES.1).unwrap_err().to_string();

        assert!(refused.starts_with("AMQP_URL_FILE is \"/nowhere/amqp\""), "{refused}");
    }

    #[test]
    fn a_value_and_a_file_together_are_refused() {
        let environment = Environment::of(&[(NAMES.0, "amqp://a"), (NAMES.1, "/b")]);

        assert!(environment.secret(NAMES.0, NAMES.1).is_err());
    }

    #[test]
    fn an_empty_value_is_none() {
        assert_eq!(Environment::of(&[("VESTIBULE_LOG", " ")]).text("VESTIBULE_LOG").unwrap(), None);
    }
}
