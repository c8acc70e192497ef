//! Reads the configuration and plugs the rooms together. Nothing is decided here.

pub mod audit;
pub mod config;

pub mod command_line;
pub mod console_output;
pub mod demo;
pub mod doctor;
pub mod embedded;
pub mod erasures;
pub mod media_tools;
pub mod operator;
pub mod probe;
pub mod rooms;
pub mod self_test;
pub mod telemetry;

mod run;

use std::process::ExitCode;

use clap::Parser;

use command_line::CommandLine;
use config::Environment;

/// What the binary does, from the first line to the exit code.
pub fn main() -> ExitCode {
    let command_line = CommandLine::parse();

    match start(command_line) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("vestibule: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    // First of all: rustls may see two providers, and panics at the first connection when nobody chose one.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        anyhow::bail!("a second rustls crypto provider was installed before main");
    }
    self_test::json_web_tokens()?;

    // A runtime with several threads below actix: the workers and projections are not the web server's guests.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let environment = Environment::of_this_process();
    actix_web::rt::System::with_tokio_rt(|| runtime).block_on(run::run(command_line, &environment))
}
