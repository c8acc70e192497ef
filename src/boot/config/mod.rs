//! What the operator set: read once, checked whole, refused with the variable's name, what it got and an example.

pub mod environment;
pub mod listen;

mod access;
mod broker;
mod carriers;
mod database;
mod edge;
mod log;
mod master_key;
mod media;
mod public_url;
mod refusal;
mod traces;
mod voice;
mod webhooks;

use std::net::SocketAddr;

use reqwest::Url;

use crate::domain::webhook::address::PrivateAddresses;
use crate::http;
use crate::prompts::Voice;

pub use access::Access;
pub use broker::Broker;
pub use carriers::CarrierHosts;
pub use database::Database;
pub use environment::Environment;
pub use log::{Log, LogFormat};
pub use master_key::{KeySource, MasterKey};
pub use refusal::{Refusal, Refusals};

/// What the process is for, which settles what may be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Everything in one process: the database and the master key may be its own.
    Embedded,
    /// Part of an installation: the database and the master key are shared with others, so they must be given.
    Serving,
}

/// Everything that can be configured. Secrets in it do not print.
#[derive(Debug)]
pub struct Settings {
    pub listen: SocketAddr,
    /// How carriers and people reach this installation. No trailing slash in its path.
    pub public_url: Url,
    pub metrics_listen: SocketAddr,
    pub database: Database,
    pub broker: Broker,
    pub master_key: KeySource,
    pub carriers: CarrierHosts,
    /// Whether webhooks may stay inside the operator's own network.
    pub webhooks: PrivateAddresses,
    /// Whether backends of live audio may stay inside the operator's own network.
    pub backends: PrivateAddresses,
    pub access: Access,
    pub log: Log,
    /// Limits, proxies and foreign origins.
    pub edge: http::edge::Settings,
    /// Who speaks where a carrier does not.
    pub voice: Option<Voice>,
}

impl Settings {
    /// Reads everything, and refuses with all that is wrong rather than with the first of it.
    pub fn read(
        environment: &Environment,
        kind: Kind,
        listen: Option<&str>,
    ) -> Result<Self, Refusals> {
        let mut refusals = Refusals::default();
        let listen = refusals.keep(listen::api(environment, listen));
        // Without an address to stand in for it the public URL can not be judged: one refusal is enough.
        let public_url =
            listen.and_then(|listen| refusals.keep(public_url::read(environment, listen)));
        let metrics_listen = refusals.keep(listen::metrics(environment));
        let database = refusals.keep(Database::read(environment, kind));
        let broker = refusals.keep(Broker::read(environment));
        let master_key = refusals.keep(KeySource::read(environment, kind));
        let carriers = refusals.keep(CarrierHosts::read(environment));
        let access = refusals.keep(Access::read(environment, kind));
        let webhooks = refusals.keep(webhooks::private_addresses(environment));
        let backends = refusals.keep(media::private_addresses(environment));
        let log = refusals.keep(Log::read(environment));
        let edge = refusals.keep(edge::read(environment));
        let voice = refusals.keep(voice::read(environment));

        match (
            listen,
            public_url,
            metrics_listen,
            database,
            broker,
            master_key,
            carriers,
            access,
            webhooks,
            backends,
            log,
            edge,
            voice,
        ) {
            (
                Some(listen),
                Some(public_url),
                Some(metrics_listen),
                Some(database),
                Some(broker),
                Some(master_key),
                Some(carriers),
                Some(access),
                Some(webhooks),
                Some(backends),
                Some(log),
                Some(edge),
                Some(voice),
            ) => Ok(Self {
                listen,
                public_url,
                metrics_listen,
                database,
                broker,
                master_key,
                carriers,
                webhooks,
                backends,
                access,
                log,
                edge,
                voice,
            }),
            _ => Err(refusals),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)], kind: Kind) -> Result<Settings, String> {
        Settings::read(&Environment::of(variables), kind, None)
            .map_err(|refusals| refusals.to_string())
    }

    #[test]
    fn nothing_set_is_enough_to_try_it_out() {
        let settings = settings(&[], Kind::Embedded).unwrap();

        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.public_url.as_str(), "http://127.0.0.1:8080/");
        assert_eq!(settings.metrics_listen.to_string(), "127.0.0.1:9464");
        assert!(matches!(settings.database, Database::Private));
        assert!(matches!(settings.broker, Broker::InDatabase));
        assert!(matches!(settings.master_key, KeySource::KeptInStateDir));
        assert_eq!(settings.carriers.vonage.as_str(), "https://api.nexmo.com/");
        assert_eq!(settings.webhooks, PrivateAddresses::Refused);
    }

    #[test]
    fn a_server_is_told_all_that_is_missing_at_once() {
        let refused = settings(&[], Kind::Serving).unwrap_err();

        assert!(refused.contains("DATABASE_URL is not set"), "{refused}");
        assert!(refused.contains("VESTIBULE_MASTER_KEY is not set"), "{refused}");
        assert!(refused.contains("for example"), "{refused}");
    }

    #[test]
    fn a_refusal_shows_what_it_got_but_never_a_secret() {
        let refused = settings(
            &[
                ("VESTIBULE_LISTEN", "eighty"),
                ("DATABASE_URL", "mysql://root:hunter2@db/vestibule"),
                ("AMQP_URL", "http://guest:hunter2@mq"),
                ("VESTIBULE_MASTER_KEY", "hunter2"),
                ("VESTIBULE_LOG_FORMAT", "xml"),
            ],
            Kind::Serving,
        )
        .unwrap_err();

        assert!(refused.contains("VESTIBULE_LISTEN is \"eighty\""), "{refused}");
        assert!(refused.contains("VESTIBULE_LOG_FORMAT is \"xml\""), "{refused}");
        assert!(refused.contains("VESTIBULE_MASTER_KEY"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }

    #[test]
    fn printing_the_settings_shows_no_secret() {
        let key = "aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMmh1bnQ=";
        let settings = settings(
            &[
                ("DATABASE_URL", "postgres://vestibule:hunter2@db/vestibule"),
                ("AMQP_URL", "amqp://vestibule:hunter2@mq/%2f"),
                ("VESTIBULE_MASTER_KEY", key),
            ],
            Kind::Serving,
        )
        .unwrap();

        let printed = format!("{settings:?}");
        assert!(!printed.contains("hunter2") && !printed.contains(key), "{printed}");
    }
}
