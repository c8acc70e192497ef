//! Where backends of live audio may be. Only an operator may let them stay inside: whoever enters a backend would else look into the
//! network.

use super::{Environment, Refusal};
use crate::domain::webhook::address::PrivateAddresses;

const ALLOW: &str = "VESTIBULE_ALLOW_PRIVATE_BACKENDS";

/// Public addresses only, unless the operator says otherwise.
pub fn private_addresses(environment: &Environment) -> Result<PrivateAddresses, Refusal> {
    match environment.text(ALLOW)? {
        None | Some("false") => Ok(PrivateAddresses::Refused),
        Some("true") => Ok(PrivateAddresses::Allowed),
        Some(other) => {
            Err(Refusal::value(ALLOW, other, "must be true or false").for_example("false"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_true_allows() {
        let read = |value| private_addresses(&Environment::of(&[(ALLOW, value)]));

        assert_eq!(read("true").unwrap(), PrivateAddresses::Allowed);
        assert_eq!(read("").unwrap(), PrivateAddresses::Refused);
        assert!(read("1").unwrap_err().to_string().contains(ALLOW));
    }
}
