//! Which RabbitMQ carries the work, if any.

use secrecy::{ExposeSecret, SecretString};

use super::{Environment, Refusal};

const NAME: &str = "AMQP_URL";
const EXAMPLE: &str = "amqps://vestibule:…@mq.internal:5671/%2f";

#[derive(Clone, Debug)]
pub enum Broker {
    Configured(SecretString),
    /// Work items are taken straight from PostgreSQL.
    InDatabase,
}

impl Broker {
    pub fn read(environment: &Environment) -> Result<Self, Refusal> {
        match environment.secret(NAME, "AMQP_URL_FILE")? {
            None => Ok(Self::InDatabase),
            Some(url) => check(&url).map(|()| Self::Configured(url)),
        }
    }
}

fn check(url: &SecretString) -> Result<(), Refusal> {
    let parsed = reqwest::Url::parse(url.expose_secret());
    if parsed.is_ok_and(|url| matches!(url.scheme(), "amqp" | "amqps") && url.has_host()) {
        return Ok(());
    }
    Err(Refusal::secret(NAME, "is not an AMQP URL (its value is not shown)").for_example(EXAMPLE))
}
