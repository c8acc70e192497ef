//! What Twilio signs: the URL that it was given, byte for byte, and the form's parameters after it.
//!
//! The vendor's own validators try a URL in several ways, because what a server sees of it is not always what was signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};

use super::form::Form;

/// Whether one of the tokens has signed one of the URLs, followed by this form. All are tried to the end, so that the time tells
/// neither which one fits nor how much of it.
pub(super) fn is_signed(
    signature: &str,
    urls: &[String],
    form: Option<&Form>,
    tokens: &[SecretString],
) -> bool {
    let mut any = Choice::from(0);
    // An empty token is none: anyone could sign with it.
    for token in tokens.iter().filter(|token| !token.expose_secret().is_empty()) {
        for url in urls {
            any |= signed(url, form, token).as_bytes().ct_eq(signature.as_bytes());
        }
    }
    any.into()
}

/// Parameters by name alone, in code points: sorted as names with values `Reason` and `ReasonConferenceEnded` would change places.
fn signed(url: &str, form: Option<&Form>, token: &SecretString) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes())
        .expect("HMAC takes a key of any length");
    mac.update(url.as_bytes());
    for (name, values) in form.into_iter().flat_map(Form::signed) {
        for value in values {
            mac.update(name.as_bytes());
            mac.update(value.as_bytes());
        }
    }
    STANDARD.encode(mac.finalize().into_bytes())
}

/// The ways in which Twilio may have written a URL of ours: with and without its port, its query escaped as browsers or as old
/// libraries do, and for a WebSocket with a slash at its end.
pub(super) fn spellings(url: &str) -> Vec<String> {
    let Some(url) = Parts::of(url) else { return Vec::new() };
    let mut ports = vec![url.port.to_owned(), String::new()];
    ports.push(if url.scheme.ends_with('s') { ":443" } else { ":80" }.to_owned());
    if url.is_socket() {
        ports.push(":80".to_owned());
    }
    ports.sort();
    ports.dedup();
    let mut targets = vec![url.target()];
    if let Some(query) = url.query {
        targets.extend(escapings(query).into_iter().map(|query| format!("{}?{query}", url.path)));
    }
    if url.is_socket() {
        let query = url.query.map(|query| format!("?{query}")).unwrap_or_default();
        targets.push(format!("{}/{query}", url.path));
    }
    let (scheme, host) = (url.scheme, url.host);
    let mut users = vec![""];
    users.extend((!url.user.is_empty()).then_some(url.user));
    let mut all = Vec::new();
    for user in users {
        for port in &ports {
            all.extend(targets.iter().map(|to| format!("{scheme}://{user}{host}{port}{to}")));
        }
    }
    all
}

/// A query as browsers escape it, and as old libraries leave it.
fn escapings(query: &str) -> Vec<String> {
    let mut all = vec![query.replace('\'', "%27"), query.replace("%27", "'")];
    all.retain(|other| other != query);
    all.dedup();
    all
}

struct Parts<'a> {
    scheme: &'a str,
    /// User and password, with their `@`. Twilio drops them for calls; its validators do not.
    user: &'a str,
    host: &'a str,
    /// With its colon.
    port: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Taken apart without being written anew, as a URL library would: what was signed is bytes. The fragment holds settings for
    /// the carrier and is not signed.
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, host_and_port) =
            authority.split_at(authority.rfind('@').map_or(0, |place| place + 1));
        // A colon inside the brackets of an IPv6 address begins no port.
        let after_brackets = host_and_port.rfind(']').unwrap_or(0);
        let colon = host_and_port[after_brackets..].find(':').map(|place| place + after_brackets);
        let (host, port) = host_and_port.split_at(colon.unwrap_or(host_and_port.len()));
        let (path, query) =
            target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)));
        Some(Self { scheme, user, host, port, path, query })
    }

    fn is_socket(&self) -> bool {
        self.scheme.starts_with("ws")
    }

    fn target(&self) -> String {
        match self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.to_owned(),
        }
    }
}
