//! RabbitMQ: carries copies of work items, which can all be lost and sent again. What is to be done stands in PostgreSQL.

mod consumer;
mod relay;
mod source;
mod supervisor;
mod topology;

use secrecy::{ExposeSecret, SecretString};

pub use self::source::AmqpSource;
pub use self::topology::Topology;

/// Which broker, and under which name there.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `amqp://…`.
    pub url: SecretString,
    /// The names of exchanges and queues.
    pub topology: Topology,
}

/// Why the broker can not be used.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// Not a broker's URL.
    #[error("AMQP_URL is not one ({0}); it looks like amqp://user:password@host:5672/%2f")]
    Url(String),
    /// It refused or did not answer.
    #[error("the broker refused or did not answer: {0}")]
    Broker(#[from] lapin::Error),
    /// A queue or exchange of that name is there with other settings.
    #[error(
        "{what} exists with other settings than ours: delete it (its messages are copies) and start again; the broker said: {reason}"
    )]
    Mismatch {
        /// Which.
        what: String,
        /// The broker's words.
        reason: String,
    },
    /// It did not answer in time.
    #[error("the broker did not answer within {0:?}")]
    Slow(std::time::Duration),
}

/// Connects, declares the topology, and leaves.
pub async fn check(url: &SecretString) -> Result<(), BusError> {
    let connection = supervisor::connect(url.expose_secret(), "vestibule check").await?;
    Topology::default().declare(&connection.create_channel().await?).await?;
    connection.close(200, "checked".into()).await?;
    Ok(())
}
