//! Where traces go. The names are OpenTelemetry's own, so that an installation is told once, in one way.

use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::ExposeSecret;

use super::{Environment, Refusal};
use crate::trace::Exporter;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const HEADERS_FILE: &str = "OTEL_EXPORTER_OTLP_HEADERS_FILE";
const SERVICE: &str = "OTEL_SERVICE_NAME";
const RATIO: &str = "OTEL_TRACES_SAMPLER_ARG";

/// None: nowhere.
pub fn read(environment: &Environment) -> Result<Option<Exporter>, Refusal> {
    let Some(endpoint) = environment.text(ENDPOINT)? else { return Ok(None) };
    let refused = |why: &str| {
        Refusal::value(ENDPOINT, endpoint, why.to_owned()).for_example("http://127.0.0.1:4318")
    };
    let mut url: Url = endpoint.parse().map_err(|_| refused("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused("must begin with http:// or https://"));
    }
    url.path_segments_mut()
        .map_err(|()| refused("has no host"))?
        .pop_if_empty()
        .extend(["v1", "traces"]);
    let ratio = match environment.text(RATIO)? {
        None => 1.0,
        Some(text) => {
            text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)).ok_or_else(|| {
                Refusal::value(RATIO, text, "is not a number from 0 to 1".to_owned())
                    .for_example("0.1")
            })?
        }
    };
    let service = environment.text(SERVICE)?.unwrap_or("vestibule").to_owned();
    Ok(Some(Exporter { url, headers: headers(environment)?, service, ratio }))
}

/// `name=value,name=value`.
fn headers(environment: &Environment) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::new();
    let Some(text) = environment.secret(HEADERS, HEADERS_FILE)? else { return Ok(headers) };
    for pair in text.expose_secret().split(',') {
        let header = pair.split_once('=').and_then(|(name, value)| {
            let name: HeaderName = name.trim().parse().ok()?;
            let mut value: HeaderValue = value.trim().parse().ok()?;
            value.set_sensitive(true);
            Some((name, value))
        });
        let Some((name, value)) = header else {
            return Err(Refusal::secret(HEADERS, "is not a list of headers")
                .for_example("api-key=…,other=…"));
        };
        headers.insert(name, value);
    }
    Ok(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_go_nowhere_unless_somebody_says_where() {
        assert!(read(&Environment::of(&[])).unwrap().is_none());
        assert!(read(&Environment::of(&[(ENDPOINT, "")])).unwrap().is_none());
    }

    #[test]
    fn the_collectors_path_for_traces_is_added() {
        for (endpoint, url) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces"),
        ] {
            let exporter = read(&Environment::of(&[(ENDPOINT, endpoint)])).unwrap().unwrap();
            assert_eq!(exporter.url.as_str(), url);
        }
    }

    #[test]
    fn what_can_not_be_meant_is_refused_without_telling_a_key() {
        let collector = (ENDPOINT, "http://127.0.0.1:4318");
        for wrong in [
            vec![(ENDPOINT, "127.0.0.1:4318")],
            vec![collector, (RATIO, "2")],
            vec![collector, (HEADERS, "hunter2")],
        ] {
            let refused = read(&Environment::of(&wrong)).unwrap_err().to_string();
            assert!(refused.contains(wrong[wrong.len() - 1].0), "{refused}");
            assert!(!refused.contains("hunter2"), "{refused}");
        }
        let keyed = Environment::of(&[collector, (HEADERS, "api-key=hunter2")]);
        let exporter = read(&keyed).unwrap().unwrap();
        assert_eq!(exporter.headers["api-key"], "hunter2");
        assert!(!format!("{exporter:?}").contains("hunter2"));
    }
}
