//! The REST API. One request an effect, never repeated; each failure says whether the effect may have happened.
//!
//! What is done to a running call is done to all who are in it, and to calls that are established only: one that still rings is not
//! known there.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use time::OffsetDateTime;
use tokio::time::sleep;

use super::prompts::PromptUrls;
use super::render::is_audible;
use super::wire::{Lost, Query, Reply, Request, Wants, Wire};
use crate::application::ports::records::CallsListed;
use crate::application::ports::{
    Announcements, CarrierClient, ControlError, Found, OnLeg, PlaceError,
};
use crate::domain::call::record::LegRecord;
use crate::domain::call::script::{Placement, Script, Speech, Step};
use crate::domain::call::signal::{Again, CarrierLeg};
use crate::domain::ids::{StreamId, TenantId};

/// sipgate's REST side, for one connection.
pub struct Client {
    wire: Wire,
    tenant: TenantId,
    /// Where this connection's calls are to be announced.
    hooks: String,
    prompts: Arc<dyn PromptUrls>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("wire", &self.wire).finish_non_exhaustive()
    }
}

#[async_trait]
impl CarrierClient for Client {
    fn carrier(&self) -> &'static str {
        "sipgate"
    }

    /// The extension of the connection rings first; who picks up there is connected with whoever is called. How long it rings nobody can
    /// say, nor what it shall hear: that is asked for by the push that announces the call.
    async fn place(&self, placement: &Placement) -> Result<CarrierLeg, PlaceError> {
        let Some(device) = &self.wire.credentials.device_id else {
            let reason = "the connection has no extension to call from: its credentials may name a device_id";
            return Err(PlaceError::Refused { reason: reason.to_owned(), again: Again::Never });
        };
        let body = json!({
            "deviceId": device,
            "caller": device,
            "callee": placement.to.as_e164(),
            "callerId": placement.from.as_e164(),
        });
        let request = Request {
            method: Method::POST,
            path: &["sessions", "calls"],
            query: Query::new(),
            body: Some(body),
            wants: Wants::Json,
        };
        placed(&self.wire.send(request).await?)
    }

    async fn hang_up(&self, on: &OnLeg) -> Result<(), ControlError> {
        match self.change(Method::DELETE, &["calls", call_of(on)?], None).await {
            Err(ControlError::LegOver) => Ok(()),
            result => result,
        }
    }

    /// A request takes no pauses: what stands between them is sent by one request each.
    async fn send_digits(&self, on: &OnLeg, digits: &str) -> Result<(), ControlError> {
        const DIGITS_MAX: usize = 32;
        const PAUSE: Duration = Duration::from_millis(500);
        let known = |tone: u8| tone.is_ascii_digit() || matches!(tone, b'*' | b'#' | b'p');
        if !(1..=DIGITS_MAX).contains(&digits.len()) || !digits.bytes().all(known) {
            return Err(refused("only 0-9 * # and p can be sent, and at most 32"));
        }
        let path = ["calls", call_of(on)?, "dtmf"];
        let mut is_sent = false;
        for (place, sequence) in digits.split('p').enumerate() {
            if place > 0 {
                sleep(PAUSE).await;
            }
            if sequence.is_empty() {
                continue;
            }
            let sent =
                self.change(Method::POST, &path, Some(json!({ "sequence": sequence }))).await;
            match sent {
                Ok(()) => is_sent = true,
                // A part of them was heard: all of them again would be too much.
                Err(error) if is_sent => {
                    return Err(unknown(&format!("only a part of the keys was sent: {error}")));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// A running call can be ended, or be told something: whatever ends with hanging up, is hung up at once, because nothing tells when a
    /// sentence was heard.
    async fn redirect(&self, on: &OnLeg, script: &Script) -> Result<(), ControlError> {
        let steps = script.steps();
        if steps.iter().any(|step| matches!(step, Step::HangUp | Step::Reject)) {
            return self.hang_up(on).await;
        }
        if !steps.iter().all(is_audible) {
            return Err(refused("a running call can only be ended, or be told something"));
        }
        self.announce(on, steps).await
    }

    /// No key is heard while a call goes on, and nothing can be done about it.
    async fn listen_for_keys(&self, _on: &OnLeg) -> Result<(), ControlError> {
        Ok(())
    }

    async fn mute(&self, _on: &OnLeg) -> Result<(), ControlError> {
        Err(refused(ALL_OR_NOBODY))
    }

    async fn unmute(&self, _on: &OnLeg) -> Result<(), ControlError> {
        Err(refused(ALL_OR_NOBODY))
    }

    async fn hold(&self, _on: &OnLeg) -> Result<(), ControlError> {
        Err(refused(ALL_OR_NOBODY))
    }

    async fn resume(&self, _on: &OnLeg) -> Result<(), ControlError> {
        Err(refused(ALL_OR_NOBODY))
    }

    async fn say(&self, on: &OnLeg, text: &str, language: &str) -> Result<(), ControlError> {
        let speech = Speech { text: text.to_owned(), language: language.to_owned() };
        self.announce(on, &[Step::Say(speech)]).await
    }

    async fn start_stream(&self, _on: &OnLeg, _stream: StreamId) -> Result<(), ControlError> {
        Err(refused("this carrier sends no audio"))
    }

    async fn stop_stream(&self, _on: &OnLeg, _stream: StreamId) -> Result<(), ControlError> {
        Err(refused("this carrier sends no audio"))
    }

    async fn lets_us_in(&self) -> Result<(), ControlError> {
        self.get(&["authorization", "userinfo"], Query::new()).await?.document().map(drop)
    }

    async fn announces_here(&self) -> Result<Option<Announcements>, ControlError> {
        let reply = self.get(&["settings", "sipgateio"], Query::new()).await?;
        if reply.status == StatusCode::FORBIDDEN {
            return Err(refused(
                "403: sipgate.io is not booked, or the token may not read its settings",
            ));
        }
        let document = reply.document()?;
        let is_ours = |name| {
            let url = document.get(name).and_then(Value::as_str).unwrap_or_default();
            url.trim_end_matches('/') == self.hooks
        };
        // `null` is none; an empty list lets nothing through.
        let only_some = document.get("whitelist").is_some_and(Value::is_array);
        Ok(Some(Announcements {
            incoming: is_ours("incomingUrl"),
            outgoing: is_ours("outgoingUrl"),
            only_some,
        }))
    }

    async fn find(
        &self,
        placement: &Placement,
        placed_after: OffsetDateTime,
    ) -> Result<Found, ControlError> {
        self.find_placed(placement, placed_after).await
    }

    async fn look_up(&self, on: &OnLeg, began: OffsetDateTime) -> Result<LegRecord, ControlError> {
        self.record_of(call_of(on)?, began).await
    }

    async fn calls_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError> {
        self.listed_between(from, to).await
    }
}

const ALL_OR_NOBODY: &str = "this carrier can not silence one of those who talk";

impl Client {
    pub(super) fn new(
        wire: Wire,
        tenant: TenantId,
        hooks: String,
        prompts: Arc<dyn PromptUrls>,
    ) -> Self {
        Self { wire, tenant, hooks, prompts }
    }

    /// Plays a sound of ours to all who are in a call.
    async fn announce(&self, on: &OnLeg, audible: &[Step]) -> Result<(), ControlError> {
        let call = call_of(on)?;
        let url = self
            .prompts
            .of(self.tenant, audible)
            .ok_or_else(|| refused("there is nothing to say, or nobody to speak it"))?;
        self.change(Method::POST, &["calls", call, "announcements"], Some(json!({ "url": url })))
            .await
    }

    async fn change(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<(), ControlError> {
        let request = Request { method, path, query: Query::new(), body, wants: Wants::Nothing };
        self.wire.send(request).await?.control()
    }

    pub(super) async fn get(&self, path: &[&str], query: Query) -> Result<Reply, ControlError> {
        let request = Request { method: Method::GET, path, query, body: None, wants: Wants::Json };
        Ok(self.wire.send(request).await?)
    }
}

/// What the answer to a placement means. A success that names no call leaves open whether there is one.
fn placed(reply: &Reply) -> Result<CarrierLeg, PlaceError> {
    let id = || reply.json.as_ref()?.get("sessionId")?.as_str().filter(|id| is_name(id));
    match reply.status {
        status if status.is_success() => id()
            .map(|id| CarrierLeg { id: id.to_owned(), region: None })
            .ok_or_else(|| PlaceError::Unknown { reason: reply.garbage_words() }),
        StatusCode::TOO_MANY_REQUESTS => {
            Err(PlaceError::Refused { reason: reply.reason(), again: Again::after(reply.wait()) })
        }
        StatusCode::REQUEST_TIMEOUT => Err(PlaceError::Unknown { reason: reply.reason() }),
        status if status.is_client_error() => {
            Err(PlaceError::Refused { reason: reply.reason(), again: Again::Never })
        }
        _ => Err(PlaceError::Unknown { reason: reply.reason() }),
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

fn refused(reason: &str) -> ControlError {
    ControlError::Refused { reason: reason.to_owned() }
}

pub(super) fn unknown(reason: &str) -> ControlError {
    ControlError::Unknown { reason: reason.to_owned() }
}

/// An id that can not be sipgate's must not become part of a path; what else is in it is escaped there.
fn call_of(on: &OnLeg) -> Result<&str, ControlError> {
    let id = &on.carrier_leg.id;
    if is_name(id) { Ok(id) } else { Err(refused("this is no call of sipgate's")) }
}

/// Dots alone would lead to another path.
pub(super) fn is_name(id: &str) -> bool {
    const LENGTH_MAX: usize = 256;
    (1..=LENGTH_MAX).contains(&id.len())
        && !id.chars().any(char::is_control)
        && !id.bytes().all(|byte| byte == b'.')
}
