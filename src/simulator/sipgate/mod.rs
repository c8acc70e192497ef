//! The sipgate platform as its customers see it: signed pushes, XML answers, and the REST API v2.

pub mod account;
pub mod ask;
pub mod dial;
pub mod gather;
pub mod life;
pub mod mailbox;
pub mod play;
pub mod push;
pub mod rest;
pub mod sign;
pub mod tell;
pub mod xml;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;
use tokio::sync::mpsc;

pub use self::account::{
    NothingEntered, SipgateAccount, SipgateHabits, SipgateMailbox, SipgateNumber, SipgateUser,
};
use self::{push::Push, sign::Seal};
use super::{exchange::Exchange, leg::Leg, pace::Pace, scenario::digits};

/// Where anyone can read the key that pushes are checked with.
pub const PUBLIC_KEY_PATH: &str = "/sim/sipgate/public-key.pem";

/// Hex digits in a `callId`, as seen.
const CALL_ID: usize = 76;
const PLACED_CALL_ID: usize = 136;

/// One simulated platform: its customers' accounts and their calls.
#[derive(Debug)]
pub struct Platform {
    pub exchange: Arc<Exchange>,
    pub requests: Pace,
    pub seal: Seal,
    pub http: reqwest::Client,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    accounts: HashMap<String, Arc<SipgateAccount>>,
    calls: HashMap<String, Arc<Call>>,
    /// Oldest first, so that a long load test does not keep every call.
    order: VecDeque<String>,
}

/// Which way a call goes, seen from the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    In,
    Out,
}

/// Where a call goes when the customer does not say otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// To whatever the line is set to.
    Line,
    /// To the line's mailbox.
    Mailbox,
    /// To this number, in digits.
    Number(String),
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    NormalClearing,
    Busy,
    Cancel,
    NoAnswer,
    Congestion,
    NotFound,
    Forwarded,
}

/// A call as pushes and the API know it. Forwarded, it ends, and another takes over its caller.
#[derive(Debug)]
pub struct Call {
    pub id: String,
    /// The call that it came from; its own id if it is the first, empty if that was forgotten.
    pub origin: String,
    pub account: Arc<SipgateAccount>,
    pub line: SipgateNumber,
    pub way: Way,
    /// As pushes write them: digits, or `anonymous`.
    pub from: String,
    pub to: String,
    pub users: Vec<SipgateUser>,
    pub diversion: Option<String>,
    pub xcid: String,
    pub destination: Destination,
    pub caller: Arc<Leg>,
    pub began_at: OffsetDateTime,
    /// Numbers that the call is to be transferred to.
    pub transfers: mpsc::UnboundedSender<String>,
    pub inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<String>>,
    post: mpsc::UnboundedSender<Push>,
    state: Mutex<CallState>,
}

#[derive(Debug, Default)]
pub struct CallState {
    /// Where the last answer wanted to be told.
    pub on_answer: Option<String>,
    pub on_hangup: Option<String>,
    pub answered_at: Option<OffsetDateTime>,
    pub answering_number: Option<String>,
    /// Who is talking to the caller at this moment; nobody, while a mailbox is.
    pub callee: Option<Arc<Leg>>,
    pub ended: Option<(OffsetDateTime, Cause)>,
    pub hold: bool,
    pub muted: bool,
    pub recording: bool,
}

/// What a call begins with.
#[derive(Debug)]
pub struct NewCall {
    pub id: String,
    pub origin: String,
    pub account: Arc<SipgateAccount>,
    pub line: SipgateNumber,
    pub way: Way,
    pub from: String,
    pub to: String,
    pub users: Vec<SipgateUser>,
    pub diversion: Option<String>,
    pub destination: Destination,
    pub caller: Arc<Leg>,
}

impl Way {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

impl Cause {
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NormalClearing => "normalClearing",
            Self::Busy => "busy",
            Self::Cancel => "cancel",
            Self::NoAnswer => "noAnswer",
            Self::Congestion => "congestion",
            Self::NotFound => "notFound",
            Self::Forwarded => "forwarded",
        }
    }
}

impl Platform {
    #[must_use]
    pub fn new(exchange: Arc<Exchange>) -> Self {
        let http = reqwest::Client::builder()
            .user_agent("sipgate.io")
            // Shorter than servers keep idle connections, so that none is reused just as it closes.
            .pool_idle_timeout(std::time::Duration::from_secs(3))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client with these settings can always be built");
        let platform = Self {
            requests: Pace::new(exchange.settings.requests_per_second),
            seal: Seal::new(),
            http,
            state: Mutex::default(),
            exchange,
        };
        for account in platform.exchange.settings.sipgate_accounts.clone() {
            platform.add_account(account);
        }
        platform
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an account or replaces the one of the same number. A phone number belongs to whoever named it last.
    pub fn add_account(&self, account: SipgateAccount) {
        let mut state = self.state();
        for other in state.accounts.values_mut() {
            if other.account != account.account
                && other.numbers.iter().any(|own| account.number(&own.number).is_some())
            {
                Arc::make_mut(other).numbers.retain(|own| account.number(&own.number).is_none());
            }
        }
        state.accounts.insert(account.account.clone(), Arc::new(account));
    }

    pub fn account(&self, account: &str) -> Option<Arc<SipgateAccount>> {
        self.state().accounts.get(account).cloned()
    }

    pub fn account_of_token(&self, token_id: &str) -> Option<Arc<SipgateAccount>> {
        self.state().accounts.values().find(|account| account.token_id == token_id).cloned()
    }

    pub fn accounts(&self) -> Vec<Arc<SipgateAccount>> {
        self.state().accounts.values().cloned().collect()
    }

    pub fn change_account(&self, account: &str, change: impl FnOnce(&mut SipgateAccount)) {
        if let Some(account) = self.state().accounts.get_mut(account) {
            change(Arc::make_mut(account));
        }
    }

    pub fn owner_of(&self, number: &str) -> Option<(Arc<SipgateAccount>, SipgateNumber)> {
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

    pub fn call(&self, id: &str) -> Option<Arc<Call>> {
        self.state().calls.get(id).cloned()
    }

    /// Every call that is still kept, oldest first.
    /// As if no call had ever been.
    pub fn forget_calls(&self) {
        let mut state = self.state();
        state.calls.clear();
        state.order.clear();
    }

    pub fn calls(&self) -> Vec<Arc<Call>> {
        let state = self.state();
        state.order.iter().filter_map(|id| state.calls.get(id)).cloned().collect()
    }

    #[must_use]
    pub fn call_id(&self, way: Way) -> String {
        let length = if way == Way::In { CALL_ID } else { PLACED_CALL_ID };
        let mut id = String::new();
        while id.len() < length {
            id.push_str(&self.exchange.id().simple().to_string().to_uppercase());
        }
        id.truncate(length);
        id
    }

    /// A call with someone to deliver its news in order.
    pub fn begin(self: &Arc<Self>, new: NewCall) -> Arc<Call> {
        let (transfers, inbox) = mpsc::unbounded_channel();
        let (post, letters) = mpsc::unbounded_channel();
        let other_id = self.exchange.id();
        let call = Arc::new(Call {
            id: new.id,
            origin: new.origin,
            account: new.account,
            line: new.line,
            way: new.way,
            from: new.from,
            to: new.to,
            users: new.users,
            diversion: new.diversion,
            xcid: match new.way {
                Way::In => other_id.simple().to_string(),
                Way::Out => format!("c2d-{other_id}"),
            },
            destination: new.destination,
            caller: new.caller,
            began_at: self.exchange.clock.now(),
            transfers,
            inbox: tokio::sync::Mutex::new(inbox),
            post,
            state: Mutex::default(),
        });
        let mut state = self.state();
        state.order.push_back(call.id.clone());
        state.calls.insert(call.id.clone(), call.clone());
        if state.order.len() > self.exchange.settings.records_max
            && let Some(oldest) = state.order.pop_front()
        {
            state.calls.remove(&oldest);
        }
        drop(state);
        self.exchange.spawn(push::postman(self.clone(), letters));
        call
    }
}

impl Call {
    pub fn state(&self) -> MutexGuard<'_, CallState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands a push to the postman, who delivers this call's news one after the other.
    pub fn post(&self, push: Push) {
        // The postman only goes when the simulator stops.
        let _ = self.post.send(push);
    }

    /// The two that are talking; nothing while it rings, plays, or is with a mailbox.
    #[must_use]
    pub fn talking(&self) -> Option<[Arc<Leg>; 2]> {
        let state = self.state();
        let callee = state.callee.clone().filter(|_| state.ended.is_none())?;
        Some([self.caller.clone(), callee])
    }
}
