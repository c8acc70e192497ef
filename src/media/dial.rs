//! The way to a backend: looked up once, checked, and connected to the very address that was checked. Redirects are not followed.

use std::fmt::Debug;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::ExposeSecret;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{
    AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL, USER_AGENT,
};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};
use url::{Host, Url};

use super::{MESSAGE_BYTES_MAX, SUBPROTOCOL, Settings};
use crate::application::ports::streams::BackendPlan;
use crate::domain::webhook::address::{Address, AddressError, PrivateAddresses, is_public};

/// Buffers of a socket, each way: a frame is small, and there are many sockets.
const BUFFER: usize = 4 * 1_024;
/// What may wait to be written: a frozen backend shall not hold more.
const WRITE_BUFFER_MAX: usize = 128 * 1_024;

/// Who knows where names are.
#[async_trait]
pub trait Lookup: Send + Sync + Debug {
    /// All addresses of a name.
    async fn look_up(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>>;
}

/// The machine's resolver.
#[derive(Debug)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn look_up(&self, name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(tokio::net::lookup_host((name, port)).await?.collect())
    }
}

/// A socket to a backend.
pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Why a backend can not be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotReached {
    /// Now. It is worth another try.
    Now(&'static str),
    /// Ever: trying again would be no different.
    Ever(&'static str),
}

/// Reaches backends.
#[derive(Clone)]
pub(super) struct Dialler {
    settings: Arc<Settings>,
    tls: Connector,
}

impl Debug for Dialler {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Dialler")
    }
}

impl Dialler {
    pub fn new(settings: Arc<Settings>) -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.to_vec();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider speaks the protocol's usual versions")
            .with_root_certificates(rustls::RootCertStore { roots })
            .with_no_client_auth();
        Self { settings, tls: Connector::Rustls(Arc::new(config)) }
    }

    /// A socket to the backend, or why there is none.
    pub async fn reach(&self, backend: &BackendPlan) -> Result<Socket, NotReached> {
        check(&backend.url, self.settings.private)?;
        let request = request(backend)?;
        let reached =
            tokio::time::timeout(self.settings.connect_within, self.connect(&backend.url, request));
        reached.await.unwrap_or(Err(NotReached::Now("no connection in time")))
    }

    async fn connect(&self, url: &Url, request: Request) -> Result<Socket, NotReached> {
        let addresses = self.addresses(url).await?;
        let stream = TcpStream::connect(&addresses[..])
            .await
            .map_err(|_| NotReached::Now("no connection: refused or unreachable"))?;
        // A frame is sent at once, whatever the last one's acknowledgement does.
        let _ = stream.set_nodelay(true);
        let config = WebSocketConfig::default()
            .read_buffer_size(BUFFER)
            .write_buffer_size(BUFFER)
            .max_write_buffer_size(WRITE_BUFFER_MAX)
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        let upgraded = tokio_tungstenite::client_async_tls_with_config(
            request,
            stream,
            Some(config),
            Some(self.tls.clone()),
        );
        upgraded.await.map(|(socket, _)| socket).map_err(|error| NotReached::Now(in_short(&error)))
    }

    /// One private address among public ones is enough to refuse the name: nobody's public name has any.
    async fn addresses(&self, url: &Url) -> Result<Vec<SocketAddr>, NotReached> {
        let port = url.port_or_known_default().unwrap_or(443);
        let found = match url.host() {
            Some(Host::Ipv4(address)) => vec![SocketAddr::new(IpAddr::V4(address), port)],
            Some(Host::Ipv6(address)) => vec![SocketAddr::new(IpAddr::V6(address), port)],
            Some(Host::Domain(name)) => self
                .settings
                .lookup
                .look_up(name, port)
                .await
                .map_err(|_| NotReached::Now("the host's name can not be resolved"))?,
            None => return Err(NotReached::Ever("the URL has no host")),
        };
        let is_allowed = |address: &SocketAddr| {
            self.settings.private == PrivateAddresses::Allowed || is_public(address.ip())
        };
        if found.is_empty() {
            return Err(NotReached::Now("the host's name has no address"));
        }
        if found.iter().all(is_allowed) {
            Ok(found)
        } else {
            Err(NotReached::Ever("the host's address is not on the public internet"))
        }
    }
}

/// The same rules as for webhooks: of `wss` those of `https`.
fn check(url: &Url, private: PrivateAddresses) -> Result<(), NotReached> {
    let scheme = match url.scheme() {
        "wss" => "https",
        "ws" => "http",
        _ => return Err(NotReached::Ever("the URL does not begin with wss://")),
    };
    let as_web = format!("{scheme}{}", &url.as_str()[url.scheme().len()..]);
    match Address::parse(&as_web, private) {
        Ok(_) => Ok(()),
        Err(AddressError::NotHttps) => Err(NotReached::Ever("the URL does not begin with wss://")),
        Err(AddressError::NotPublic) => {
            Err(NotReached::Ever("the host's address is not on the public internet"))
        }
        Err(_) => Err(NotReached::Ever("the URL may not be used")),
    }
}

fn request(backend: &BackendPlan) -> Result<Request, NotReached> {
    let unusable = |_| NotReached::Ever("the URL may not be used");
    let mut request = backend.url.as_str().into_client_request().map_err(unusable)?;
    let headers = request.headers_mut();
    headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    headers.insert(
        USER_AGENT,
        HeaderValue::from_static(concat!("vestibule-media/", env!("CARGO_PKG_VERSION"))),
    );
    if let Some(authorization) = &backend.authorization {
        let mut value = HeaderValue::from_str(authorization.expose_secret())
            .map_err(|_| NotReached::Ever("the authorization is no header's value"))?;
        value.set_sensitive(true);
        headers.insert(AUTHORIZATION, value);
    }
    Ok(request)
}

/// In our words: theirs may hold the URL, and with it a secret of its owner's.
pub(super) fn in_short(error: &tungstenite::Error) -> &'static str {
    use tungstenite::Error;
    use tungstenite::error::ProtocolError;
    match error {
        Error::Http(response) => match response.status().as_u16() {
            300..=399 => "the upgrade was answered with a redirect",
            401 | 403 => "the upgrade was refused: not authorized",
            404 => "the upgrade was refused: not found",
            400..=499 => "the upgrade was refused",
            _ => "the upgrade failed",
        },
        Error::Tls(_) => "TLS failed",
        Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(_)) => {
            "the upgrade does not name the protocol vestibule.media.v1"
        }
        Error::Capacity(_) => "a message of more than 64 KiB",
        Error::Protocol(_) | Error::Utf8(_) => "not the WebSocket protocol",
        _ => "the connection broke",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_wss_to_the_public_internet_is_tried() {
        let refused = |url: &str| check(&url.parse().unwrap(), PrivateAddresses::Refused).is_err();

        assert!(!refused("wss://audio.example.com/calls?key=1"));
        for url in [
            "ws://audio.example.com/",
            "wss://127.0.0.1/",
            "wss://[::1]/",
            "wss://2130706433/",
            "wss://169.254.169.254/",
            "wss://localhost/",
            "wss://audio.example.com:22/",
            "wss://ada:secret@audio.example.com/",
            "https://audio.example.com/",
            "file:///etc/passwd",
        ] {
            assert!(refused(url), "{url}");
        }
        assert!(check(&"ws://127.0.0.1:9000/".parse().unwrap(), PrivateAddresses::Allowed).is_ok());
    }
}
