//! The carriers' API hosts. Only an operator may change them: tests put a stand-in there, a tenant never can.

use reqwest::Url;

use super::{Environment, Refusal};

#[derive(Clone, Debug)]
pub struct CarrierHosts {
    pub vonage: Url,
    pub twilio: Url,
    pub sipgate: Url,
}

const VONAGE: &str = "https://api.nexmo.com";
const TWILIO: &str = "https://api.twilio.com";

impl CarrierHosts {
    /// The stand-in for Vonage, if there is one. Without, each call goes to the region that holds it.
    pub fn vonage_stand_in(&self) -> Option<Url> {
        stand_in(&self.vonage, VONAGE)
    }

    /// The stand-in for Twilio, if there is one.
    pub fn twilio_stand_in(&self) -> Option<Url> {
        stand_in(&self.twilio, TWILIO)
    }

    pub fn read(environment: &Environment) -> Result<Self, Refusal> {
        Ok(Self {
            vonage: host(environment, "VESTIBULE_VONAGE_URL", VONAGE)?,
            twilio: host(environment, "VESTIBULE_TWILIO_URL", TWILIO)?,
            sipgate: host(environment, "VESTIBULE_SIPGATE_URL", "https://api.sipgate.com")?,
        })
    }
}

fn stand_in(host: &Url, usual: &str) -> Option<Url> {
    (Url::parse(usual).as_ref() != Ok(host)).then(|| host.clone())
}

fn host(
    environment: &Environment,
    name: &'static str,
    usual: &'static str,
) -> Result<Url, Refusal> {
    let text = environment.text(name)?.unwrap_or(usual);
    let refused = |why: &str| Refusal::value(name, text, why).for_example(usual);
    let url = Url::parse(text).map_err(|_| refused("is not a URL"))?;
    if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
        return Err(refused("must be an http or https URL"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            Refusal::secret(name, "must not hold a user name or a password").for_example(usual)
        );
    }
    Ok(url)
}
