//! The Voice API. One request an effect, never repeated here; each failure says whether the effect may have happened.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::calls::{self, Action, Destination, Listen, SendDigits, Talk};
use super::is_id;
use super::render;
use super::urls::{Hook, Urls};
use super::wire::{Lost, Reply, Request, Wants, Wire};
use crate::application::ports::records::CallsListed;
use crate::application::ports::{CarrierClient, ControlError, Found, OnLeg, PlaceError};
use crate::domain::call::record::LegRecord;
use crate::domain::call::room::{Hold, Voice};
use crate::domain::call::script::{Placement, Script};
use crate::domain::call::signal::{Again, CarrierLeg};
use crate::domain::ids::{CallId, LegId, StreamId};

/// So many calls of a list are asked for at once: at some 600 bytes a call, a page stays well below what is read of an answer.
pub(super) const PAGE: usize = 50;

/// Vonage's REST side, for one connection.
pub struct Client {
    wire: Wire,
    public_url: String,
    token: String,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("wire", &self.wire).finish_non_exhaustive()
    }
}

#[async_trait]
impl CarrierClient for Client {
    fn carrier(&self) -> &'static str {
        "vonage"
    }

    async fn place(&self, placement: &Placement) -> Result<CarrierLeg, PlaceError> {
        let body = calls::create_call(placement, &self.urls(placement.call, placement.leg));
        let reply = self
            .wire
            .send(Request {
                method: Method::POST,
                path: &[],
                query: &[],
                body: Some(&body),
                region: placement.region.as_deref(),
                wants: Wants::Json,
            })
            .await?;
        placed(&reply, placement.region.as_deref())
    }

    async fn hang_up(&self, on: &OnLeg) -> Result<(), ControlError> {
        let reply = self.put(&on.carrier_leg, &[], &Action::Hangup).await?;
        // A leg can not be ended in its first two seconds, and is said to be a bad request then.
        if reply.status == StatusCode::BAD_REQUEST && !reply.names_parameters() {
            let wait = Duration::from_millis(700);
            return Err(ControlError::NotYet { reason: reply.reason(), wait });
        }
        match reply.control() {
            Err(ControlError::LegOver) => Ok(()),
            result => result,
        }
    }

    async fn send_digits(&self, on: &OnLeg, digits: &str) -> Result<(), ControlError> {
        let known = |digit| matches!(digit, b'0'..=b'9' | b'*' | b'#' | b'p');
        if digits.is_empty() || !digits.bytes().all(known) {
            return Err(refused("only 0-9 * # and p can be sent"));
        }
        self.put(&on.carrier_leg, &["dtmf"], &SendDigits { digits }).await?.control()
    }

    async fn redirect(&self, on: &OnLeg, script: &Script) -> Result<(), ControlError> {
        let ncco = render::ncco(script, &self.urls(on.call, on.leg));
        let transfer = Action::Transfer { destination: Destination::Ncco { ncco } };
        self.put(&on.carrier_leg, &[], &transfer).await?.control()
    }

    async fn listen_for_keys(&self, on: &OnLeg) -> Result<(), ControlError> {
        let event_url = [self.urls(on.call, on.leg).of_step(Hook::Keys)];
        self.put(&on.carrier_leg, &["input", "dtmf"], &Listen { event_url }).await?.control()
    }

    async fn mute(&self, on: &OnLeg) -> Result<(), ControlError> {
        self.put(&on.carrier_leg, &[], &Action::Mute).await?.control()
    }

    /// Who is on hold is mute until that is over.
    async fn unmute(&self, on: &OnLeg) -> Result<(), ControlError> {
        match on.hold {
            Hold::Free => self.put(&on.carrier_leg, &[], &Action::Unmute).await?.control(),
            Hold::OnHold => Ok(()),
        }
    }

    /// Deaf, then mute: it has no action that is both.
    async fn hold(&self, on: &OnLeg) -> Result<(), ControlError> {
        self.put(&on.carrier_leg, &[], &Action::Earmuff).await?.control()?;
        self.mute(on).await
    }

    /// Who was muted beside the hold stays so.
    async fn resume(&self, on: &OnLeg) -> Result<(), ControlError> {
        self.put(&on.carrier_leg, &[], &Action::Unearmuff).await?.control()?;
        match on.voice {
            Voice::Heard => self.put(&on.carrier_leg, &[], &Action::Unmute).await?.control(),
            Voice::Muted => Ok(()),
        }
    }

    async fn say(&self, on: &OnLeg, text: &str, language: &str) -> Result<(), ControlError> {
        let text = render::spoken(text);
        if text.is_empty() {
            return Err(refused("there is nothing to say"));
        }
        let language = render::voice(language);
        self.put(&on.carrier_leg, &["talk"], &Talk { text, language }).await?.control()
    }

    /// A leg of its own that listens in on the call's room. Never repeated: nothing here would tell two of them apart.
    async fn start_stream(&self, on: &OnLeg, stream: StreamId) -> Result<(), ControlError> {
        let body = calls::create_listener(stream, &self.urls(on.call, on.leg));
        let reply = self
            .wire
            .send(Request {
                method: Method::POST,
                path: &[],
                query: &[],
                body: Some(&body),
                region: on.carrier_leg.region.as_deref(),
                wants: Wants::Json,
            })
            .await?;
        match reply.control() {
            // Nothing was asked of any leg.
            Err(ControlError::LegOver) => Err(refused(&reply.reason())),
            result => result,
        }
    }

    async fn stop_stream(&self, on: &OnLeg, _stream: StreamId) -> Result<(), ControlError> {
        self.hang_up(on).await
    }

    /// Asks something of a leg that does not exist: who answers that it does not has let us in.
    async fn lets_us_in(&self) -> Result<(), ControlError> {
        let no_leg =
            CarrierLeg { id: "00000000-0000-4000-8000-000000000000".to_owned(), region: None };
        match self.put(&no_leg, &[], &Action::Mute).await?.control() {
            Err(ControlError::LegOver) => Ok(()),
            result => result,
        }
    }

    async fn find(
        &self,
        placement: &Placement,
        placed_after: OffsetDateTime,
    ) -> Result<Found, ControlError> {
        const PAGES_MAX: usize = 5;
        const AROUND: Duration = Duration::from_secs(10);
        let span = (placed_after - AROUND, placed_after + AROUND + Duration::from_secs(1));
        let mut found = Vec::new();
        for page in 0..PAGES_MAX {
            let listed = self.list(span, placement.region.as_deref(), (page * PAGE, PAGE)).await?;
            found.extend(listed.iter().filter(|call| calls::is_of(call, placement)).cloned());
            if listed.len() < PAGE {
                return calls::only_one(&found, placement.region.as_deref()).ok_or_else(nameless);
            }
        }
        // What was not looked through may fit as well.
        Ok(Found::Ambiguous)
    }

    /// The carrier forgets legs after two days.
    async fn look_up(&self, on: &OnLeg, _: OffsetDateTime) -> Result<LegRecord, ControlError> {
        self.record_of(&on.carrier_leg).await
    }

    async fn calls_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError> {
        self.listed_between(from, to).await
    }
}

impl Client {
    pub(super) fn new(wire: Wire, public_url: String, token: String) -> Self {
        Self { wire, public_url, token }
    }

    async fn put<B: Serialize + Sync>(
        &self,
        leg: &CarrierLeg,
        below: &[&str],
        body: &B,
    ) -> Result<Reply, ControlError> {
        let mut path = vec![id_of(leg)?];
        path.extend(below);
        let reply = self
            .wire
            .send(Request {
                method: Method::PUT,
                path: &path,
                query: &[],
                body: Some(body),
                region: leg.region.as_deref(),
                wants: Wants::Nothing,
            })
            .await?;
        Ok(reply)
    }

    /// A page of what was made within a span of time.
    pub(super) async fn list(
        &self,
        (from, to): (OffsetDateTime, OffsetDateTime),
        region: Option<&str>,
        (record_index, page_size): (usize, usize),
    ) -> Result<Vec<Value>, ControlError> {
        let query = [
            ("date_start", calls::whole_second(from)),
            ("date_end", calls::whole_second(to)),
            ("page_size", page_size.to_string()),
            ("record_index", record_index.to_string()),
            ("order", "asc".to_owned()),
        ];
        let reply = self.get(&[], &query, region).await?;
        match reply.control() {
            // A list is no leg.
            Err(ControlError::LegOver) => Err(refused(&reply.reason())),
            Err(error) => Err(error),
            Ok(()) => {
                let calls = reply.json.as_ref().and_then(|json| json.pointer("/_embedded/calls"));
                calls.and_then(Value::as_array).cloned().ok_or_else(|| garbage(&reply))
            }
        }
    }

    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        region: Option<&str>,
    ) -> Result<Reply, ControlError> {
        let reply = self
            .wire
            .send(Request::<()> {
                method: Method::GET,
                path,
                query,
                body: None,
                region,
                wants: Wants::Json,
            })
            .await?;
        Ok(reply)
    }

    /// The time tells one script of a leg from the next.
    fn urls(&self, call: CallId, leg: LegId) -> Urls<'_> {
        let milliseconds = self.wire.clock.now().unix_timestamp_nanos() / 1_000_000;
        let n = u64::try_from(milliseconds).unwrap_or_default();
        Urls { public_url: &self.public_url, token: &self.token, call, leg, n }
    }
}

/// What the answer to a placement means. A success that names no leg leaves open whether there is one.
fn placed(reply: &Reply, region: Option<&str>) -> Result<CarrierLeg, PlaceError> {
    match reply.status {
        status if status.is_success() => reply
            .json
            .as_ref()
            .and_then(|call| calls::carrier_leg(call, region))
            .ok_or_else(|| PlaceError::Unknown { reason: garbage_words(reply) }),
        StatusCode::TOO_MANY_REQUESTS => Err(PlaceError::Refused {
            reason: reply.reason(),
            again: Again::after(reply.retry_after),
        }),
        StatusCode::REQUEST_TIMEOUT => Err(PlaceError::Unknown { reason: reply.reason() }),
        status if status.is_client_error() => {
            Err(PlaceError::Refused { reason: reply.reason(), again: Again::Never })
        }
        _ => Err(PlaceError::Unknown { reason: reply.reason() }),
    }
}

impl Reply {
    /// What the answer to an effect on a leg means.
    pub(super) fn control(&self) -> Result<(), ControlError> {
        match self.status {
            status if status.is_success() => Ok(()),
            // Unknown, over, or forgotten.
            StatusCode::NOT_FOUND => Err(ControlError::LegOver),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(ControlError::NotYet { reason: self.reason(), wait: self.retry_after })
            }
            StatusCode::REQUEST_TIMEOUT => Err(ControlError::Unknown { reason: self.reason() }),
            status if status.is_client_error() => Err(refused(&self.reason())),
            _ => Err(ControlError::Unknown { reason: self.reason() }),
        }
    }
}

impl From<Lost> for PlaceError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::NotSent { reason, wait } => Self::Refused { reason, again: Again::after(wait) },
            Lost::Unknown { reason } => Self::Unknown { reason },
        }
    }
}

impl From<Lost> for ControlError {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::NotSent { reason, wait } => Self::NotYet { reason, wait },
            Lost::Unknown { reason } => Self::Unknown { reason },
        }
    }
}

pub(super) fn refused(reason: &str) -> ControlError {
    ControlError::Refused { reason: reason.to_owned() }
}

pub(super) fn garbage(reply: &Reply) -> ControlError {
    ControlError::Unknown { reason: garbage_words(reply) }
}

pub(super) fn nameless() -> ControlError {
    ControlError::Unknown { reason: "the carrier lists a call without an id".to_owned() }
}

fn garbage_words(reply: &Reply) -> String {
    format!("the carrier answered {} with something unreadable", reply.status.as_u16())
}

/// An id that is no plain word can not have come from Vonage, and must not become part of a path.
pub(super) fn id_of(leg: &CarrierLeg) -> Result<&str, ControlError> {
    if is_id(&leg.id) { Ok(&leg.id) } else { Err(refused("this is no leg of Vonage's")) }
}
