//! The way out to webhooks: signs, posts once, and reaches public addresses only, whatever a name resolves to at that moment.

mod guard;
pub mod signature;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, redirect, retry};
use time::OffsetDateTime;

use self::guard::{Guard, NotPublic};
pub use self::guard::{Lookup, SystemLookup};
use crate::application::ports::webhooks::{Message, Poster, Reply};
use crate::domain::webhook::address::{Address, AddressError, PrivateAddresses, is_public};
use crate::domain::webhook::attempt::Answer;
use crate::trace;

/// How long all of it may take: connecting, sending, and reading the answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const CONNECT_WITHIN: Duration = Duration::from_secs(2);
/// How long to look a name up when a webhook is entered.
const LOOK_UP_WITHIN: Duration = Duration::from_secs(2);
/// How much of an answer is read. More is left behind with the connection.
const READ_MAX: usize = 64 * 1024;
/// How much of an answer is kept.
const KEEP_MAX: usize = 1024;

/// What the way out needs to start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Whether webhooks may stay inside the operator's own network.
    pub private: PrivateAddresses,
    /// Who knows where names are.
    pub lookup: Arc<dyn Lookup>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { private: PrivateAddresses::Refused, lookup: Arc::new(SystemLookup) }
    }
}

impl Settings {
    /// Opens the way.
    pub fn start(self) -> Result<WayOut, reqwest::Error> {
        let guard = Guard { lookup: Arc::clone(&self.lookup), private: self.private };
        let client = Client::builder()
            .user_agent(concat!("vestibule-webhooks/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT_WITHIN)
            .timeout(ANSWER_WITHIN)
            .pool_idle_timeout(Duration::from_secs(20))
            .pool_max_idle_per_host(4)
            // Where a redirect leads was checked by nobody.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            // A proxy would resolve the name anew. Besides, only configuration reads the environment.
            .no_proxy()
            .https_only(self.private == PrivateAddresses::Refused)
            .dns_resolver(Arc::new(guard))
            .build()?;
        Ok(WayOut { client, settings: self })
    }
}

/// The way out.
#[derive(Clone, Debug)]
pub struct WayOut {
    client: Client,
    settings: Settings,
}

#[async_trait]
impl Poster for WayOut {
    async fn check(&self, url: &str) -> Result<Address, AddressError> {
        let address = Address::parse(url, self.settings.private)?;
        if self.settings.private == PrivateAddresses::Allowed {
            return Ok(address);
        }
        let Some(name) = address.url().domain() else { return Ok(address) };
        let found = tokio::time::timeout(LOOK_UP_WITHIN, self.settings.lookup.look_up(name)).await;
        match found {
            Ok(Ok(found)) if found.iter().any(|found| !is_public(found.ip())) => {
                Err(AddressError::NotPublic)
            }
            // A name that is not known yet may be known when there is something to tell; it is looked at again then.
            Ok(_) | Err(_) => Ok(address),
        }
    }

    async fn post(&self, message: Message<'_>) -> Reply {
        let started = Instant::now();
        let said = match Address::parse(message.url, self.settings.private) {
            Ok(address) => self.send(&address, &message).await,
            Err(error) => Said::refused(format!("the URL {error}")),
        };
        let Said { answer, excerpt, error } = said;
        Reply { answer, excerpt, error, took: started.elapsed() }
    }
}

/// What the other side said, or what went wrong.
struct Said {
    answer: Answer,
    excerpt: Vec<u8>,
    error: Option<String>,
}

impl Said {
    fn refused(error: String) -> Self {
        Self { answer: Answer::Refused, excerpt: Vec::new(), error: Some(error) }
    }
}

impl WayOut {
    async fn send(&self, address: &Address, message: &Message<'_>) -> Said {
        let seconds = message.at.unix_timestamp();
        let signatures = signature::header(message.id, seconds, &message.body, message.secrets);
        let Ok(signatures) = signatures else {
            return Said::refused("the webhook's secret can not be used: rotate it".to_owned());
        };
        let request = self
            .client
            .post(address.url().clone())
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", message.id)
            .header("webhook-timestamp", seconds)
            .header("webhook-signature", signatures)
            .headers(trace::headers())
            .body(message.body.clone());
        match request.send().await {
            Ok(response) => read(response, message.at).await,
            Err(error) => went_wrong(&error),
        }
    }
}

async fn read(mut response: Response, now: OffsetDateTime) -> Said {
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(RETRY_AFTER)
        .and_then(|header| header.to_str().ok())
        .and_then(|header| wait_of(header, now));
    let mut body = Vec::new();
    // The status was said: what becomes of the body changes nothing any more.
    while let Ok(Some(chunk)) = response.chunk().await {
        body.extend_from_slice(&chunk[..chunk.len().min(READ_MAX - body.len())]);
        if body.len() >= READ_MAX {
            break;
        }
    }
    body.truncate(KEEP_MAX);
    Said { answer: Answer::Status { status, retry_after }, excerpt: body, error: None }
}

/// `Retry-After` in seconds or as a date (RFC 9110, 10.2.3).
fn wait_of(header: &str, now: OffsetDateTime) -> Option<Duration> {
    if let Ok(seconds) = header.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = OffsetDateTime::from(httpdate::parse_http_date(header.trim()).ok()?);
    Some(Duration::try_from(then - now).unwrap_or_default())
}

/// In our words: the client's own may hold the URL, and with it a secret of its owner's.
fn went_wrong(error: &reqwest::Error) -> Said {
    if is_not_public(error) {
        return Said::refused("the host's address is not on the public internet".to_owned());
    }
    let what = if error.is_timeout() && error.is_connect() {
        "no connection within 2 seconds"
    } else if error.is_timeout() {
        "no answer within 5 seconds"
    } else if error.is_dns() {
        "the host's name can not be resolved"
    } else if error.is_connect() {
        "no connection: refused, or TLS failed"
    } else {
        "the connection broke before there was an answer"
    };
    Said { answer: Answer::None, excerpt: Vec::new(), error: Some(what.to_owned()) }
}

fn is_not_public(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Addresses of a name, as a lookup finds them.
pub type Found = Vec<SocketAddr>;

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-20 12:00 UTC);

    #[test]
    fn a_wait_is_read_in_seconds_or_as_a_date() {
        let wait = |header| wait_of(header, NOON).map(|wait| wait.as_secs());

        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait(" 5 "), Some(5));
        assert_eq!(wait("Fri, 20 Nov 2026 12:01:30 GMT"), Some(90));
        assert_eq!(wait("Fri, 20 Nov 2026 11:00:00 GMT"), Some(0));
        assert_eq!(wait("-3"), None);
        assert_eq!(wait("soon"), None);
    }
}
