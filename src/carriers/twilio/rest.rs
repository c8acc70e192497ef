//! The REST API. One request an effect, repeated only where it surely was not processed; each failure says whether the effect may
//! have happened.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::{Method, StatusCode};
use serde_json::Value;
use time::OffsetDateTime;
use tokio::time::Instant;
use url::form_urlencoded;

use super::calls::{self, GET, POST};
use super::is_sid;
use super::pace::{Pace, Queue, TooLate};
use super::render::{self, BOTH_TRACKS};
use super::urls::{Hook, Urls};
use super::wire::{Fields, Lost, Reply, Request, Wants, Wire};
use crate::application::ports::records::CallsListed;
use crate::application::ports::{CarrierClient, ControlError, Found, OnLeg, PlaceError};
use crate::domain::call::LegPlace;
use crate::domain::call::record::LegRecord;
use crate::domain::call::script::{Conference, Placement, Script, Speech, Step};
use crate::domain::call::signal::{Again, CarrierLeg, CarrierRoom};
use crate::domain::ids::{CallId, LegId, StreamId};

/// How long an effect may be repeated for, where the carrier says "too many requests".
const REPEATED_FOR: Duration = Duration::from_secs(4);
/// Of a list so many are asked for at once …
pub(super) const PAGE: usize = 20;
/// … and so many pages are looked through.
const PAGES_MAX: usize = 5;
/// "Call is not in the expected state": it is over.
const CALL_OVER: u64 = 21220;

/// Twilio's REST side, for one connection.
pub struct Client {
    wire: Wire,
    pace: Arc<Pace>,
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
        "twilio"
    }

    async fn place(&self, placement: &Placement) -> Result<CarrierLeg, PlaceError> {
        /// Less than that nobody hears.
        const RING_LEAST: Duration = Duration::from_secs(1);
        let until = Instant::now() + placement.ring;
        let at_most = placement.ring.saturating_sub(RING_LEAST);
        let waited = self.pace.turn(at_most).await?;
        let ring = placement.ring.saturating_sub(waited).max(RING_LEAST);
        let form = calls::create_call(placement, ring, &self.urls(placement.call, placement.leg));
        let request = Request {
            method: Method::POST,
            path: &["Calls.json"],
            query: &[],
            form: Some(form),
            until,
            wants: Wants::Json,
        };
        placed(&self.wire.send(request).await?)
    }

    async fn hang_up(&self, on: &OnLeg) -> Result<(), ControlError> {
        // Ends one that still rings as well.
        match self.update_call(on, vec![("Status", "completed".to_owned())]).await {
            Err(ControlError::LegOver) => Ok(()),
            result => result,
        }
    }

    async fn send_digits(&self, on: &OnLeg, digits: &str) -> Result<(), ControlError> {
        let urls = self.urls(on.call, on.leg);
        let Some(sound) = urls.tones(digits) else {
            return Err(refused("only 0-9 * # and p can be sent, and at most 32"));
        };
        match self.announce(on, sound, GET).await {
            Ok(Announced::Yes) => Ok(()),
            // The door is worth more than the talk: out of the room, the tones can be heard for sure.
            Ok(Announced::NotInRoom) | Err(ControlError::Refused { .. }) => {
                let tones = Script::of([Step::Tones { tones: digits.to_owned() }]);
                self.instead(on, render::interlude(&tones, &urls)).await
            }
            Err(error) => Err(error),
        }
    }

    async fn redirect(&self, on: &OnLeg, script: &Script) -> Result<(), ControlError> {
        self.instead(on, render::inline(script, &self.urls(on.call, on.leg))).await
    }

    /// No key is heard while a leg is in a room, and nothing can be done about it.
    async fn listen_for_keys(&self, _on: &OnLeg) -> Result<(), ControlError> {
        Ok(())
    }

    async fn mute(&self, on: &OnLeg) -> Result<(), ControlError> {
        self.update_participant(on, vec![("Muted", "true".to_owned())]).await
    }

    async fn unmute(&self, on: &OnLeg) -> Result<(), ControlError> {
        self.update_participant(on, vec![("Muted", "false".to_owned())]).await
    }

    async fn hold(&self, on: &OnLeg) -> Result<(), ControlError> {
        let music = self.urls(on.call, on.leg).hold_music();
        let fields =
            vec![("Hold", "true".to_owned()), ("HoldUrl", music), ("HoldMethod", GET.to_owned())];
        self.update_participant(on, fields).await
    }

    async fn resume(&self, on: &OnLeg) -> Result<(), ControlError> {
        self.update_participant(on, vec![("Hold", "false".to_owned())]).await
    }

    async fn say(&self, on: &OnLeg, text: &str, language: &str) -> Result<(), ControlError> {
        let speech = Speech { text: text.to_owned(), language: language.to_owned() };
        if !render::can_say(&speech) {
            return Err(refused("there is nothing to say"));
        }
        let urls = self.urls(on.call, on.leg);
        match self.announce(on, urls.of_sentence(on.cause), POST).await? {
            Announced::Yes => Ok(()),
            Announced::NotInRoom => {
                let said = Script::of([Step::Say(speech)]);
                self.instead(on, render::interlude(&said, &urls)).await
            }
        }
    }

    async fn start_stream(&self, on: &OnLeg, stream: StreamId) -> Result<(), ControlError> {
        let urls = self.urls(on.call, on.leg);
        let [(stream_is, one), (call_is, two), (leg_is, three)] = urls.stream_parameters(stream);
        let form = vec![
            ("Url", urls.media()),
            ("Name", stream.to_string()),
            ("Track", BOTH_TRACKS.to_owned()),
            ("StatusCallback", urls.of_leg(Hook::Stream)),
            ("StatusCallbackMethod", POST.to_owned()),
            ("Parameter1.Name", stream_is.to_owned()),
            ("Parameter1.Value", one),
            ("Parameter2.Name", call_is.to_owned()),
            ("Parameter2.Value", two),
            ("Parameter3.Name", leg_is.to_owned()),
            ("Parameter3.Value", three),
        ];
        self.post(&["Calls", call_of(on)?, "Streams.json"], form).await?.control()
    }

    async fn stop_stream(&self, on: &OnLeg, stream: StreamId) -> Result<(), ControlError> {
        let name = format!("{stream}.json");
        let form = vec![("Status", "stopped".to_owned())];
        match self.post(&["Calls", call_of(on)?, "Streams", &name], form).await?.control() {
            // It ended with the leg, or by itself.
            Err(ControlError::LegOver) => Ok(()),
            result => result,
        }
    }

    async fn lets_us_in(&self) -> Result<(), ControlError> {
        let page = [("PageSize".to_owned(), "1".to_owned())];
        self.get(&["Calls.json"], &page).await?.list("calls").map(drop)
    }

    /// A call that waits in the carrier's queue has no start yet, by which lists are cut: it is looked for by itself.
    async fn find(
        &self,
        placement: &Placement,
        placed_after: OffsetDateTime,
    ) -> Result<Found, ControlError> {
        let mut found = Vec::<Value>::new();
        for (name, value) in
            [("StartTime>", calls::day_of(placed_after)), ("Status", "queued".to_owned())]
        {
            let query = [
                ("To".to_owned(), placement.to.as_e164().to_owned()),
                ("From".to_owned(), placement.from.as_e164().to_owned()),
                (name.to_owned(), value),
                ("PageSize".to_owned(), PAGE.to_string()),
            ];
            let Some(listed) = self.list(&["Calls.json"], &query, "calls", PAGES_MAX).await? else {
                // What was not looked through may fit as well.
                return Ok(Found::Ambiguous);
            };
            for call in listed {
                let is_new = found.iter().all(|other| other.get("sid") != call.get("sid"));
                if is_new && calls::is_of(&call, placement, placed_after) {
                    found.push(call);
                }
            }
        }
        calls::only_one(&found).ok_or_else(nameless)
    }

    async fn look_up(&self, on: &OnLeg, _: OffsetDateTime) -> Result<LegRecord, ControlError> {
        self.record_of(call_of(on)?).await
    }

    async fn calls_between(
        &self,
        from: OffsetDateTime,
        to: OffsetDateTime,
    ) -> Result<CallsListed, ControlError> {
        self.listed_between(from, to).await
    }
}

/// What came of playing something into a room.
enum Announced {
    Yes,
    /// Surely not: the leg is not in the room, or there is none.
    NotInRoom,
}

impl Client {
    pub(super) fn new(wire: Wire, pace: Arc<Pace>, public_url: String, token: String) -> Self {
        Self { wire, pace, public_url, token }
    }

    /// What waits to be placed at this connection's account, in this process.
    pub fn queue(&self) -> Queue {
        self.pace.queue()
    }

    /// Closes a call's room: all who are in it are out. One that is closed already counts as closed.
    pub async fn end_room(
        &self,
        call: CallId,
        room: Option<&CarrierRoom>,
    ) -> Result<(), ControlError> {
        let Some(room) = self.room(call, room).await? else { return Ok(()) };
        let name = format!("{room}.json");
        let form = vec![("Status", "completed".to_owned())];
        match self.post(&["Conferences", &name], form).await?.control() {
            Err(ControlError::LegOver) => Ok(()),
            result => result,
        }
    }

    /// Other TwiML in place of what the leg hears; out of its room, if it is in one.
    async fn instead(&self, on: &OnLeg, twiml: Option<String>) -> Result<(), ControlError> {
        let twiml = twiml.ok_or_else(|| refused("there is more to hear than a request takes"))?;
        self.update_call(on, vec![("Twiml", twiml)]).await
    }

    async fn update_call(&self, on: &OnLeg, form: Fields) -> Result<(), ControlError> {
        let name = format!("{}.json", call_of(on)?);
        self.post(&["Calls", &name], form).await?.control()
    }

    async fn update_participant(&self, on: &OnLeg, form: Fields) -> Result<(), ControlError> {
        let not_in_room = || refused("the leg is not in the room");
        let room = self.room(on.call, on.room.as_ref()).await?.ok_or_else(not_in_room)?;
        let name = format!("{}.json", call_of(on)?);
        match self.post(&["Conferences", &room, "Participants", &name], form).await?.control() {
            Err(ControlError::LegOver) => Err(not_in_room()),
            result => result,
        }
    }

    /// Plays what is at a URL to one leg, over the talk. A leg that we believe to be outside is tried as well where the room is
    /// known: if our news of it is old, anything else would take it out of the room.
    async fn announce(
        &self,
        on: &OnLeg,
        url: String,
        method: &'static str,
    ) -> Result<Announced, ControlError> {
        if on.place == LegPlace::Outside && on.room.is_none() {
            return Ok(Announced::NotInRoom);
        }
        let Some(room) = self.room(on.call, on.room.as_ref()).await? else {
            return Ok(Announced::NotInRoom);
        };
        let name = format!("{}.json", call_of(on)?);
        let form = vec![("AnnounceUrl", url), ("AnnounceMethod", method.to_owned())];
        match self.post(&["Conferences", &room, "Participants", &name], form).await?.control() {
            Ok(()) => Ok(Announced::Yes),
            Err(ControlError::LegOver) => Ok(Announced::NotInRoom),
            Err(error) => Err(error),
        }
    }

    /// The carrier's name for a call's room: as it told us, or as it lists it.
    async fn room(
        &self,
        call: CallId,
        told: Option<&CarrierRoom>,
    ) -> Result<Option<String>, ControlError> {
        if let Some(CarrierRoom(sid)) = told {
            return if is_sid("CF", sid) {
                Ok(Some(sid.clone()))
            } else {
                Err(refused("this is no room of Twilio's"))
            };
        }
        let query = [
            ("FriendlyName".to_owned(), Conference::of(call).name().to_owned()),
            ("PageSize".to_owned(), PAGE.to_string()),
        ];
        let listed = self.get(&["Conferences.json"], &query).await?.list("conferences")?;
        let text = |room: &Value, name| room.get(name).and_then(Value::as_str).map(str::to_owned);
        let open = listed
            .iter()
            .find(|room| text(room, "status").is_some_and(|status| status != "completed"));
        Ok(open.and_then(|room| text(room, "sid")).filter(|sid| is_sid("CF", sid)))
    }

    async fn post(&self, path: &[&str], form: Fields) -> Result<Reply, ControlError> {
        let request = Request {
            method: Method::POST,
            path,
            query: &[],
            form: Some(form),
            until: Instant::now() + REPEATED_FOR,
            wants: Wants::Nothing,
        };
        Ok(self.wire.send(request).await?)
    }

    pub(super) async fn get(
        &self,
        path: &[&str],
        query: &[(String, String)],
    ) -> Result<Reply, ControlError> {
        let request = Request {
            method: Method::GET,
            path,
            query,
            form: None,
            until: Instant::now() + REPEATED_FOR,
            wants: Wants::Json,
        };
        Ok(self.wire.send(request).await?)
    }

    /// All pages of a list. `None`: there are more than we look through.
    pub(super) async fn list(
        &self,
        path: &[&str],
        query: &[(String, String)],
        of: &str,
        pages_max: usize,
    ) -> Result<Option<Vec<Value>>, ControlError> {
        let mut query = query.to_vec();
        let mut all = Vec::new();
        for _ in 0..pages_max {
            let page = self.get(path, &query).await?;
            all.extend(page.list(of)?);
            match page.next_query() {
                Some(next) => query = next,
                None => return Ok(Some(all)),
            }
        }
        Ok(None)
    }

    /// The time tells one script of a leg from the next.
    fn urls(&self, call: CallId, leg: LegId) -> Urls<'_> {
        let milliseconds = self.wire.clock.now().unix_timestamp_nanos() / 1_000_000;
        let n = u64::try_from(milliseconds).unwrap_or_default();
        Urls { public_url: &self.public_url, token: &self.token, call, leg, n }
    }
}

/// What the answer to a placement means. A success that names no call leaves open whether there is one.
fn placed(reply: &Reply) -> Result<CarrierLeg, PlaceError> {
    match reply.status {
        status if status.is_success() => reply
            .json
            .as_ref()
            .and_then(calls::carrier_leg)
            .ok_or_else(|| PlaceError::Unknown { reason: garbage_words(reply) }),
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

impl Reply {
    /// What the answer to an effect means.
    pub(super) fn control(&self) -> Result<(), ControlError> {
        match self.status {
            status if status.is_success() => Ok(()),
            StatusCode::NOT_FOUND => Err(ControlError::LegOver),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(ControlError::NotYet { reason: self.reason(), wait: self.wait() })
            }
            StatusCode::REQUEST_TIMEOUT => Err(ControlError::Unknown { reason: self.reason() }),
            status if status.is_client_error() && self.code() == Some(CALL_OVER) => {
                Err(ControlError::LegOver)
            }
            status if status.is_client_error() => Err(refused(&self.reason())),
            _ => Err(ControlError::Unknown { reason: self.reason() }),
        }
    }

    /// A page of a list.
    fn list(&self, of: &str) -> Result<Vec<Value>, ControlError> {
        match self.control() {
            // A list is no leg.
            Err(ControlError::LegOver) => Err(refused(&self.reason())),
            Err(error) => Err(error),
            Ok(()) => {
                let page = self.json.as_ref().and_then(|json| json.get(of)?.as_array());
                page.cloned().ok_or_else(|| garbage(self))
            }
        }
    }

    /// What to ask for to get the next page. Of the address that the carrier gives only the query is used: credentials go nowhere
    /// but where we send them.
    fn next_query(&self) -> Option<Vec<(String, String)>> {
        let next = self.json.as_ref()?.get("next_page_uri")?.as_str()?;
        let (_, query) = next.split_once('?')?;
        Some(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }
}

impl From<TooLate> for PlaceError {
    fn from(_: TooLate) -> Self {
        let reason = "so many calls wait at this account that this one would ring too late";
        Self::Refused { reason: reason.to_owned(), again: Again::Never }
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

fn refused(reason: &str) -> ControlError {
    ControlError::Refused { reason: reason.to_owned() }
}

pub(super) fn nameless() -> ControlError {
    unknown("the carrier lists a call without an id")
}

fn unknown(reason: &str) -> ControlError {
    ControlError::Unknown { reason: reason.to_owned() }
}

pub(super) fn garbage(reply: &Reply) -> ControlError {
    unknown(&garbage_words(reply))
}

fn garbage_words(reply: &Reply) -> String {
    format!("the carrier answered {} with something unreadable", reply.status.as_u16())
}

fn call_of(on: &OnLeg) -> Result<&str, ControlError> {
    sid_of(&on.carrier_leg)
}

/// An id that is none of Twilio's must not become part of a path.
fn sid_of(leg: &CarrierLeg) -> Result<&str, ControlError> {
    if is_sid("CA", &leg.id) { Ok(&leg.id) } else { Err(refused("this is no call of Twilio's")) }
}
