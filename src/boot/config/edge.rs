//! How often anyone may ask, whose word about addresses counts, and whose pages may call.

use std::num::NonZeroU32;

use ipnet::IpNet;
use reqwest::Url;

use super::{Environment, Refusal};
use crate::http::edge::{PerMinute, Proxies, Settings};

const PER_ADDRESS: &str = "VESTIBULE_LIMIT_ADDRESS";
const PER_SIGN_IN: &str = "VESTIBULE_LIMIT_SIGN_IN";
const PER_USER: &str = "VESTIBULE_LIMIT_USER";
const PER_TENANT: &str = "VESTIBULE_LIMIT_TENANT";
const PROXIES: &str = "VESTIBULE_TRUSTED_PROXIES";
const ORIGINS: &str = "VESTIBULE_CORS_ORIGINS";

pub fn read(environment: &Environment) -> Result<Settings, Refusal> {
    let default = PerMinute::default();
    Ok(Settings {
        per_minute: PerMinute {
            address: limit(environment, PER_ADDRESS, default.address)?,
            sign_in: limit(environment, PER_SIGN_IN, default.sign_in)?,
            user: limit(environment, PER_USER, default.user)?,
            tenant: limit(environment, PER_TENANT, default.tenant)?,
        },
        proxies: Proxies::new(list(environment, PROXIES, network)?),
        origins: list(environment, ORIGINS, origin)?,
    })
}

fn limit(
    environment: &Environment,
    name: &'static str,
    default: Option<NonZeroU32>,
) -> Result<Option<NonZeroU32>, Refusal> {
    let Some(text) = environment.text(name)? else { return Ok(default) };
    if text == "off" {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        Refusal::value(name, text, "must be how many requests a minute, or off").for_example("600")
    })
}

fn list<T>(
    environment: &Environment,
    name: &'static str,
    read: impl Fn(&'static str, &str) -> Result<T, Refusal>,
) -> Result<Vec<T>, Refusal> {
    let text = environment.text(name)?.unwrap_or_default();
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries.map(|entry| read(name, entry)).collect()
}

/// A network, or one address.
fn network(name: &'static str, text: &str) -> Result<IpNet, Refusal> {
    let address = || text.parse::<std::net::IpAddr>().map(IpNet::from);
    text.parse::<IpNet>().or_else(|_| address()).map_err(|_| {
        Refusal::value(name, text, "must be addresses or networks of proxies")
            .for_example("10.0.0.0/8,fd00::1")
    })
}

/// As a browser writes it: scheme, host, port if it is not the scheme's own, nothing after.
fn origin(name: &'static str, text: &str) -> Result<String, Refusal> {
    let refused = || {
        Refusal::value(name, text, "must be origins: scheme and host, nothing after")
            .for_example("https://manage.example.com")
    };
    let url = Url::parse(text).map_err(|_| refused())?;
    let origin = url.origin().ascii_serialization();
    let is_web = matches!(url.scheme(), "https" | "http");
    if is_web && origin == text.trim_end_matches('/') { Ok(origin) } else { Err(refused()) }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, String> {
        read(&Environment::of(variables)).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn nothing_set_means_generous_limits_no_proxy_and_no_foreign_page() {
        let settings = settings(&[]).unwrap();

        assert!(settings.per_minute.address.is_some_and(|limit| limit.get() >= 600));
        assert!(settings.proxies.is_empty() && settings.origins.is_empty());
    }

    #[test]
    fn a_limit_is_a_number_or_off() {
        let settings = settings(&[(PER_USER, "7"), (PER_TENANT, "off")]).unwrap();
        assert_eq!(settings.per_minute.user.map(NonZeroU32::get), Some(7));
        assert_eq!(settings.per_minute.tenant, None);

        for wrong in ["0", "-1", "many", "1.5"] {
            let refused = super::tests::settings(&[(PER_USER, wrong)]).unwrap_err();
            assert!(refused.contains(PER_USER) && refused.contains(wrong), "{refused}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        let settings = settings(&[(PROXIES, "10.0.0.0/8, 192.0.2.1,")]).unwrap();
        let mut headers = actix_web::http::header::HeaderMap::new();
        headers.insert(
            actix_web::http::header::HeaderName::from_static("x-forwarded-for"),
            actix_web::http::header::HeaderValue::from_static("198.51.100.1"),
        );
        let client = |peer: &str| settings.proxies.client(peer.parse().unwrap(), &headers);
        let stranger: IpAddr = "198.51.100.1".parse().unwrap();

        assert_eq!([client("10.9.9.9"), client("192.0.2.1")], [stranger; 2]);
        assert_ne!(client("192.0.2.2"), stranger);
        assert!(super::tests::settings(&[(PROXIES, "proxy.example.com")]).is_err());
    }

    #[test]
    fn an_origin_has_nothing_after_its_host() {
        let settings =
            settings(&[(ORIGINS, "https://a.example.com,http://localhost:3000/")]).unwrap();
        assert_eq!(settings.origins, ["https://a.example.com", "http://localhost:3000"]);

        for wrong in
            ["*", "a.example.com", "https://a.example.com/app", "ftp://a.example.com", "null"]
        {
            assert!(super::tests::settings(&[(ORIGINS, wrong)]).is_err(), "{wrong}");
        }
    }
}
