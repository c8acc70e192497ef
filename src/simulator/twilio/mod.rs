//! The Twilio Voice platform as its customers see it: signed form webhooks, TwiML, conferences, media streams, and the REST API.

pub mod account;
pub mod conference;
pub mod detection;
pub mod events;
pub mod fetch;
pub mod hooks;
pub mod life;
pub mod overrides;
pub mod queue;
pub mod rest;
pub mod run;
pub mod sign;
pub mod streams;
pub mod twiml;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{mpsc, watch};
use url::Url;

pub use self::{
    account::{TwilioAccount, TwilioNumber},
    streams::StreamView,
};
use self::{
    conference::{Conferences, Entry},
    detection::Detection,
    fetch::Program,
    hooks::Hook,
    queue::Queue,
    streams::Streams,
};
use super::{
    exchange::Exchange,
    leg::{Beginning, Direction, Leg},
    pace::Pace,
    scenario::{Phone, digits},
    settings::Method,
};

/// One simulated platform: its customers' accounts, their calls, conferences and streams.
#[derive(Debug)]
pub struct Platform {
    pub exchange: Arc<Exchange>,
    pub conferences: Conferences,
    pub streams: Streams,
    pub queue: Queue,
    pub requests: Pace,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<String, Arc<TwilioAccount>>,
    calls: HashMap<String, Arc<Call>>,
    /// Oldest first, so that a long load test does not keep every call.
    order: VecDeque<String>,
    clients: HashMap<Duration, reqwest::Client>,
}

/// A URL of the customer's, and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub url: String,
    pub method: Method,
}

impl Target {
    #[must_use]
    pub fn new(url: &str, method: Method) -> Self {
        Self { url: url.to_owned(), method }
    }

    /// A URL as a document from here means it: whole, or relative to this one.
    #[must_use]
    pub fn resolve(&self, url: &str) -> String {
        if url.contains("://") {
            return url.to_owned();
        }
        if url.is_empty() {
            return self.url.clone();
        }
        let base = Url::parse(sign::without_fragment(&self.url));
        base.and_then(|base| base.join(url)).map_or_else(|_| url.to_owned(), Into::into)
    }
}

/// Where the progress of something is told, and which of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    pub target: Target,
    pub events: Vec<String>,
}

/// What a leg does once it is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    Inline(Program),
    Ask(Target),
    /// Joins a conference, as a participant that was added.
    Join {
        conference: Arc<conference::Conference>,
        entry: Entry,
    },
    /// Runs the screening document, if there is one, and is then bridged to the leg that dialled it.
    Bridge {
        screen: Option<Target>,
    },
}

/// A leg with what the platform knows about it.
#[derive(Debug)]
pub struct Call {
    pub leg: Arc<Leg>,
    pub account: Arc<TwilioAccount>,
    pub parent: Option<String>,
    pub answer: Answer,
    pub ring_max: Duration,
    pub detection: Option<Detection>,
    pub send_digits: Option<String>,
    /// A new document takes the place of what is left of the current one.
    pub programs: mpsc::UnboundedSender<Program>,
    pub inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<Program>>,
    /// How far it got, for the leg that dialled it.
    pub progress: watch::Sender<Progress>,
    post: mpsc::UnboundedSender<Hook>,
    state: Mutex<CallState>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    Ringing,
    Answered,
    /// Through with its screening, if there was one.
    Ready,
}

#[derive(Debug)]
pub struct CallState {
    pub callback: Option<Callback>,
    pub fallback: Option<Target>,
    /// Callbacks fired so far.
    pub sequence: u64,
    pub queue_time: Duration,
    pub answered_by: Option<&'static str>,
    pub sip_code: u16,
    /// The status that it ends with, if something decided so before its end.
    pub ending: Option<&'static str>,
    pub time_limit: Duration,
    /// The conference that it is in.
    pub room: Option<Arc<conference::Conference>>,
    /// When something about it last changed hands through the API.
    pub updated_at: Option<time::OffsetDateTime>,
}

/// What a call begins with.
#[derive(Debug)]
pub struct NewCall {
    pub direction: Direction,
    pub from: String,
    pub to: String,
    pub phone: Phone,
    pub run: Option<u64>,
    pub parent: Option<String>,
    pub answer: Answer,
    pub callback: Option<Callback>,
    pub fallback: Option<Target>,
    pub ring_max: Duration,
    pub time_limit: Duration,
    pub detection: Option<Detection>,
    pub send_digits: Option<String>,
}

pub const TIME_LIMIT: Duration = Duration::from_secs(14_400);

impl Platform {
    #[must_use]
    pub fn new(exchange: Arc<Exchange>) -> Self {
        let platform = Self {
            conferences: Conferences::default(),
            streams: Streams::default(),
            queue: Queue::default(),
            requests: Pace::new(exchange.settings.requests_per_second),
            state: Mutex::default(),
            exchange,
        };
        for account in platform.exchange.settings.twilio_accounts.clone() {
            platform.add_account(account);
        }
        platform
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an account or replaces the one of the same SID. A number belongs to whoever named it last.
    pub fn add_account(&self, account: TwilioAccount) {
        let mut state = self.state();
        for other in state.accounts.values_mut() {
            if other.sid != account.sid
                && other.numbers.iter().any(|own| account.number(&own.number).is_some())
            {
                Arc::make_mut(other).numbers.retain(|own| account.number(&own.number).is_none());
            }
        }
        state.accounts.insert(account.sid.clone(), Arc::new(account));
    }

    pub fn account(&self, sid: &str) -> Option<Arc<TwilioAccount>> {
        self.state().accounts.get(sid).cloned()
    }

    pub fn accounts(&self) -> Vec<Arc<TwilioAccount>> {
        self.state().accounts.values().cloned().collect()
    }

    pub fn owner_of(&self, number: &str) -> Option<(Arc<TwilioAccount>, TwilioNumber)> {
        self.state().accounts.values().find_map(|account| {
            account.number(number).map(|number| (account.clone(), number.clone()))
        })
    }

    /// The number here that a scenario means: that very one, or the one that stands for it.
    pub fn number_for(&self, number: &str) -> Option<String> {
        if self.owner_of(number).is_some() {
            return Some(number.to_owned());
        }
        let stands = |other: &Option<String>| {
            other.as_deref().is_some_and(|other| digits(other) == digits(number))
        };
        self.state().accounts.values().find_map(|account| {
            let own = account.numbers.iter().find(|own| stands(&own.stands_for))?;
            Some(own.number.clone())
        })
    }

    pub fn call(&self, sid: &str) -> Option<Arc<Call>> {
        self.state().calls.get(sid).cloned()
    }

    /// Every call that is still kept, oldest first.
    pub fn calls(&self) -> Vec<Arc<Call>> {
        let state = self.state();
        state.order.iter().filter_map(|sid| state.calls.get(sid)).cloned().collect()
    }

    pub fn forget_call(&self, sid: &str) {
        let mut state = self.state();
        state.calls.remove(sid);
        state.order.retain(|kept| kept != sid);
    }

    /// As if the time was over for which the carrier keeps records.
    pub fn forget_calls(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.order.clear();
    }

    /// One client per connect timeout, so that connections are kept and reused.
    pub fn client(&self, connect: Duration) -> Result<reqwest::Client, reqwest::Error> {
        let mut state = self.state();
        if let Some(client) = state.clients.get(&connect) {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .connect_timeout(connect)
            .user_agent("TwilioProxy/1.1")
            // Shorter than servers keep idle connections, so that none is reused just as it closes.
            .pool_idle_timeout(Duration::from_secs(3))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        state.clients.insert(connect, client.clone());
        Ok(client)
    }

    /// A fresh SID of that kind.
    pub fn sid(&self, prefix: &str) -> String {
        format!("{prefix}{}", self.exchange.id().simple())
    }

    /// A leg with someone to deliver its news in order.
    pub fn begin(self: &Arc<Self>, account: Arc<TwilioAccount>, new: NewCall) -> Arc<Call> {
        let exchange = &self.exchange;
        let beginning = Beginning {
            id: self.sid("CA"),
            conversation: String::new(),
            application: account.sid.clone(),
            direction: new.direction,
            from: new.from,
            to: new.to,
            phone: new.phone,
            run: new.run,
        };
        let leg = Arc::new(Leg::begin(&exchange.clock, beginning));
        leg.state().status =
            if new.direction == Direction::Inbound { "ringing" } else { "queued" }.into();
        let (programs, inbox) = mpsc::unbounded_channel();
        let (post, letters) = mpsc::unbounded_channel();
        let call = Arc::new(Call {
            leg: leg.clone(),
            account,
            parent: new.parent,
            answer: new.answer,
            ring_max: new.ring_max,
            detection: new.detection,
            send_digits: new.send_digits,
            programs,
            inbox: tokio::sync::Mutex::new(inbox),
            progress: watch::Sender::new(Progress::Ringing),
            post,
            state: Mutex::new(CallState {
                callback: new.callback,
                fallback: new.fallback,
                sequence: 0,
                queue_time: Duration::ZERO,
                answered_by: None,
                sip_code: 200,
                ending: None,
                time_limit: new.time_limit,
                room: None,
                updated_at: None,
            }),
        });
        self.remember(&call);
        exchange.connect(leg);
        exchange.spawn(hooks::postman(self.clone(), letters));
        call
    }

    fn remember(&self, call: &Arc<Call>) {
        let mut state = self.state();
        state.order.push_back(call.leg.id.clone());
        state.calls.insert(call.leg.id.clone(), call.clone());
        if state.order.len() > self.exchange.settings.records_max
            && let Some(oldest) = state.order.pop_front()
        {
            state.calls.remove(&oldest);
        }
    }
}

impl Call {
    pub fn state(&self) -> MutexGuard<'_, CallState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a webhook to the postman, who delivers this call's news one after the other.
    pub fn post(&self, hook: Hook) {
        // The postman only goes when the simulator stops.
        let _ = self.post.send(hook);
    }

    pub fn fallback(&self) -> Option<Target> {
        self.state().fallback.clone()
    }

    #[must_use]
    pub fn direction(&self) -> &'static str {
        match (self.leg.direction, &self.parent) {
            (Direction::Inbound, _) => "inbound",
            (Direction::Outbound, Some(_)) => "outbound-dial",
            (Direction::Outbound, None) => "outbound-api",
        }
    }

    /// Where this event is told, and its number; nothing if nobody subscribed.
    pub fn next_callback(&self, event: &str) -> Option<(Target, u64)> {
        let mut state = self.state();
        let callback = state.callback.as_ref()?;
        if !callback.events.iter().any(|wanted| wanted == event) {
            return None;
        }
        let target = callback.target.clone();
        let number = state.sequence;
        state.sequence += 1;
        Some((target, number))
    }

    /// How long it has been answered, or was.
    #[must_use]
    pub fn seconds(&self) -> u64 {
        let state = self.leg.state();
        let Some(answered) = state.answered_at else { return 0 };
        let ended = state.ended_at.unwrap_or_else(|| self.leg.clock().now());
        u64::try_from((ended - answered).whole_seconds()).unwrap_or(0)
    }
}
