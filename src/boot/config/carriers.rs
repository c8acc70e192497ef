//! The carriers' API hosts, and the keys that sipgate signs with. Only an operator may change them: tests put a stand-in there, a tenant
//! never can.

use std::time::Duration;

use reqwest::Url;

use super::{Environment, Refusal};
use crate::carriers::sipgate::TrustedKeys;

#[derive(Clone, Debug)]
pub struct CarrierHosts {
    pub vonage: Url,
    pub twilio: Url,
    pub sipgate: Url,
    /// Where doors can be tried without any carrier.
    pub simulator: Option<Url>,
    /// Whose signatures under sipgate's pushes are believed.
    pub sipgate_keys: TrustedKeys,
    /// How long carriers get to report how a call fares, before their own records are asked.
    pub report_within: Duration,
}

const VONAGE: &str = "https://api.nexmo.com";
const TWILIO: &str = "https://api.twilio.com";
const SIPGATE: &str = "https://api.sipgate.com";

const SIMULATOR: &str = "VESTIBULE_SIMULATOR_URL";
const SIPGATE_KEYS: &str = "VESTIBULE_SIPGATE_KEYS";
const REPORT_WITHIN: &str = "VESTIBULE_REPORT_WITHIN";

impl CarrierHosts {
    /// The stand-in for Vonage, if there is one. Without, each call goes to the region that holds it.
    pub fn vonage_stand_in(&self) -> Option<Url> {
        stand_in(&self.vonage, VONAGE)
    }

    /// The stand-in for Twilio, if there is one.
    pub fn twilio_stand_in(&self) -> Option<Url> {
        stand_in(&self.twilio, TWILIO)
    }

    /// The stand-in for sipgate, if there is one.
    pub fn sipgate_stand_in(&self) -> Option<Url> {
        stand_in(&self.sipgate, SIPGATE)
    }

    pub fn read(environment: &Environment) -> Result<Self, Refusal> {
        Ok(Self {
            vonage: host(environment, "VESTIBULE_VONAGE_URL", VONAGE)?,
            twilio: host(environment, "VESTIBULE_TWILIO_URL", TWILIO)?,
            sipgate: host(environment, "VESTIBULE_SIPGATE_URL", SIPGATE)?,
            simulator: simulator(environment)?,
            sipgate_keys: sipgate_keys(environment)?,
            report_within: report_within(environment)?,
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
    read_url(name, environment.text(name)?.unwrap_or(usual), usual)
}

fn simulator(environment: &Environment) -> Result<Option<Url>, Refusal> {
    let text = environment.text(SIMULATOR)?;
    text.map(|text| read_url(SIMULATOR, text, "http://127.0.0.1:8090")).transpose()
}

fn read_url(name: &'static str, text: &str, usual: &'static str) -> Result<Url, Refusal> {
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

/// One key takes the place of sipgate's own; two are for the time while it changes. PEM, or files of PEM with commas between them.
fn sipgate_keys(environment: &Environment) -> Result<TrustedKeys, Refusal> {
    let Some(text) = environment.text(SIPGATE_KEYS)? else { return Ok(TrustedKeys::default()) };
    let pems = if text.contains("-----BEGIN") {
        text.to_owned()
    } else {
        let files = text.split(',').map(|path| {
            let path = path.trim();
            std::fs::read_to_string(path).map_err(|error| {
                Refusal::value(SIPGATE_KEYS, path, format!("can not be read: {error}"))
                    .for_example("/etc/vestibule/sipgate.pem")
            })
        });
        files.collect::<Result<Vec<_>, _>>()?.join("\n")
    };
    // Whoever enters a private key by mistake does not find it in a log.
    TrustedKeys::from_pems(&pems).map_err(|error| {
        Refusal::secret(SIPGATE_KEYS, error.to_string()).for_example("/etc/vestibule/sipgate.pem")
    })
}

fn report_within(environment: &Environment) -> Result<Duration, Refusal> {
    /// Shorter would ask about calls that carriers are just reporting; longer leaves what is lost open for hours.
    const SECONDS: std::ops::RangeInclusive<u64> = 4..=3_600;
    let Some(text) = environment.text(REPORT_WITHIN)? else { return Ok(Duration::from_secs(120)) };
    let seconds = text.parse().ok().filter(|seconds| SECONDS.contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        Refusal::value(REPORT_WITHIN, text, "must be seconds, from 4 to 3600").for_example("120")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::carriers::sipgate::keys::BUILT_IN;

    #[test]
    fn carriers_get_two_minutes_to_report_or_as_long_as_the_operator_says() {
        let within = |text| report_within(&Environment::of(&[(REPORT_WITHIN, text)])).ok();

        assert_eq!(within(""), Some(Duration::from_secs(120)));
        assert_eq!(within("10"), Some(Duration::from_secs(10)));
        assert_eq!([within("3"), within("soon"), within("1d")], [None; 3]);
    }

    fn keys(value: &str) -> Result<String, String> {
        sipgate_keys(&Environment::of(&[(SIPGATE_KEYS, value)]))
            .map(|keys| format!("{keys:?}"))
            .map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn sipgates_keys_stand_in_files_or_in_the_variable_itself() {
        let file = std::env::temp_dir().join(format!("vestibule-keys-{}.pem", std::process::id()));
        std::fs::write(&file, BUILT_IN).unwrap();
        let path = file.to_str().unwrap();

        assert_eq!(keys(""), Ok("TrustedKeys(1)".to_owned()));
        assert_eq!(keys(&BUILT_IN.repeat(2)), Ok("TrustedKeys(2)".to_owned()));
        assert_eq!(keys(&format!("{path}, {path}")), Ok("TrustedKeys(2)".to_owned()));
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn a_key_that_is_none_is_refused_and_not_shown() {
        let private = "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----";

        let refused = keys(private).unwrap_err();
        assert!(refused.contains(SIPGATE_KEYS) && !refused.contains("hunter2"), "{refused}");
        let missing = keys("/nowhere/sipgate.pem").unwrap_err();
        assert!(missing.contains("\"/nowhere/sipgate.pem\": can not be read"), "{missing}");
    }

    #[test]
    fn a_host_that_is_the_carriers_own_is_no_stand_in() {
        let hosts = |variables: &[_]| CarrierHosts::read(&Environment::of(variables)).unwrap();

        assert_eq!(hosts(&[]).sipgate_stand_in(), None);
        let stand_in = hosts(&[("VESTIBULE_SIPGATE_URL", "http://127.0.0.1:8090")]);
        assert_eq!(stand_in.sipgate_stand_in().unwrap().as_str(), "http://127.0.0.1:8090/");
    }
}
