//! The carrier simulator: the carrier's side of the wire, written from the carriers' documents alone.
//!
//! It shares no type with the adapters that it tests. Phones follow scripts, webhooks are signed, retried and sometimes lost,
//! and everything that was heard, dialled or sent can be looked up afterwards.

pub mod clock;
pub mod control;
pub mod delivery;
pub mod difference;
pub mod exchange;
pub mod expect;
pub mod leg;
pub mod load;
pub mod network;
pub mod pace;
pub mod page;
pub mod phone;
pub mod platforms;
pub mod record;
pub mod scenario;
pub mod settings;
pub mod sipgate;
pub mod sound;
pub mod twilio;
pub mod vonage;

#[cfg(test)]
mod tests;

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    App, HttpServer,
    dev::ServerHandle,
    web::{self, Data},
};
use tokio::{runtime::Handle, task::JoinHandle};

pub use self::{
    clock::ClockKind,
    difference::{Carrier, Difference, ExpectDifference},
    leg::{Decision, Direction, EndedBy, Heard, Sound},
    load::{LoadReport, LoadRequest},
    record::{Check, Complaint, LegView, Placed, Request, RunState, RunView, Webhook},
    scenario::{Phone, Scenario, ScenarioError},
    settings::{Application, Method, Settings, Timeouts},
    sipgate::{
        NothingEntered, SipgateAccount, SipgateHabits, SipgateMailbox, SipgateNumber, SipgateUser,
    },
    twilio::{StreamView, TwilioAccount, TwilioNumber},
};
use self::{exchange::Exchange, platforms::Platforms};

/// Bodies beyond this are refused.
const BODY_MAX: usize = 1 << 20;

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the simulator can not listen on {listen}: {cause}")]
    Listen { listen: SocketAddr, cause: io::Error },
}

#[derive(Debug, thiserror::Error)]
pub enum SimulatorError {
    #[error("no application has the number that was called")]
    NobodyHasThatNumber,
    #[error("the visit can not be played on that carrier: {0}")]
    Impossible(String),
    #[error("no phone with that number is on a call")]
    NoSuchCall,
    #[error("webhook {0} is not recorded")]
    NoSuchWebhook(u64),
    #[error("the webhook could not be delivered: {0}")]
    Undelivered(&'static str),
    #[error("load needs a real clock")]
    VirtualClock,
    #[error("the clock is real: it moves by itself")]
    RealClock,
}

#[derive(Debug)]
pub struct Simulator;

impl Simulator {
    /// Listens, and plays carrier until the handle is shut down or dropped.
    pub async fn start(settings: Settings) -> Result<Running, StartError> {
        // Somebody else may have chosen a provider already: any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listen = settings.listen;
        let exchange = Arc::new(Exchange::new(settings, Handle::current()));
        let platforms = Arc::new(Platforms::new(exchange));

        let shared = Data::new(platforms.clone());
        let vonage = Data::new(platforms.vonage.clone());
        let twilio = Data::new(platforms.twilio.clone());
        let sipgate = Data::new(platforms.sipgate.clone());
        let build = move || {
            App::new()
                .app_data(shared.clone())
                .app_data(vonage.clone())
                .app_data(twilio.clone())
                .app_data(sipgate.clone())
                .app_data(web::PayloadConfig::new(BODY_MAX))
                .configure(control::routes)
                .service(web::resource("/v1/calls{rest:.*}").to(vonage::rest::handle))
                .service(web::resource("/2010-04-01/Accounts/{rest:.*}").to(twilio::rest::handle))
                .service(web::resource("/v2/{rest:.*}").to(sipgate::rest::handle))
        };
        let failed = |cause| StartError::Listen { listen, cause };
        let server = HttpServer::new(build)
            .workers(2)
            .disable_signals()
            .shutdown_timeout(1)
            .bind(listen)
            .map_err(failed)?;
        let address = server
            .addrs()
            .first()
            .copied()
            .ok_or_else(|| failed(io::ErrorKind::AddrNotAvailable.into()))?;
        let server = server.run();
        let handle = server.handle();
        let joined = tokio::spawn(server);
        tracing::info!(%address, "the carrier simulator listens");
        Ok(Running { platforms, address, handle, joined: Some(joined) })
    }
}

/// A simulator that is running. Dropping it stops it.
#[derive(Debug)]
pub struct Running {
    platforms: Arc<Platforms>,
    address: SocketAddr,
    handle: ServerHandle,
    joined: Option<JoinHandle<io::Result<()>>>,
}

impl Running {
    /// What the calls API's host is to be replaced with.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn add_application(&self, application: Application) {
        self.platforms.vonage.add_application(application);
    }

    /// Adds an account of the second carrier, or replaces the one of the same SID.
    pub fn add_twilio_account(&self, account: TwilioAccount) {
        self.platforms.twilio.add_account(account);
    }

    /// Adds an account of the third carrier, or replaces the one of the same account number.
    pub fn add_sipgate_account(&self, account: SipgateAccount) {
        self.platforms.sipgate.add_account(account);
    }

    /// SPKI in PEM: checks what the third carrier's pushes are signed with. The same in every run.
    #[must_use]
    pub fn sipgate_public_key(&self) -> String {
        sipgate::sign::PUBLIC_KEY.to_owned()
    }

    /// Live audio: which streams there were, and what came back over them.
    #[must_use]
    pub fn streams(&self) -> Vec<StreamView> {
        self.platforms.twilio.streams.views()
    }

    /// What a phone does that no scenario describes.
    pub fn set_phone(&self, phone: Phone) {
        self.platforms.exchange.set_phone(&phone.number.clone(), phone);
    }

    /// The visitor calls. The run's number comes back at once.
    pub fn call(&self, scenario: Scenario) -> Result<u64, SimulatorError> {
        self.platforms.call(scenario)
    }

    /// The visitor calls that number instead of the scenario's; whichever carrier has it takes the call.
    pub fn call_with(
        &self,
        mut scenario: Scenario,
        to: Option<&str>,
    ) -> Result<u64, SimulatorError> {
        if let Some(to) = to {
            to.clone_into(&mut scenario.call.to);
        }
        self.platforms.call(scenario)
    }

    /// The visitor calls that carrier's number: the one of the scenario, or the one that stands for it there.
    pub fn call_on(&self, carrier: Carrier, scenario: Scenario) -> Result<u64, SimulatorError> {
        self.platforms.call_on(carrier, scenario)
    }

    #[must_use]
    pub fn run(&self, id: u64) -> Option<RunView> {
        self.platforms.exchange.run(id)
    }

    #[must_use]
    pub fn runs(&self) -> Vec<RunView> {
        self.platforms.exchange.runs()
    }

    #[must_use]
    pub fn legs(&self) -> Vec<LegView> {
        self.platforms.exchange.legs().iter().map(|leg| LegView::from(&**leg)).collect()
    }

    /// Dials of that number (with or without `+`), or all, refused ones included.
    #[must_use]
    pub fn placed(&self, to: Option<&str>) -> Vec<Placed> {
        control::placed(&self.platforms, to)
    }

    #[must_use]
    pub fn requests(&self) -> Vec<Request> {
        self.platforms.exchange.state().requests.iter().cloned().collect()
    }

    #[must_use]
    pub fn webhooks(&self) -> Vec<Webhook> {
        self.platforms.exchange.state().webhooks.iter().cloned().collect()
    }

    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        self.platforms.exchange.state().complaints.iter().cloned().collect()
    }

    /// Who is in which conversation, by name.
    #[must_use]
    pub fn rooms(&self) -> Vec<(String, Vec<String>)> {
        self.platforms.rooms()
    }

    pub fn forget(&self) {
        self.platforms.exchange.forget();
    }

    /// The carriers' own records of calls are gone: whoever asks for one is told that there is none.
    pub fn forget_calls(&self) {
        self.platforms.vonage.forget_calls();
        self.platforms.twilio.forget_calls();
        self.platforms.sipgate.forget_calls();
    }

    /// The phone of that number presses keys on the call that it is on.
    pub fn press(&self, number: &str, keys: &str) -> Result<(), SimulatorError> {
        control::press(&self.platforms, number, keys)
    }

    pub fn hang_up(&self, number: &str) -> Result<(), SimulatorError> {
        control::hang_up(&self.platforms, number)
    }

    pub fn answer(&self, number: &str) -> Result<(), SimulatorError> {
        control::decide(&self.platforms, number, Decision::Answer)
    }

    pub fn decline(&self, number: &str) -> Result<(), SimulatorError> {
        control::decide(&self.platforms, number, Decision::Decline)
    }

    /// Sends a recorded webhook again, byte for byte; what comes back is the status that it was answered with.
    pub async fn replay(&self, n: u64, fresh_token: bool) -> Result<u16, SimulatorError> {
        self.platforms.replay(n, fresh_token).await
    }

    /// Moves a virtual clock; it comes back when everything that this set off in here has come to rest.
    pub async fn advance(&self, by: Duration) -> Result<(), SimulatorError> {
        if self.platforms.exchange.clock.advance(by).await {
            Ok(())
        } else {
            Err(SimulatorError::RealClock)
        }
    }

    #[must_use]
    pub fn now(&self) -> time::OffsetDateTime {
        self.platforms.exchange.clock.now()
    }

    /// Waits until nothing in here is on its way (virtual clock only).
    pub async fn settle(&self) {
        self.platforms.exchange.clock.settle().await;
    }

    /// Waits, in real time, until this holds; `false` if it did not within the limit.
    pub async fn until(&self, limit: Duration, holds: impl Fn(&Self) -> bool) -> bool {
        let mut changes = self.platforms.exchange.changes();
        let wait = async {
            while !holds(self) {
                changes.borrow_and_update();
                if holds(self) {
                    return;
                }
                // Not every change is announced, so it looks again before long.
                let _ = tokio::time::timeout(Duration::from_millis(50), changes.changed()).await;
            }
        };
        tokio::time::timeout(limit, wait).await.is_ok()
    }

    /// Many visits at a steady rate. Needs a real clock.
    pub async fn load(&self, request: LoadRequest) -> Result<LoadReport, SimulatorError> {
        load::run(&self.platforms, request).await
    }

    /// Ends every call without another word and closes the port.
    pub async fn shutdown(mut self) {
        self.platforms.exchange.stopped.cancel();
        self.handle.stop(false).await;
        if let Some(joined) = self.joined.take() {
            let _ = joined.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.platforms.exchange.stopped.cancel();
        // The order is given at once; nobody waits for it to be carried out.
        drop(self.handle.stop(false));
    }
}
