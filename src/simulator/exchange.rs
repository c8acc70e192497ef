//! The exchange: all phones, runs and records of one simulator, whichever carrier it plays.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, VecDeque},
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng};
use time::OffsetDateTime;
use tokio::{runtime::Handle, sync::watch};
use tokio_util::sync::CancellationToken;

use super::{
    clock::Clock,
    expect,
    leg::Leg,
    network::{Fate, News, OnDial, Parcel},
    record::{Complaint, LegView, Placed, Request, RunState, RunView, Webhook},
    scenario::{Phone, Scenario, digits},
    settings::Settings,
};

#[derive(Debug)]
pub struct Exchange {
    pub clock: Clock,
    pub settings: Settings,
    /// Ends every task of this simulator.
    pub stopped: CancellationToken,
    runtime: Handle,
    chance: Mutex<StdRng>,
    state: Mutex<State>,
    /// Changes whenever a record does.
    changed: watch::Sender<u64>,
}

#[derive(Debug, Default)]
pub struct State {
    next_run: u64,
    next_webhook: u64,
    runs: BTreeMap<u64, Run>,
    /// Those that may still be running, so that a dial in a load test does not look at every run there ever was.
    active: BTreeSet<u64>,
    legs: Vec<Arc<Leg>>,
    phones: HashMap<String, Phone>,
    /// How often each kind of news about each phone was sent, per run.
    sent: HashMap<(Option<u64>, String, News), usize>,
    pub placed: VecDeque<Placed>,
    pub requests: VecDeque<Request>,
    pub webhooks: VecDeque<Webhook>,
    pub complaints: VecDeque<Complaint>,
}

#[derive(Clone, Debug)]
pub struct Run {
    pub id: u64,
    pub scenario: Arc<Scenario>,
    pub started_at: OffsetDateTime,
    pub legs: Vec<Arc<Leg>>,
    /// Dials per phone (digits), refused ones included.
    pub dials: HashMap<String, usize>,
}

impl Exchange {
    #[must_use]
    pub fn new(settings: Settings, runtime: Handle) -> Self {
        let seed = settings.seed.unwrap_or_else(rand::random);
        Self {
            clock: Clock::new(settings.clock),
            stopped: CancellationToken::new(),
            runtime,
            chance: Mutex::new(StdRng::seed_from_u64(seed)),
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            settings,
        }
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs until it is done or the simulator stops.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let stopped = self.stopped.clone();
        self.runtime.spawn(self.clock.watch(async move {
            tokio::select! {
                () = stopped.cancelled() => {}
                () = task => {}
            }
        }));
    }

    /// A fresh identifier, in the form of a UUID.
    pub fn id(&self) -> uuid::Uuid {
        let mut bytes = [0; 16];
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    pub fn touch(&self) {
        self.changed.send_modify(|count| *count += 1);
    }

    /// Changes whenever there is something new to see.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub fn begin_run(&self, scenario: Scenario) -> Run {
        let started_at = self.clock.now();
        let mut state = self.state();
        state.next_run += 1;
        let run = Run {
            id: state.next_run,
            scenario: Arc::new(scenario),
            started_at,
            legs: Vec::new(),
            dials: HashMap::new(),
        };
        state.runs.insert(run.id, run.clone());
        state.active.insert(run.id);
        while state.runs.len() > self.settings.records_max {
            state.runs.pop_first();
        }
        run
    }

    pub fn connect(&self, leg: Arc<Leg>) {
        let mut state = self.state();
        if let Some(run) = leg.run.and_then(|id| state.runs.get_mut(&id)) {
            run.legs.push(leg.clone());
        }
        state.legs.push(leg);
        if state.legs.len() > self.settings.records_max {
            state.legs.remove(0);
        }
        drop(state);
        self.touch();
    }

    pub fn set_phone(&self, number: &str, phone: Phone) {
        self.state().phones.insert(digits(number).to_owned(), phone);
    }

    /// The phone behind a number, and the run that it belongs to: among the runs that know it, the running one with the
    /// fewest dials to it, else the latest.
    pub fn phone(&self, number: &str) -> (Phone, Option<u64>) {
        let number = digits(number);
        let mut state = self.state();
        let State { runs, active, phones, .. } = &mut *state;
        active.retain(|id| runs.get(id).is_some_and(|run| run.state() == RunState::Running));
        let knows = |run: &&Run| run.scenario.phone(number).is_some();
        let dials = |run: &&Run| run.dials.get(number).copied().unwrap_or(0);
        let running = active.iter().filter_map(|id| runs.get(id)).filter(knows).min_by_key(dials);
        let described = running
            .or_else(|| runs.values().rev().find(knows))
            .and_then(|run| Some((run.scenario.phone(number)?, run.id)));
        match described {
            Some((phone, run)) => (phone.clone(), Some(run)),
            None => (phones.get(number).cloned().unwrap_or_else(|| Phone::stranger(number)), None),
        }
    }

    /// Counts a dial of this phone and tells the fault that hits it, if one does.
    pub fn dial(&self, run: Option<u64>, phone: &Phone) -> Option<OnDial> {
        let mut state = self.state();
        let run = state.runs.get_mut(&run?)?;
        let count = run.dials.entry(digits(&phone.number).to_owned()).or_default();
        *count += 1;
        run.scenario.network.dial(&phone.name, &phone.number, *count).cloned()
    }

    /// What the network does to this piece of news.
    pub fn fate(&self, run: Option<u64>, phone: &str, news: News) -> Fate {
        let mut state = self.state();
        let nth = state.sent.entry((run, phone.to_owned(), news)).or_default();
        *nth += 1;
        let parcel = Parcel { phone, news, nth: *nth };
        match run.and_then(|id| state.runs.get(&id)) {
            Some(run) => run.scenario.network.fate(run.scenario.seed, &parcel),
            None => self.settings.network.fate(self.settings.seed.unwrap_or(0), &parcel),
        }
    }

    pub fn complain(&self, about: impl Into<String>) {
        let about = about.into();
        tracing::debug!(about, "complaint");
        let complaint = Complaint { at: self.clock.now(), about };
        self.keep(|state| &mut state.complaints, complaint);
    }

    pub fn keep<T>(&self, kind: impl FnOnce(&mut State) -> &mut VecDeque<T>, record: T) {
        let mut state = self.state();
        let records = kind(&mut state);
        records.push_back(record);
        if records.len() > self.settings.records_max {
            records.pop_front();
        }
        drop(state);
        self.touch();
    }

    /// Keeps a webhook under the next number.
    pub fn keep_webhook(&self, mut webhook: Webhook) -> u64 {
        let mut state = self.state();
        state.next_webhook += 1;
        webhook.n = state.next_webhook;
        drop(state);
        let n = webhook.n;
        self.keep(|state| &mut state.webhooks, webhook);
        n
    }

    pub fn finish_webhook(&self, n: u64, finish: impl FnOnce(&mut Webhook)) {
        if let Some(webhook) = self.state().webhooks.iter_mut().rev().find(|webhook| webhook.n == n)
        {
            finish(webhook);
        }
        self.touch();
    }

    pub fn run(&self, id: u64) -> Option<RunView> {
        let run = self.state().runs.get(&id).cloned()?;
        Some(run.view())
    }

    pub fn runs(&self) -> Vec<RunView> {
        let runs: Vec<Run> = self.state().runs.values().cloned().collect();
        runs.iter().map(Run::view).collect()
    }

    pub fn legs(&self) -> Vec<Arc<Leg>> {
        self.state().legs.clone()
    }

    /// The latest leg of that number's phone which is not over, the visitor's included.
    pub fn leg_of(&self, number: &str) -> Option<Arc<Leg>> {
        let number = digits(number);
        self.state()
            .legs
            .iter()
            .rev()
            .find(|leg| digits(&leg.phone.number) == number && !leg.over.is_cancelled())
            .cloned()
    }

    /// Forgets what is over; what is under way stays.
    pub fn forget(&self) {
        let mut state = self.state();
        state.runs.retain(|_, run| run.state() == RunState::Running);
        state.legs.retain(|leg| !leg.over.is_cancelled());
        state.placed.clear();
        state.requests.clear();
        state.webhooks.clear();
        state.complaints.clear();
    }

    /// How long a text takes to speak.
    #[must_use]
    pub fn speech_takes(&self, text: &str) -> Duration {
        const A_CHARACTER: Duration = Duration::from_millis(60);
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        A_CHARACTER.saturating_mul(characters).div_f64(self.settings.speech_speed.max(0.001))
    }
}

impl Run {
    fn state(&self) -> RunState {
        // A run is running before its first leg and while any is up.
        let over = !self.legs.is_empty() && self.legs.iter().all(|leg| leg.over.is_cancelled());
        if over { RunState::Over } else { RunState::Running }
    }

    fn view(&self) -> RunView {
        let legs: Vec<LegView> = self.legs.iter().map(|leg| LegView::from(&**leg)).collect();
        let name = |phone: &Phone| {
            if phone.name.is_empty() { phone.number.clone() } else { phone.name.clone() }
        };
        let placed: BTreeMap<String, usize> = (self.scenario.phones.iter())
            .map(|phone| (name(phone), self.dials.get(digits(&phone.number)).copied().unwrap_or(0)))
            .collect();
        let checks = expect::check(&self.scenario.expect, &placed, &legs);
        RunView {
            id: self.id,
            title: self.scenario.title.clone(),
            state: self.state(),
            started_at: self.started_at,
            passed: checks.iter().all(|check| check.holds),
            checks,
            placed,
            legs,
            expected_outcome: self.scenario.expect.outcome.clone(),
        }
    }
}
