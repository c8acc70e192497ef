//! A command's way: from its flags to the rooms that do it.

use std::{path::Path, process::ExitCode, time::Instant};

use anyhow::{Context, bail};
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};

use super::{
    command_line::{Command, CommandLine, Projections, Up},
    config::{Database, Environment, Kind, Settings},
    console_output::{self, Took, step},
    doctor,
    embedded::Embedded,
    probe, telemetry,
};
use crate::store;

/// Runs the command until it ends or is told to.
pub async fn run(command_line: CommandLine, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command_line.command {
        Command::Up(options) => up(options, environment).await,
        Command::Api(options) => {
            serving(environment, options.listen.as_deref())?;
            not_in_this_build("api")
        }
        Command::Worker => {
            serving(environment, None)?;
            not_in_this_build("worker")
        }
        Command::Migrate => migrate(environment).await,
        Command::Simulator { .. } => not_in_this_build("simulator"),
        Command::Demo => not_in_this_build("demo"),
        Command::Openapi => not_in_this_build("openapi"),
        Command::Projections {
            action: Projections::List | Projections::Rebuild { .. } | Projections::Check,
        } => not_in_this_build("projections"),
        Command::Doctor(state) => Ok(doctor::examine(environment, &state.state_dir).await),
        Command::Healthcheck { address, path } => probe::ask(environment, address, &path).await,
    }
}

/// The settings of a process that serves, with its log and metrics started.
fn serving(environment: &Environment, listen: Option<&str>) -> anyhow::Result<Settings> {
    let settings = Settings::read(environment, Kind::Serving, listen)?;
    telemetry::start_logging(&settings.log)?;
    Ok(settings)
}

async fn up(options: Up, environment: &Environment) -> anyhow::Result<ExitCode> {
    let begun = Instant::now();
    let settings = Settings::read(environment, Kind::Embedded, options.listen.listen.as_deref())?;
    telemetry::start_logging(&settings.log)?;

    console_output::line("Starting Vestibule");
    let database = open_database(&settings.database, &options.state.state_dir, environment).await?;
    console_output::line(format_args!("Started in {}", Took(begun.elapsed())));

    if !options.database_only {
        let served = serve(&settings, database.url()).await;
        database.close().await?;
        return served;
    }
    console_output::line("The private database runs; Ctrl-C stops it.");
    told_to_stop().await?;
    database.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Needs nothing but the database: no key, no address.
async fn migrate(environment: &Environment) -> anyhow::Result<ExitCode> {
    match Database::read(environment, Kind::Serving)? {
        Database::Configured(url) => {
            step("bring the database to this version", store::migrate::run(&url)).await?
        }
        Database::Private => bail!("`up` migrates its private database itself"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Everything in this process, until it is told to stop.
async fn serve(_settings: &Settings, _database: SecretString) -> anyhow::Result<ExitCode> {
    not_in_this_build("up")
}

/// The database that `up` works on: the configured one, or a private one that ends with this process.
enum OpenDatabase {
    Configured(SecretString),
    Private(Embedded),
}

impl OpenDatabase {
    fn url(&self) -> SecretString {
        match self {
            Self::Configured(url) => url.clone(),
            Self::Private(embedded) => embedded.url(),
        }
    }

    async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Configured(_) => Ok(()),
            Self::Private(embedded) => embedded.stop().await,
        }
    }
}

async fn open_database(
    database: &Database,
    state_dir: &Path,
    environment: &Environment,
) -> anyhow::Result<OpenDatabase> {
    match database {
        Database::Configured(url) => Ok(OpenDatabase::Configured(url.clone())),
        Database::Private => {
            Embedded::start(state_dir, environment.search_path()).await.map(OpenDatabase::Private)
        }
    }
}

/// Waits for Ctrl-C or for the supervisor's SIGTERM.
async fn told_to_stop() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("can not listen for SIGTERM")?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted.context("can not listen for Ctrl-C")?,
        _ = terminate.recv() => {}
    }
    Ok(())
}

fn not_in_this_build(command: &str) -> anyhow::Result<ExitCode> {
    bail!("`{command}` is not part of this build yet")
}
