//! What is logged and in what shape, and where traces go.

use tracing_subscriber::EnvFilter;

use super::{Environment, Refusal, traces};
use crate::trace::Exporter;

const FILTER: &str = "VESTIBULE_LOG";
const FORMAT: &str = "VESTIBULE_LOG_FORMAT";

#[derive(Clone, Debug)]
pub struct Log {
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub filter: String,
    pub format: LogFormat,
    /// Traces are the spans of the lines.
    pub traces: Option<Exporter>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Pretty,
    Json,
    /// Pretty for a person at a terminal, JSON for whoever collects lines.
    AsFits,
}

impl Log {
    pub fn read(environment: &Environment) -> Result<Self, Refusal> {
        let filter = environment.text(FILTER)?.unwrap_or("info");
        EnvFilter::builder().parse(filter).map_err(|error| {
            Refusal::value(FILTER, filter, format!("is not a filter ({error})"))
                .for_example("info,vestibule=debug")
        })?;
        let format = match environment.text(FORMAT)? {
            None => LogFormat::AsFits,
            Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some(other) => {
                return Err(
                    Refusal::value(FORMAT, other, "must be pretty or json").for_example("json")
                );
            }
        };
        Ok(Self { filter: filter.to_owned(), format, traces: traces::read(environment)? })
    }
}
