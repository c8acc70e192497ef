//! How carriers and people reach this installation from outside.

use std::net::SocketAddr;

use reqwest::Url;

use super::{Environment, Refusal};

const NAME: &str = "VESTIBULE_PUBLIC_URL";
const EXAMPLE: &str = "https://door.example.com";

/// The configured URL, or the address listened on when only this machine can reach it anyway.
pub fn read(environment: &Environment, listen: SocketAddr) -> Result<Url, Refusal> {
    match environment.text(NAME)? {
        Some(text) => parse(text),
        None if listen.ip().is_loopback() => Url::parse(&format!("http://{listen}"))
            .map_err(|error| Refusal::missing(NAME, error.to_string())),
        None => {
            Err(Refusal::missing(NAME, format!("carriers can not be told to call back {listen}"))
                .for_example(EXAMPLE))
        }
    }
}

fn parse(text: &str) -> Result<Url, Refusal> {
    let refused = |why: String| Refusal::value(NAME, text, why).for_example(EXAMPLE);
    let mut url = Url::parse(text).map_err(|error| refused(format!("is not a URL ({error})")))?;

    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            Refusal::secret(NAME, "must not hold a user name or a password").for_example(EXAMPLE)
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("must not have a query or a fragment".to_owned()));
    }
    match url.scheme() {
        "https" => {}
        // Without TLS anyone on the way could read the callbacks and change what the carrier is told.
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(refused("must be https, except on this machine's own address".to_owned()));
        }
        scheme => return Err(refused(format!("must be https, not {scheme}"))),
    }
    // Paths are appended, and a signature covers every character of the result.
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
    host == "localhost"
        || host.ends_with(".localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_required_except_on_this_machine() {
        for accepted in [
            "https://door.example.com",
            "http://localhost:8080",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
        ] {
            assert!(parse(accepted).is_ok(), "{accepted}");
        }
        for refused in [
            "http://door.example.com",
            "ftp://localhost",
            "door.example.com",
            "https://me:pw@door.example.com",
            "https://door.example.com/?a=b",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
        ] {
            assert!(parse(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_path_prefix_is_kept_without_its_slash() {
        assert_eq!(
            parse("https://example.com/door/").unwrap().as_str(),
            "https://example.com/door"
        );
    }

    #[test]
    fn a_server_open_to_others_must_say_how_it_is_reached() {
        let nothing = Environment::of(&[]);

        assert!(read(&nothing, "0.0.0.0:8080".parse().unwrap()).is_err());
        assert!(read(&nothing, "127.0.0.1:9000".parse().unwrap()).is_ok());
    }
}
