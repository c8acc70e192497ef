//! The commands and flags, and their help. What they mean is in `run`.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};

use super::media_tools::play::Play;
use super::media_tools::sink::Sink;
use crate::domain::ids::TenantId;

const ENVIRONMENT: &str = "\
Environment (a name with * can also be given as NAME_FILE, the path of a file that holds the value):
  VESTIBULE_LISTEN          where the API listens          [127.0.0.1:8080]
  VESTIBULE_PUBLIC_URL      how carriers and people reach it              [http://<listen>]
  VESTIBULE_METRICS_LISTEN  where Prometheus reads /metrics               [127.0.0.1:9464]
  DATABASE_URL *            PostgreSQL 15 or newer                        [up: a private one]
  AMQP_URL *                RabbitMQ                                      [none: work goes through PostgreSQL]
  VESTIBULE_MASTER_KEY *    32 bytes in base64, seals personal data       [up: kept in the state directory]
  VESTIBULE_SIGN_UP         open or closed: whether firms sign up by themselves   [open]
  VESTIBULE_SMTP_URL *      sends invitations and password resets         [up: the log; else not sent]
  VESTIBULE_MAIL_FROM       their sender, e.g. Vestibule <door@example.com>
  VESTIBULE_LIMIT_ADDRESS, VESTIBULE_LIMIT_SIGN_IN, VESTIBULE_LIMIT_USER, VESTIBULE_LIMIT_TENANT
                            API requests a minute, or off     [3000, 120, 1200, 6000]
  VESTIBULE_TRUSTED_PROXIES proxies whose X-Forwarded-For counts, e.g. 10.0.0.0/8         [none]
  VESTIBULE_CORS_ORIGINS    pages that may call the API, e.g. https://manage.example.com  [none]
  VESTIBULE_LOG             what is logged, e.g. info,vestibule=debug     [info]
  VESTIBULE_LOG_FORMAT      pretty or json                                [pretty on a terminal, else json]
  VESTIBULE_VONAGE_URL, VESTIBULE_TWILIO_URL, VESTIBULE_SIPGATE_URL, VESTIBULE_SIPGATE_KEYS
                            the carriers' API hosts, for a stand-in       [the real ones]
  VESTIBULE_REPORT_WITHIN   seconds that carriers get to report, before their records are asked   [120]
  VESTIBULE_SIMULATOR_URL   where the console tries doors without a carrier  [up: its own; else none]
  VESTIBULE_ALLOW_PRIVATE_WEBHOOKS
                            true: webhooks may go to private addresses    [false]
  VESTIBULE_ALLOW_PRIVATE_BACKENDS
                            true: live audio may go to private addresses  [false]

`vestibule doctor` reads all of it, and says what is wrong and how to put it right.";

/// Door intercoms for apartment buildings, run by phone.
#[derive(Debug, Parser)]
#[command(name = "vestibule", version, about, after_help = ENVIRONMENT, max_term_width = 110)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start everything in one process, with a private database and a demo building.
    ///
    /// Needs nothing but PostgreSQL's programs. Without DATABASE_URL it makes a private cluster in the state
    /// directory, never a server that was there before. Rings the demo door once, then serves until Ctrl-C.
    Up(Up),
    /// Serve the REST API and the carriers' webhooks.
    Api(Listen),
    /// Dial, keep the deadlines and the projections. Run as many as you like.
    Worker,
    /// Bring the database to this version's schema, then exit.
    Migrate {
        /// Only make the roles: for an empty database that a dump is about to be restored into.
        #[arg(long)]
        roles_only: bool,
    },
    /// Serve stand-ins for the carriers, with phones that can be scripted.
    Simulator {
        /// Where the stand-ins listen.
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
        listen: SocketAddr,
    },
    /// Ring a demo door against a running server and print the call's timeline. Exits with 1 if the door stays shut.
    Demo(Demo),
    /// Print the REST API's OpenAPI document.
    Openapi,
    /// Look at, rebuild or check the read models that are made from events.
    Projections {
        #[command(subcommand)]
        action: Projections,
    },
    /// Make firms, where nobody signs up by themselves.
    Tenants {
        #[command(subcommand)]
        action: Tenants,
    },
    /// Change the keys that sign access tokens.
    Keys {
        #[command(subcommand)]
        action: Keys,
    },
    /// Write a firm's audit chain to a file, or check such a file.
    Audit {
        #[command(subcommand)]
        action: Audit,
    },
    /// Keep a list of who was erased apart from the database, and erase them again after a restore.
    Erasures {
        #[command(subcommand)]
        action: Erasures,
    },
    /// Try live audio: play a file into a call, or take what a backend would get.
    Media {
        #[command(subcommand)]
        action: Media,
    },
    /// Check the configuration, the database, the broker, each connection and each line.
    ///
    /// One line a finding, with what to do. Exits with 1 when something must be put right.
    Doctor(StateDir),
    /// Ask a running server whether it is ready. For container health checks.
    #[command(hide = true)]
    Healthcheck {
        /// The address to ask; a server that listens on every interface is asked on the loopback one.
        #[arg(long, value_name = "ADDRESS")]
        address: Option<SocketAddr>,
        #[arg(long, default_value = "/health/ready")]
        path: String,
    },
}

#[derive(Debug, Args)]
pub struct Up {
    #[command(flatten)]
    pub listen: Listen,
    #[command(flatten)]
    pub state: StateDir,
    /// Where the carrier simulator listens.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    pub simulator: SocketAddr,
    /// Talk to the real carriers: no simulator, no demo building.
    #[arg(long)]
    pub real: bool,
    /// Ring the demo door once, then stop.
    #[arg(long, conflicts_with = "real")]
    pub once: bool,
    /// Only start and stop the private database, to see that it works here.
    #[arg(long, hide = true)]
    pub database_only: bool,
}

#[derive(Debug, Args)]
pub struct Demo {
    #[command(flatten)]
    pub state: StateDir,
    /// The server to ring; VESTIBULE_PUBLIC_URL if absent.
    #[arg(long, value_name = "URL")]
    pub api: Option<String>,
    /// The carrier simulator, as the server reaches it too.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8090")]
    pub simulator: String,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Listen {
    /// Where to listen; overrides VESTIBULE_LISTEN.
    #[arg(long, value_name = "ADDRESS")]
    pub listen: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct StateDir {
    /// Where the private database, its password and the master key are kept.
    #[arg(long, value_name = "DIRECTORY", default_value = ".vestibule")]
    pub state_dir: PathBuf,
}

#[derive(Debug, Subcommand)]
pub enum Projections {
    /// Name, version, position and lag of each.
    List,
    /// Build one anew beside the old, then switch over.
    Rebuild {
        /// Its name, or `all`.
        name: String,
    },
    /// Compare each with a fresh rebuild. Exits with 1 when one differs.
    Check,
}

#[derive(Debug, Subcommand)]
pub enum Tenants {
    /// Make a firm and print the link by which its first owner comes in, good for a week.
    Create {
        /// The firm's name.
        #[arg(long)]
        name: String,
        /// The owner's e-mail.
        #[arg(long)]
        owner_email: String,
    },
    /// Say for how long a firm's calls are kept; then whole calls are deleted, and what doors were counted for stays.
    Keep {
        /// Whose.
        #[arg(long, value_name = "ID")]
        tenant: TenantId,
        /// A year if nobody says otherwise.
        #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(i32).range(30..=3650))]
        calls: i32,
    },
}

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Make a new key sign from now on. The server does it by itself each month.
    Rotate {
        /// The old keys are known to someone else: their tokens stop within a minute.
        #[arg(long)]
        end_old: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Audit {
    /// Write a firm's chain, as GET /v1/audit/chain hands it out, from the database.
    Export {
        /// Whose.
        #[arg(long, value_name = "ID")]
        tenant: TenantId,
        /// The file to write.
        file: PathBuf,
    },
    /// Check a file without database or network. Exits with 1 at the first thing that is wrong, and names it.
    Verify {
        /// The file to check.
        file: PathBuf,
        /// A file with what /.well-known/vestibule-audit.json answered; may be given more than once.
        #[arg(long, value_name = "FILE")]
        key: Vec<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum Erasures {
    /// Add who was erased to a file, a line each. Nobody who stands in it is ever taken out.
    Export {
        /// The file; made if it is missing.
        file: PathBuf,
    },
    /// Erase everybody in the file whom a backup brought back. Before anything else is started on that database.
    Apply {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum Media {
    Play(Play),
    Sink(Sink),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_commands_and_flags_agree_with_each_other() {
        CommandLine::command().debug_assert();
    }
}
