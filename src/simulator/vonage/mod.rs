//! The Vonage Voice platform as its customers see it: answer and event webhooks, NCCOs, and the calls API.

pub mod detection;
pub mod events;
pub mod fetch;
pub mod hooks;
pub mod life;
pub mod ncco;
pub mod rest;
pub mod rooms;
pub mod sign;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::{detection::Detection, hooks::Hook, ncco::Action, rooms::Rooms};
use super::{
    exchange::Exchange,
    leg::{Beginning, Direction, Leg},
    network::News,
    pace::Pace,
    scenario::{Phone, digits},
    settings::{Application, Method},
};

/// One simulated platform: its customers' applications, their calls, and the rooms that the calls are in.
#[derive(Debug)]
pub struct Platform {
    pub exchange: Arc<Exchange>,
    pub rooms: Rooms,
    pub creations: Pace,
    pub requests: Pace,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    applications: HashMap<String, Arc<Application>>,
    calls: HashMap<String, Arc<Call>>,
    /// Oldest first, so that a long load test does not keep every call.
    order: VecDeque<String>,
    clients: HashMap<u64, reqwest::Client>,
}

/// A URL of the customer's, and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub url: String,
    pub method: Method,
}

/// What a leg does once it is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    Inline(Vec<Action>),
    Ask(Target),
    /// Runs what `connect` says (if anything) and is then bridged to the leg that placed it.
    Bridge {
        whisper: Option<Target>,
        conversation: String,
        /// The call whose NCCO a reply to a failure replaces, if the connect was synchronous.
        steers: Option<Weak<Call>>,
    },
}

/// A leg with what the platform knows about it.
#[derive(Debug)]
pub struct Call {
    pub leg: Arc<Leg>,
    pub application: Arc<Application>,
    pub event: Option<Target>,
    pub answer: Answer,
    pub ringing_timer: Duration,
    pub length_timer: Duration,
    pub detection: Option<Detection>,
    /// A new NCCO takes the place of what is left of the current one.
    pub programs: mpsc::UnboundedSender<Vec<Action>>,
    pub inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<Vec<Action>>>,
    post: mpsc::UnboundedSender<Hook>,
    pub keys: Mutex<KeyPost>,
    pub playing: Mutex<Option<(Playing, CancellationToken)>>,
}

/// Where single keys are posted.
#[derive(Debug, Default)]
pub struct KeyPost {
    /// Set by an `input` action in asynchronous mode.
    pub asynchronous: Option<Target>,
    /// Set through the calls API.
    pub subscriber: Option<Target>,
}

/// What the calls API is playing into a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Playing {
    Talk,
    Stream,
}

/// What a call begins with.
#[derive(Debug)]
pub struct NewCall {
    pub direction: Direction,
    pub from: String,
    pub to: String,
    pub phone: Phone,
    pub run: Option<u64>,
    pub event: Option<Target>,
    pub answer: Answer,
    pub ringing_timer: Duration,
    pub length_timer: Duration,
    pub detection: Option<Detection>,
}

pub const LENGTH_TIMER: Duration = Duration::from_secs(7200);
pub const RINGING_TIMER: Duration = Duration::from_secs(60);

impl Platform {
    #[must_use]
    pub fn new(exchange: Arc<Exchange>) -> Self {
        let platform = Self {
            rooms: Rooms::default(),
            creations: Pace::new(exchange.settings.creations_per_second),
            requests: Pace::new(exchange.settings.requests_per_second),
            state: Mutex::default(),
            exchange,
        };
        for application in platform.exchange.settings.applications.clone() {
            platform.add_application(application);
        }
        platform
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an application or replaces the one of the same id. A number belongs to whoever named it last.
    pub fn add_application(&self, mut application: Application) {
        application.numbers =
            application.numbers.iter().map(|number| digits(number).to_owned()).collect();
        let mut state = self.state();
        for other in state.applications.values_mut() {
            if other.id != application.id
                && other.numbers.iter().any(|number| application.numbers.contains(number))
            {
                Arc::make_mut(other).numbers.retain(|number| !application.numbers.contains(number));
            }
        }
        state.applications.insert(application.id.clone(), Arc::new(application));
    }

    pub fn application(&self, id: &str) -> Option<Arc<Application>> {
        self.state().applications.get(id).cloned()
    }

    pub fn applications(&self) -> Vec<Arc<Application>> {
        self.state().applications.values().cloned().collect()
    }

    pub fn application_of(&self, number: &str) -> Option<Arc<Application>> {
        let number = digits(number);
        self.state()
            .applications
            .values()
            .find(|application| application.numbers.iter().any(|own| own == number))
            .cloned()
    }

    pub fn call(&self, uuid: &str) -> Option<Arc<Call>> {
        self.state().calls.get(uuid).cloned()
    }

    /// Every call that is still kept, oldest first.
    pub fn calls(&self) -> Vec<Arc<Call>> {
        let state = self.state();
        state.order.iter().filter_map(|uuid| state.calls.get(uuid)).cloned().collect()
    }

    /// As if the time was over for which the carrier keeps records.
    pub fn forget_calls(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.order.clear();
    }

    /// One client per connect timeout, so that connections are kept and reused.
    pub fn client(&self, connect_ms: u64) -> Result<reqwest::Client, reqwest::Error> {
        let mut state = self.state();
        if let Some(client) = state.clients.get(&connect_ms) {
            return Ok(client.clone());
        }
        let client = reqwest::Client::builder()
            .connect_timeout(Duration::from_millis(connect_ms))
            // Shorter than servers keep idle connections, so that none is reused just as it closes.
            .pool_idle_timeout(Duration::from_secs(3))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()?;
        state.clients.insert(connect_ms, client.clone());
        Ok(client)
    }

    /// A leg in a conversation of its own, with someone to deliver its news in order and someone to post its keys.
    pub fn begin(self: &Arc<Self>, application: Arc<Application>, new: NewCall) -> Arc<Call> {
        let exchange = &self.exchange;
        let beginning = Beginning {
            id: self.leg_id(new.direction),
            conversation: format!("CON-{}", exchange.id()),
            application: application.id.clone(),
            direction: new.direction,
            from: new.from,
            to: new.to,
            phone: new.phone,
            run: new.run,
        };
        let leg = Arc::new(Leg::begin(&exchange.clock, beginning));
        let (programs, inbox) = mpsc::unbounded_channel();
        let (post, letters) = mpsc::unbounded_channel();
        let call = Arc::new(Call {
            leg: leg.clone(),
            application,
            event: new.event,
            answer: new.answer,
            ringing_timer: new.ringing_timer,
            length_timer: new.length_timer,
            detection: new.detection,
            programs,
            inbox: tokio::sync::Mutex::new(inbox),
            post,
            keys: Mutex::default(),
            playing: Mutex::default(),
        });
        self.remember(&call);
        exchange.connect(leg);
        exchange.spawn(hooks::postman(self.clone(), letters));
        exchange.spawn(events::post_keys(
            self.clone(),
            Arc::downgrade(&call),
            call.leg.keys(),
            call.leg.over.clone(),
        ));
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

    /// Dashed, or on some inbound legs 32 hex digits.
    fn leg_id(&self, direction: Direction) -> String {
        let id = self.exchange.id();
        if direction == Direction::Inbound && id.as_bytes()[0].is_multiple_of(2) {
            id.simple().to_string()
        } else {
            id.to_string()
        }
    }
}

impl Call {
    /// Hands a webhook to the postman, who delivers this call's news one after the other.
    pub fn post(&self, hook: Hook) {
        // The postman only goes when the simulator stops.
        let _ = self.post.send(hook);
    }

    pub fn keys(&self) -> MutexGuard<'_, KeyPost> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn playing(&self) -> MutexGuard<'_, Option<(Playing, CancellationToken)>> {
        self.playing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a status is called in scenarios.
#[must_use]
pub fn news(status: &str) -> News {
    match status {
        "started" => News::Started,
        "ringing" => News::Ringing,
        "answered" => News::Answered,
        "human" => News::Person,
        "machine" => News::Machine,
        "busy" => News::Busy,
        "rejected" => News::Declined,
        "timeout" | "unanswered" => News::Unanswered,
        "failed" => News::Failed,
        "cancelled" => News::Cancelled,
        "completed" => News::Ended,
        "input" => News::Keys,
        "transfer" => News::Joined,
        "answer" | "fallback" => News::Question,
        _ => News::Other,
    }
}
