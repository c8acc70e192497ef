//! `/media/{carrier}/{token}`: carriers' audio sockets. Counted, verified, upgraded, and handed to `media`.

pub mod check;
mod places;

use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HeaderName, RETRY_AFTER};
use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use tracing::Instrument;

use self::check::{Refusal, Upgrade, UpgradeCheck};
use self::places::Places;
use crate::domain::webhook::address::PrivateAddresses;
use crate::http::stopping::Stopping;
use crate::media::{Dialect, Live, MESSAGE_BYTES_MAX, Proxy, Upgraded};

const TWILIO_SIGNATURE: HeaderName = HeaderName::from_static("x-twilio-signature");
/// When a carrier that found no place may come again, in seconds.
const COME_AGAIN: &str = "5";

/// What the audio sockets reach.
#[derive(Debug)]
pub struct Media {
    proxy: Proxy,
    check: Arc<dyn UpgradeCheck>,
    places: Places,
    stopping: Stopping,
}

impl Media {
    /// Nothing runs yet.
    pub fn new(proxy: Proxy, check: Arc<dyn UpgradeCheck>, stopping: Stopping) -> Self {
        let settings = proxy.settings();
        let places = Places::new(settings.streams, settings.streams_per_connection);
        Self { proxy, check, places, stopping }
    }

    /// How it is told that the process is about to end.
    pub fn stopping(&self) -> Stopping {
        self.stopping.clone()
    }

    /// Whether backends may be inside the operator's own network.
    pub fn private(&self) -> PrivateAddresses {
        self.proxy.settings().private
    }

    /// The streams that run in this process.
    pub fn live(&self) -> &Live {
        self.proxy.live()
    }
}

/// Registers the sockets. They need `Data<Media>` and nothing else.
pub fn configure(config: &mut ServiceConfig) {
    // Twilio may have been told the path with a slash at its end.
    config.service(
        web::resource(["/media/{carrier}/{token}", "/media/{carrier}/{token}/"])
            .route(web::get().to(take)),
    );
}

/// Why there is no upgrade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turned {
    Refused(Refusal),
    Full(&'static str),
    Ending,
    NoUpgrade,
}

/// Takes a carrier's socket.
async fn take(
    media: Data<Media>,
    request: HttpRequest,
    payload: Payload,
    path: web::Path<(String, String)>,
) -> HttpResponse {
    let (carrier, token) = path.into_inner();
    let Some(dialect) = dialect(&carrier) else { return HttpResponse::NotFound().finish() };
    let (response, outcome) = match upgrade(media, &request, payload, dialect, token).await {
        Ok(response) => (response, "taken"),
        Err(turned) => (turned.response(), turned.name()),
    };
    let provider = dialect.name();
    metrics::counter!("media_upgrades_total", "provider" => provider, "outcome" => outcome)
        .increment(1);
    response
}

async fn upgrade(
    media: Data<Media>,
    request: &HttpRequest,
    payload: Payload,
    dialect: Dialect,
    token: String,
) -> Result<HttpResponse, Turned> {
    if media.stopping.is_draining() {
        return Err(Turned::Ending);
    }
    let place = media.places.one().ok_or(Turned::Full("full"))?;
    let upgrade = of(request, dialect, token);
    let connection = media.check.check(&upgrade).await.map_err(Turned::Refused)?;
    let place = place.on(connection).ok_or(Turned::Full("full_connection"))?;
    let (response, session, messages) =
        actix_ws::handle(request, payload).map_err(|_| Turned::NoUpgrade)?;
    let messages = messages
        .max_frame_size(MESSAGE_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(MESSAGE_BYTES_MAX);
    let upgraded = Upgraded { dialect, connection, session, messages };
    let ending = media.stopping.closed();
    let served = async move {
        media.proxy.serve(upgraded, ending).await;
        drop(place);
    };
    // On this worker's own thread, as its socket is: all of a call happens in one place, and nothing crosses threads.
    actix_web::rt::spawn(served.in_current_span());
    Ok(response)
}

fn dialect(carrier: &str) -> Option<Dialect> {
    [Dialect::Twilio, Dialect::Vonage].into_iter().find(|dialect| dialect.name() == carrier)
}

fn of(request: &HttpRequest, dialect: Dialect, token: String) -> Upgrade {
    let all = |name: &HeaderName| {
        let values = request.headers().get_all(name);
        values.filter_map(|value| value.to_str().ok().map(str::to_owned)).collect()
    };
    Upgrade {
        dialect,
        token,
        target: request.uri().path_and_query().map_or_else(String::new, ToString::to_string),
        authorization: all(&AUTHORIZATION),
        signature: all(&TWILIO_SIGNATURE),
    }
}

impl Turned {
    fn response(self) -> HttpResponse {
        match self {
            Self::Refused(Refusal::Unknown) => HttpResponse::NotFound().finish(),
            Self::Refused(Refusal::Unsigned | Refusal::Wrong) => HttpResponse::Forbidden().finish(),
            Self::Refused(Refusal::Unavailable) | Self::Full(_) | Self::Ending => {
                HttpResponse::ServiceUnavailable().insert_header((RETRY_AFTER, COME_AGAIN)).finish()
            }
            Self::NoUpgrade => HttpResponse::BadRequest()
                .body("this is a WebSocket: ask to upgrade, with version 13 and a key\n"),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Refused(Refusal::Unknown) => "unknown",
            Self::Refused(Refusal::Unsigned) => "unsigned",
            Self::Refused(Refusal::Wrong) => "wrong",
            Self::Refused(Refusal::Unavailable) => "unavailable",
            Self::Full(what) => what,
            Self::Ending => "server_ending",
            Self::NoUpgrade => "no_upgrade",
        }
    }
}
