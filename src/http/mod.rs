//! The REST API and the carriers' hooks: parse, ask the application, answer. Nothing is decided here.

pub mod edge;
pub mod extract;
pub mod hashing;
pub mod health;
pub mod hooks;
pub mod media;
pub mod openapi;
pub mod problem;
pub mod routes;
pub mod simulator;
pub mod sounds;
pub mod stopping;
pub mod v1;
pub mod well_known;

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::application::calls::Calls;
use crate::application::ports::{Clock, Ids};
use crate::application::streams::CallStreams;
use crate::application::webhooks::Webhooks;
use crate::domain::audit::sign::Signer;
use crate::domain::webhook::address::PrivateAddresses;
use crate::http::edge::{Limits, Proxies};
use crate::http::extract::keys::Keys;
use crate::http::hooks::connections::Connections;
use crate::http::simulator::Simulator;
use crate::http::stopping::Stopping;
use crate::prompts::Recordings;
use crate::store::Store;
use crate::store::journal::PgJournal;

/// What handlers reach.
#[derive(Debug)]
pub struct App {
    /// The database.
    pub store: Store,
    /// The events, for what is no call's.
    pub journal: Arc<PgJournal>,
    /// The use cases of calls.
    pub calls: Calls,
    /// The use cases of streams.
    pub streams: CallStreams,
    /// The use cases of webhooks that go out.
    pub webhooks: Webhooks,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: Arc<dyn Ids>,
    /// Sign and check access tokens.
    pub keys: Keys,
    /// Connections by the token in their callback URLs.
    pub connections: Connections,
    /// Where the world reaches us, without a slash at its end.
    pub public_url: String,
    /// Whether anybody may sign up.
    pub sign_up: SignUp,
    /// Whether stream backends may be inside the operator's own network.
    pub private_backends: PrivateAddresses,
    /// How often anyone may ask.
    pub limits: Limits,
    /// Whose word about a client's address counts.
    pub proxies: Proxies,
    /// What is spoken where the carrier does not speak.
    pub recordings: Recordings,
    /// Signs receipts for the audit.
    pub signer: Signer,
    /// The simulated carrier, where there is one to try doors with.
    pub simulator: Option<Simulator>,
    /// Whether this process is about to end.
    pub stopping: Stopping,
    /// Where webhooks are answered, whichever thread their connections are on.
    pub tasks: Handle,
}

/// Whether anybody may sign up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignUp {
    /// Yes.
    #[default]
    Open,
    /// No.
    Closed,
}
