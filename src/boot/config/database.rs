//! Which PostgreSQL to use.

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};
use sqlx::postgres::PgConnectOptions;

use super::{Environment, Kind, Refusal};

const NAME: &str = "DATABASE_URL";
const EXAMPLE: &str = "postgres://vestibule:…@db.internal:5432/vestibule";

#[derive(Clone, Debug)]
pub enum Database {
    Configured(SecretString),
    /// A cluster of our own in the state directory.
    Private,
}

impl Database {
    pub fn read(environment: &Environment, kind: Kind) -> Result<Self, Refusal> {
        match (environment.secret(NAME, "DATABASE_URL_FILE")?, kind) {
            (Some(url), _) => check(&url).map(|()| Self::Configured(url)),
            (None, Kind::Embedded) => Ok(Self::Private),
            (None, Kind::Serving) => {
                Err(Refusal::missing(NAME, "this command needs a PostgreSQL database")
                    .for_example(EXAMPLE))
            }
        }
    }
}

fn check(url: &SecretString) -> Result<(), Refusal> {
    let url = url.expose_secret();
    let known = url.starts_with("postgres://") || url.starts_with("postgresql://");
    if known && PgConnectOptions::from_str(url).is_ok() {
        return Ok(());
    }
    Err(Refusal::secret(NAME, "is not a PostgreSQL URL (its value is not shown)")
        .for_example(EXAMPLE))
}
