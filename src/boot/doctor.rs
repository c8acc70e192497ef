//! Looks at an installation and says what is wrong, what to do, and nothing else.

mod carriers;

use std::{fmt, path::Path, process::ExitCode, time::Duration};

use secrecy::{ExposeSecret, SecretString};
use sqlx::{Connection, PgConnection};

use super::{
    config::{Broker, Database, Environment, KeySource, Kind, Settings},
    console_output,
    embedded::Binaries,
};
use crate::mail::Post;

const PATIENCE: Duration = Duration::from_secs(5);

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    Fine(String),
    /// Works, but not as an installation should.
    Advice(String),
    /// Must be put right.
    Wrong(String),
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fine(text) => write!(f, "  ✓ {text}"),
            Self::Advice(text) => write!(f, "  ! {text}"),
            Self::Wrong(text) => write!(f, "  ✗ {text}"),
        }
    }
}

/// Prints the findings; success when nothing is wrong.
pub async fn examine(environment: &Environment, state_dir: &Path) -> ExitCode {
    let findings = findings(environment, state_dir).await;
    findings.iter().for_each(console_output::line);
    let wrong = findings.iter().filter(|finding| matches!(finding, Finding::Wrong(_))).count();
    match wrong {
        0 => {
            console_output::line("Nothing must be put right.");
            ExitCode::SUCCESS
        }
        1 => {
            console_output::line("One thing must be put right.");
            ExitCode::FAILURE
        }
        _ => {
            console_output::line(format_args!("{wrong} things must be put right."));
            ExitCode::FAILURE
        }
    }
}

async fn findings(environment: &Environment, state_dir: &Path) -> Vec<Finding> {
    let settings = match Settings::read(environment, Kind::Embedded, None) {
        Ok(settings) => settings,
        Err(refusals) => {
            return refusals.iter().map(|refusal| Finding::Wrong(refusal.to_string())).collect();
        }
    };
    let mut findings = vec![
        Finding::Fine(format!(
            "listens on {}, metrics on {}",
            settings.listen, settings.metrics_listen
        )),
        public_url(&settings),
        key(&settings.master_key),
        letters(&settings.access.post),
    ];
    findings.push(match &settings.database {
        Database::Configured(url) => database(url).await,
        Database::Private => private_database(environment, state_dir).await,
    });
    findings.push(match &settings.broker {
        Broker::Configured(url) => broker(url).await,
        Broker::InDatabase => Finding::Fine("no broker: work goes through PostgreSQL".to_owned()),
    });
    let all_is_well = !findings.iter().any(|finding| matches!(finding, Finding::Wrong(_)));
    if let Database::Configured(url) = &settings.database
        && all_is_well
    {
        findings.extend(carriers::findings(&settings, url).await);
    }
    findings
}

fn public_url(settings: &Settings) -> Finding {
    let url = &settings.public_url;
    match url.scheme() {
        "https" => Finding::Fine(format!("carriers call back {url}")),
        _ => Finding::Advice(format!(
            "carriers can not reach {url}; for real numbers set VESTIBULE_PUBLIC_URL to an https address or a tunnel's"
        )),
    }
}

fn key(source: &KeySource) -> Finding {
    match source {
        KeySource::Configured(_) => Finding::Fine("the master key is set".to_owned()),
        KeySource::KeptInStateDir => Finding::Advice(
            "VESTIBULE_MASTER_KEY is not set: only `up` works, with a key of its own".to_owned(),
        ),
    }
}

fn letters(post: &Post) -> Finding {
    match post {
        Post::Smtp(_) => Finding::Fine("invitations and password resets go out by SMTP".to_owned()),
        Post::Log | Post::None => Finding::Advice(
            "VESTIBULE_SMTP_URL is not set: `up` writes invitations and password resets to its log, other commands send none".to_owned(),
        ),
    }
}

async fn private_database(environment: &Environment, state_dir: &Path) -> Finding {
    match Binaries::find(environment.search_path()).await {
        Ok(binaries) => Finding::Fine(format!(
            "DATABASE_URL is not set: `up` makes a private database in {} with {}",
            state_dir.display(),
            binaries.program("postgres").display()
        )),
        Err(error) => Finding::Wrong(format!("{error:#}")),
    }
}

async fn database(url: &SecretString) -> Finding {
    let asked = async {
        let mut connection = PgConnection::connect(url.expose_secret()).await?;
        sqlx::query_scalar::<_, String>("select current_setting('server_version_num')")
            .fetch_one(&mut connection)
            .await
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(version)) => match version.parse::<u32>().unwrap_or(0) / 10_000 {
            major @ 15.. => Finding::Fine(format!("the database answers: PostgreSQL {major}")),
            major => Finding::Wrong(format!(
                "the database is PostgreSQL {major}; Vestibule needs 15 or newer"
            )),
        },
        Ok(Err(error)) => {
            Finding::Wrong(format!("DATABASE_URL: the database does not let us in: {error}"))
        }
        Err(_) => Finding::Wrong(format!(
            "DATABASE_URL: the database does not answer within {PATIENCE:?}"
        )),
    }
}

async fn broker(url: &SecretString) -> Finding {
    let properties =
        lapin::ConnectionProperties::default().with_connection_name("vestibule doctor".into());
    match tokio::time::timeout(
        PATIENCE,
        lapin::Connection::connect(url.expose_secret(), properties),
    )
    .await
    {
        Ok(Ok(connection)) => {
            let closed = connection.close(200, "seen".into()).await;
            closed.map_or_else(
                |error| {
                    Finding::Advice(format!("the broker answers, but did not close well: {error}"))
                },
                |()| Finding::Fine("the broker answers".to_owned()),
            )
        }
        Ok(Err(error)) => {
            Finding::Wrong(format!("AMQP_URL: the broker does not let us in: {error}"))
        }
        Err(_) => {
            Finding::Wrong(format!("AMQP_URL: the broker does not answer within {PATIENCE:?}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bad_setting_is_a_finding_with_an_example() {
        let environment = Environment::of(&[("VESTIBULE_PUBLIC_URL", "http://door.example.com")]);

        let findings = findings(&environment, Path::new(".vestibule")).await;

        assert_eq!(
            findings,
            [Finding::Wrong(
                "VESTIBULE_PUBLIC_URL is \"http://door.example.com\": must be https, except on this machine's own \
                 address; for example VESTIBULE_PUBLIC_URL=https://door.example.com"
                    .to_owned()
            )]
        );
    }

    #[tokio::test]
    async fn a_database_that_is_not_there_is_told_without_its_password() {
        let finding =
            database(&SecretString::from("postgres://me:hunter2@127.0.0.1:1/vestibule")).await;

        assert!(matches!(&finding, Finding::Wrong(text) if !text.contains("hunter2")), "{finding}");
    }
}
