//! Who speaks where a carrier does not: espeak-ng, where it is installed.

use std::path::PathBuf;

use super::{Environment, Refusal};
use crate::prompts::Voice;

const PROGRAM: &str = "VESTIBULE_ESPEAK";

/// The program that the operator names, else the one that is found; none with `off`, or where none is installed.
pub fn read(environment: &Environment) -> Result<Option<Voice>, Refusal> {
    match environment.text(PROGRAM)? {
        None => Ok(Voice::installed_in(&environment.search_path())),
        Some("off") => Ok(None),
        Some(path) if PathBuf::from(path).is_file() => Ok(Some(Voice::at(PathBuf::from(path)))),
        Some(path) => {
            Err(Refusal::value(PROGRAM, path, "is no program; name the file, or say off")
                .for_example("/usr/bin/espeak-ng"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(variables: &[(&str, &str)]) -> Result<bool, String> {
        let read = read(&Environment::of(variables));
        read.map(|voice| voice.is_some()).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn a_voice_is_named_found_or_left_out() {
        assert_eq!(voice(&[("VESTIBULE_ESPEAK", "/bin/sh")]), Ok(true));
        assert_eq!(voice(&[("VESTIBULE_ESPEAK", "off"), ("PATH", "/usr/bin")]), Ok(false));
        assert_eq!(voice(&[("PATH", "/nowhere:/nor/here")]), Ok(false));
        let refused = voice(&[("VESTIBULE_ESPEAK", "/no/such/program")]).unwrap_err();
        assert!(refused.contains("VESTIBULE_ESPEAK"), "{refused}");
        assert!(refused.contains("/usr/bin/espeak-ng"), "{refused}");
    }
}
