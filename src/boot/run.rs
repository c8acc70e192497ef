//! A command's way: from its flags to the rooms that do it.

use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use secrecy::SecretString;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::command_line::{
    Audit, Command, CommandLine, Demo, Projections as ProjectionsAction, Up,
};
use super::config::{Broker, Database, Environment, KeySource, Kind, Settings};
use super::console_output::{self, Took, step};
use super::demo::{self, DemoBuilding};
use super::embedded::Embedded;
use super::rooms::{self, Plan, Rooms};
use super::telemetry::{self, Metrics};
use super::{audit, doctor, erasures, media_tools, operator, probe};
use crate::bus::{self, Topology};
use crate::http::openapi;
use crate::simulator::{self, Simulator};
use crate::store::migrate;
use crate::store::projections::Projections;

/// How long a load balancer gets to notice that this process is going.
const BALANCER_NOTICES: Duration = Duration::from_secs(3);
/// How long an end may take in all. What is in hand then is picked up by others: its leases run out.
const ENDS_WITHIN: Duration = Duration::from_secs(25);

/// Runs the command until it ends or is told to.
pub async fn run(command_line: CommandLine, environment: &Environment) -> anyhow::Result<ExitCode> {
    match command_line.command {
        Command::Up(options) => up(options, environment).await,
        Command::Api(options) => api(&serving(environment, options.listen.as_deref())?).await,
        Command::Worker => worker(&serving(environment, None)?).await,
        Command::Migrate { roles_only } => {
            let database = configured(&Database::read(environment, Kind::Serving)?)?;
            if roles_only {
                step("make the roles", migrate::roles(&database)).await?;
            } else {
                step("bring the database to this version", migrate::run(&database)).await?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Simulator { listen } => simulate(environment, listen).await,
        Command::Demo(options) => demo(&options, environment).await,
        Command::Openapi => {
            console_output::line(openapi::text().trim_end());
            Ok(ExitCode::SUCCESS)
        }
        Command::Projections { action } => projections(&serving(environment, None)?, action).await,
        Command::Tenants { action } => {
            operator::tenants(&serving(environment, None)?, action).await
        }
        Command::Keys { action } => operator::keys(&serving(environment, None)?, action).await,
        Command::Audit { action: Audit::Verify { file, key } } => audit::verify(&file, &key),
        Command::Audit { action: Audit::Export { tenant, file } } => {
            let plan = plan(&serving(environment, None)?)?;
            let (store, _) = rooms::connected(plan).await?;
            let code = audit::export(&store, tenant, &file).await;
            store.close().await;
            code
        }
        Command::Erasures { action } => {
            let rooms = Rooms::open(plan(&serving(environment, None)?)?).await?;
            let code = erasures::run(&rooms, action).await;
            rooms.close().await;
            code
        }
        Command::Media { action } => media_tools::run(action).await,
        Command::Doctor(state) => Ok(doctor::examine(environment, &state.state_dir).await),
        Command::Healthcheck { address, path } => probe::ask(environment, address, &path).await,
    }
}

/// The settings of a process that serves, with its log started.
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
    if options.database_only {
        console_output::line(format_args!("Started in {}", Took(begun.elapsed())));
        console_output::line("The private database runs; Ctrl-C stops it.");
        told_to_stop().await?;
        database.close().await?;
        return Ok(ExitCode::SUCCESS);
    }
    let served = serve_everything(&settings, &options, &database, begun).await;
    database.close().await?;
    served
}

/// Everything in this process, with a demo building whose door rings once, until it is told to stop.
async fn serve_everything(
    settings: &Settings,
    options: &Up,
    database: &OpenDatabase,
    begun: Instant,
) -> anyhow::Result<ExitCode> {
    let stop = CancellationToken::new();
    step("migrate the database", migrate::run(&database.url())).await?;
    let mut plan = Plan::new(
        database.url(),
        database.master_key(&settings.master_key)?,
        settings.public_url.as_str(),
    );
    plan.broker = broker(&settings.broker);
    plan.vonage = settings.carriers.vonage_stand_in();
    plan.twilio = settings.carriers.twilio_stand_in();
    plan.sipgate = settings.carriers.sipgate_stand_in();
    plan.simulator = settings.carriers.simulator.clone();
    plan.sipgate_keys = settings.carriers.sipgate_keys.clone();
    plan.give_carriers(settings.carriers.report_within);
    plan.webhooks.private = settings.webhooks;
    plan.audio.settings.private = settings.backends;
    plan.admit(&settings.access);
    plan.edge = settings.edge.clone();
    plan.voice = settings.voice.clone();
    let stand_in = if options.real {
        None
    } else {
        Some(step("start the carrier simulator", start_simulator(options.simulator)).await?)
    };
    if let Some(stand_in) = &stand_in {
        plan.vonage = Some(stand_in.base_url().parse()?);
        plan.simulator = Some(stand_in.base_url().parse()?);
    }
    let listener = listen(settings)?;
    let rooms = step("open the rooms", Rooms::open(plan)).await?;
    let (server, served) = rooms.serve(listener)?;
    let work = rooms.work(&stop);
    serve_metrics(settings, &rooms, &stop)?;

    let api = settings.public_url.as_str().trim_end_matches('/').to_owned();
    let is_well = match &stand_in {
        None => {
            console_output::line(format_args!("Started in {}: {api}/", Took(begun.elapsed())));
            true
        }
        Some(stand_in) => show_the_demo(&api, &stand_in.base_url(), options, begun).await?,
    };
    if !options.once {
        told_to_stop().await?;
    }
    stop.cancel();
    rooms.stopping().close();
    server.stop(true).await;
    rooms::finish(work).await;
    rooms.close().await;
    if let Some(stand_in) = stand_in {
        stand_in.shutdown().await;
    }
    let _ = served.await;
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn show_the_demo(
    api: &str,
    stand_in: &str,
    options: &Up,
    begun: Instant,
) -> anyhow::Result<bool> {
    let building =
        step("furnish the demo building", demo::furnish(api, stand_in, &options.state.state_dir))
            .await?;
    let is_open = step("ring the demo door", ring_once(&building)).await?;
    console_output::line(format_args!("Started in {}", Took(begun.elapsed())));
    welcome(api, &building, stand_in);
    Ok(is_open)
}

async fn ring_once(building: &DemoBuilding) -> anyhow::Result<bool> {
    let visit = demo::ring(building).await?;
    demo::print_timeline(&visit);
    Ok(visit.door_opened())
}

fn welcome(api: &str, building: &DemoBuilding, stand_in: &str) {
    console_output::line("");
    // The form is filled in then: what stands behind the # is not sent anywhere.
    console_output::line(format_args!(
        "  Console      {api}/sign-in#email={}&password={}",
        building.email(),
        building.password()
    ));
    console_output::line(format_args!("  API          {api}/docs/"));
    console_output::line(format_args!("  Health       {api}/health/deep"));
    console_output::line(format_args!("  Simulator    {stand_in}/sim"));
    console_output::line(format_args!(
        "  Sign in as   {}  with the password  {}",
        building.email(),
        building.password()
    ));
    console_output::line("");
    console_output::line(
        "Ring again with `make demo`. Ctrl-C stops everything; what is stored stays.",
    );
}

async fn api(settings: &Settings) -> anyhow::Result<ExitCode> {
    let stop = CancellationToken::new();
    let rooms = Rooms::open(plan(settings)?).await?;
    let (server, served) = rooms.serve(listen(settings)?)?;
    serve_metrics(settings, &rooms, &stop)?;
    told_to_stop().await?;
    end_in_time();
    rooms.stopping().drain();
    tokio::time::sleep(BALANCER_NOTICES).await;
    stop.cancel();
    rooms.stopping().close();
    server.stop(true).await;
    rooms.close().await;
    let _ = served.await;
    Ok(ExitCode::SUCCESS)
}

async fn worker(settings: &Settings) -> anyhow::Result<ExitCode> {
    let stop = CancellationToken::new();
    let rooms = Rooms::open(plan(settings)?).await?;
    let work = rooms.work(&stop);
    serve_metrics(settings, &rooms, &stop)?;
    told_to_stop().await?;
    end_in_time();
    stop.cancel();
    rooms::finish(work).await;
    rooms.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn simulate(
    environment: &Environment,
    listen: std::net::SocketAddr,
) -> anyhow::Result<ExitCode> {
    telemetry::start_logging(&super::config::Log::read(environment)?)?;
    let running = start_simulator(listen).await?;
    console_output::line(format_args!(
        "The carrier simulator listens on {}/sim",
        running.base_url()
    ));
    told_to_stop().await?;
    running.shutdown().await;
    Ok(ExitCode::SUCCESS)
}

async fn start_simulator(listen: std::net::SocketAddr) -> anyhow::Result<simulator::Running> {
    Ok(Simulator::start(simulator::Settings { listen, ..simulator::Settings::default() }).await?)
}

async fn demo(options: &Demo, environment: &Environment) -> anyhow::Result<ExitCode> {
    let settings = Settings::read(environment, Kind::Embedded, None)?;
    telemetry::start_logging(&settings.log)?;
    let api = options.api.clone().unwrap_or_else(|| settings.public_url.to_string());
    let building = demo::furnish(
        api.trim_end_matches('/'),
        options.simulator.trim_end_matches('/'),
        &options.state.state_dir,
    )
    .await?;
    let visit = demo::ring(&building).await?;
    demo::print_timeline(&visit);
    Ok(if visit.door_opened() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn projections(settings: &Settings, action: ProjectionsAction) -> anyhow::Result<ExitCode> {
    let rooms = Rooms::open(plan(settings)?).await?;
    let code = match action {
        ProjectionsAction::List => list_projections(&rooms.projections).await?,
        ProjectionsAction::Rebuild { name } => {
            let all = rooms.projections.names();
            for name in if name == "all" { all } else { vec![name.as_str()] } {
                let state = rooms.projections.rebuild(name).await?;
                console_output::line(format_args!(
                    "{name} is rebuilt: generation {} at position {}",
                    state.generation, state.position
                ));
            }
            ExitCode::SUCCESS
        }
        ProjectionsAction::Check => check_projections(&rooms.projections).await?,
    };
    rooms.close().await;
    Ok(code)
}

async fn list_projections(projections: &Projections) -> anyhow::Result<ExitCode> {
    for state in projections.list().await? {
        let stopped =
            state.stopped_because.map(|why| format!("  stopped: {why}")).unwrap_or_default();
        console_output::line(format_args!(
            "{:<14} {:>4}  {:<9} position {}{stopped}",
            state.name, state.generation, state.state, state.position
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn check_projections(projections: &Projections) -> anyhow::Result<ExitCode> {
    let mut all_equal = true;
    for name in projections.names() {
        for checked in projections.check(name).await? {
            let verdict = if checked.is_equal() { "equal" } else { "DIFFERS" };
            console_output::line(format_args!(
                "{:<32} {verdict}  {} {}",
                checked.table, checked.live, checked.rebuilt
            ));
            all_equal &= checked.is_equal();
        }
    }
    Ok(if all_equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

pub(super) fn plan(settings: &Settings) -> anyhow::Result<Plan> {
    let KeySource::Configured(key) = &settings.master_key else {
        anyhow::bail!("VESTIBULE_MASTER_KEY is not set")
    };
    let mut plan =
        Plan::new(configured(&settings.database)?, *key.bytes(), settings.public_url.as_str());
    plan.broker = broker(&settings.broker);
    plan.vonage = settings.carriers.vonage_stand_in();
    plan.twilio = settings.carriers.twilio_stand_in();
    plan.sipgate = settings.carriers.sipgate_stand_in();
    plan.simulator = settings.carriers.simulator.clone();
    plan.sipgate_keys = settings.carriers.sipgate_keys.clone();
    plan.give_carriers(settings.carriers.report_within);
    plan.webhooks.private = settings.webhooks;
    plan.audio.settings.private = settings.backends;
    plan.admit(&settings.access);
    plan.edge = settings.edge.clone();
    plan.voice = settings.voice.clone();
    Ok(plan)
}

fn broker(broker: &Broker) -> Option<bus::Settings> {
    match broker {
        Broker::InDatabase => None,
        Broker::Configured(url) => {
            Some(bus::Settings { url: url.clone(), topology: Topology::default() })
        }
    }
}

fn configured(database: &Database) -> anyhow::Result<SecretString> {
    match database {
        Database::Configured(url) => Ok(url.clone()),
        Database::Private => anyhow::bail!("DATABASE_URL is not set"),
    }
}

fn listen(settings: &Settings) -> anyhow::Result<TcpListener> {
    TcpListener::bind(settings.listen).with_context(|| {
        format!(
            "can not listen on {}; VESTIBULE_LISTEN or --listen names another address",
            settings.listen
        )
    })
}

fn serve_metrics(
    settings: &Settings,
    rooms: &Rooms,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let metrics = Metrics::install()?;
    tokio::spawn(metrics.clone().keep_up(stop.clone()));
    rooms.sample(stop);
    match metrics.serve(settings.metrics_listen) {
        Ok(server) => drop(tokio::spawn(server)),
        Err(error) => tracing::warn!(%error, "metrics are not served"),
    }
    Ok(())
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

    fn master_key(&self, source: &KeySource) -> anyhow::Result<[u8; 32]> {
        match (source, self) {
            (KeySource::Configured(key), _) => Ok(*key.bytes()),
            (KeySource::KeptInStateDir, Self::Private(embedded)) => {
                Ok(*embedded.master_key()?.bytes())
            }
            (KeySource::KeptInStateDir, Self::Configured(_)) => {
                anyhow::bail!(
                    "a configured database needs its VESTIBULE_MASTER_KEY: 32 bytes in base64, for example from `openssl rand -base64 32`"
                )
            }
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
            Ok(OpenDatabase::Private(Embedded::start(state_dir, environment.search_path()).await?))
        }
    }
}

/// Ends the process if it has not ended by itself in time, or if it is told once more.
fn end_in_time() {
    tokio::spawn(async {
        let told_again = tokio::time::timeout(ENDS_WITHIN, told_to_stop()).await.is_ok();
        tracing::warn!(told_again, "ended before everything in hand was done; its leases run out");
        std::process::exit(1);
    });
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
