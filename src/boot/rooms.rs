//! The rooms plugged together: what a process of Vestibule is made of.

mod audio;
mod carriers;
mod clock;
mod plan;
mod ports;

use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Condition, from_fn};
use actix_web::{App as WebApp, HttpServer, web};
use anyhow::Context;
use secrecy::zeroize::Zeroizing;
use tokio::runtime::Handle;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

pub use self::audio::Audio;
use self::carriers::{Connected, StandIns};
pub use self::plan::Plan;
use self::ports::{
    Archiving, Beating, Chaining, Expiries, FanningOut, Following, Letters, OpenDialsOf, RandomIds,
    Speaking, Standing,
};
use crate::application::calls::Calls;
use crate::application::ports::{Carriers, Clock, Ids, Mailer, WorkSource};
use crate::application::streams::CallStreams;
use crate::application::webhooks::Webhooks;
use crate::bus::{self, AmqpSource};
use crate::carriers::capabilities_of;
use crate::console::{self, Offer};
use crate::domain::audit::sign::Signer;
use crate::http::edge::{self, Limits};
use crate::http::extract::keys::Keys;
use crate::http::hooks::connections::Connections;
use crate::http::media::Media;
use crate::http::routes::BODY_MAX;
use crate::http::simulator::Simulator;
use crate::http::stopping::Stopping;
use crate::http::{App, SignUp, routes};
use crate::media::Live;
use crate::prompts::{PromptUrls, Recordings};
use crate::store::audit::chain::Chains;
use crate::store::bell::Bell;
use crate::store::directory::PgDirectory;
use crate::store::journal::PgJournal;
use crate::store::journal::writer::Writer;
use crate::store::projections::Projections;
use crate::store::vital_signs::Notes;
use crate::store::webhooks::FanOut;
use crate::store::work_items::PgSource;
use crate::store::{PoolSizes, Store};
use crate::webhooks_out;
use crate::workers::hooks_out::HooksOut;
use crate::workers::{self, reconciler};

/// How long what is in hand may take once the process shall stop.
const STOP_WITHIN: Duration = Duration::from_secs(15);

/// A head that trickles in is cut off with a 408, after which no carrier asks again. Vonage waits for so long itself, so that none sees it
/// whose request came while this process stood still.
const HEAD_WITHIN: Duration = Duration::from_secs(10);

/// A process's rooms, open.
#[derive(Debug)]
pub struct Rooms {
    /// The database.
    pub store: Store,
    /// The use cases of calls.
    pub calls: Calls,
    /// The events, written and read.
    pub journal: Arc<PgJournal>,
    /// The read models.
    pub projections: Projections,
    /// The use cases of streams: what live audio asks, and tells.
    pub streams: CallStreams,
    /// The use cases of webhooks that go out.
    pub webhooks: Webhooks,
    /// Follows the events for them.
    pub fan_out: FanOut,
    vital_signs: Arc<Notes>,
    app: web::Data<App>,
    media: web::Data<Media>,
    beating: CancellationToken,
    origins: Vec<String>,
    chains: Chains,
    bell: Bell,
    writer: JoinHandle<()>,
    broker: Option<bus::Settings>,
    mailer: Option<Arc<dyn Mailer>>,
    ids: Arc<dyn Ids>,
    reconciler: reconciler::Settings,
}

impl Rooms {
    /// Opens the rooms. The database is at this binary's schema already.
    pub async fn open(plan: Plan) -> anyhow::Result<Self> {
        let ids: Arc<dyn Ids> = Arc::new(RandomIds);
        let store = Store::connect(plan.store()).await.context("the database can not be used")?;
        plan.database_clock.follow(store.clone()).await?;
        let (writer, writer_task) = Writer::start(store.clone());
        let journal = Arc::new(PgJournal::new(store.clone(), writer, Arc::clone(&ids)));
        let prompts = Arc::new(PromptUrls::new(&plan.public_url, &store.prompt_key()));
        let vital_signs = Notes::start(store.clone(), Arc::clone(&plan.clock));
        let calls =
            calls(&plan, &store, (&journal, &ids), &prompts)?.noting(Arc::clone(&vital_signs) as _);
        let streams = CallStreams { calls: calls.clone(), book: Arc::new(store.clone()) };
        let projections = Projections::start(store.clone()).await?;
        let webhooks = webhooks(plan.webhooks, &journal, &store, (&plan.clock, &ids))?;
        let signer = signer(&store, &*ids).await?;
        let chains = Chains::new(store.clone(), signer.clone(), Arc::clone(&plan.clock));
        let recordings =
            Recordings::new(PromptUrls::clone(&prompts), Arc::new(store.clone()), plan.voice);
        let media =
            plan.audio.open(&store, &plan.clock, &plan.public_url, Arc::new(streams.clone()));
        let app = web::Data::new(App {
            keys: Keys::open(&store, &*ids, plan.clock.now()).await?,
            store: store.clone(),
            journal: Arc::clone(&journal),
            calls: calls.clone(),
            streams: streams.clone(),
            webhooks: webhooks.clone(),
            clock: plan.clock,
            ids: Arc::clone(&ids),
            connections: Connections::new(plan.sipgate_keys, prompts),
            public_url: plan.public_url,
            sign_up: plan.sign_up,
            private_backends: media.private(),
            limits: Limits::new(plan.edge.per_minute),
            proxies: plan.edge.proxies,
            stopping: media.stopping(),
            tasks: Handle::current(),
            recordings,
            signer,
            simulator: plan.simulator.map(Simulator::at).transpose()?,
        });
        Ok(Self {
            fan_out: FanOut::start(store.clone(), Arc::clone(&ids)).await?,
            bell: Bell::start(store.clone()),
            store,
            calls,
            vital_signs,
            streams,
            journal,
            projections,
            webhooks,
            app,
            media,
            beating: CancellationToken::new(),
            origins: plan.edge.origins,
            chains,
            writer: writer_task,
            broker: plan.broker,
            mailer: plan.post.mailer()?,
            ids,
            reconciler: plan.reconciler,
        })
    }

    /// Serves the API and the hooks.
    pub fn serve(
        &self,
        listener: std::net::TcpListener,
    ) -> anyhow::Result<(ServerHandle, JoinHandle<std::io::Result<()>>)> {
        let (app, media, origins) = (self.app.clone(), self.media.clone(), self.origins.clone());
        let console = self.console();
        // Whoever serves runs streams, and says so.
        let running = Arc::new(Beating(self.live_audio().clone()));
        let book = Arc::new(self.store.clone());
        tokio::spawn(workers::streams::run(running, book, self.beating.clone()));
        let server = HttpServer::new(move || {
            WebApp::new()
                .app_data(app.clone())
                .app_data(media.clone())
                .app_data(web::PayloadConfig::new(BODY_MAX))
                // The last is the first that a request meets.
                .wrap(from_fn(edge::body::in_time))
                .wrap(from_fn(edge::limits::hold))
                .wrap(Condition::new(!origins.is_empty(), edge::cors(&origins)))
                .wrap(from_fn(edge::headers::add))
                .wrap(from_fn(edge::request_id::name))
                .configure(|config| console::configure(config, &console))
                .configure(routes::configure)
        })
        .listen(listener)?
        .client_request_timeout(HEAD_WITHIN)
        .shutdown_timeout(STOP_WITHIN.as_secs())
        .disable_signals()
        .run();
        let handle = server.handle();
        Ok((handle, tokio::spawn(server)))
    }

    /// What the console's pages are told.
    fn console(&self) -> console::Settings {
        let offered = |is: bool| if is { Offer::Given } else { Offer::Withheld };
        console::Settings {
            public_url: self.app.public_url.clone(),
            sign_up: offered(self.app.sign_up == SignUp::Open),
            simulator: offered(self.app.simulator.is_some()),
        }
    }

    /// The audio streams that run in this process.
    pub fn live_audio(&self) -> &Live {
        self.media.live()
    }

    /// How the server is told, step by step, that the process is about to end.
    pub fn stopping(&self) -> Stopping {
        self.app.stopping.clone()
    }

    /// Starts what works in the background: dials, effects, timers, webhooks, letters, prompts, the resolver, the sweeper, the
    /// reconciler, the read models; and with a broker the relay.
    pub fn work(&self, stop: &CancellationToken) -> JoinSet<()> {
        let owner = self.ids.next();
        let direct = Arc::new(PgSource::new(self.store.clone(), owner));
        let mut tasks = JoinSet::new();
        let source: Arc<dyn WorkSource> = match &self.broker {
            None => direct,
            Some(settings) => {
                let (source, relay) = AmqpSource::start(settings.clone(), direct, stop.clone());
                tasks.spawn(relay);
                Arc::new(source)
            }
        };
        let (wake, stopping) = (self.store.wake(), stop.clone());
        tasks.spawn(async move {
            stopping.cancelled().await;
            // Who waits for work need not wait any longer.
            wake.work.look_at_all();
        });
        let mut workers = workers::start(&self.calls, &source, stop);
        tasks.spawn(async move { while workers.join_next().await.is_some() {} });
        tasks.spawn(workers::resolver::run(
            self.calls.clone(),
            OpenDialsOf(self.store.clone()),
            stop.clone(),
        ));
        tasks.spawn(workers::sweeper::run(
            self.calls.clone(),
            Expiries(self.store.clone()),
            stop.clone(),
        ));
        let archiving = Archiving(Arc::clone(&self.journal));
        tasks.spawn(workers::archiver::run(archiving, stop.clone()));
        tasks.spawn(reconciler::run(
            self.calls.clone(),
            Arc::new(self.store.clone()),
            self.reconciler,
            stop.clone(),
        ));
        match &self.mailer {
            Some(mailer) => {
                let letters = Letters(self.store.clone());
                tasks.spawn(workers::post::run(letters, Arc::clone(mailer), stop.clone()));
            }
            None => tracing::warn!(
                "VESTIBULE_SMTP_URL is not set: invitations and password resets are not sent"
            ),
        }
        tasks.spawn(workers::projector::run(Following(self.projections.clone()), stop.clone()));
        tasks.spawn(workers::projector::run(FanningOut(self.fan_out.clone()), stop.clone()));
        let spoken =
            Speaking { recordings: self.app.recordings.clone(), calls: self.calls.clone() };
        tasks.spawn(workers::prompts::run(spoken, stop.clone()));
        let hooks_out = HooksOut::new(self.webhooks.clone(), source, stop.clone());
        tasks.spawn(hooks_out.run());
        tasks.spawn(workers::projector::run(Chaining(self.chains.clone()), stop.clone()));
        tasks
    }

    /// Tells metrics how the database stands, until it is stopped. Each process does: any of them may be the last one up.
    pub fn sample(&self, stop: &CancellationToken) -> JoinHandle<()> {
        tokio::spawn(workers::sampler::run(Standing(self.store.clone()), stop.clone()))
    }

    /// Writes what is queued, and closes.
    pub async fn close(self) {
        let Self {
            store,
            calls,
            streams,
            journal,
            webhooks,
            vital_signs,
            app,
            media,
            beating,
            bell,
            writer,
            ..
        } = self;
        beating.cancel();
        drop((calls, streams, journal, webhooks, app, media));
        // The writer ends when nobody can hand it anything any more; a request that hangs must not hold it up.
        let _ = tokio::time::timeout(Duration::from_secs(5), writer).await;
        if let Err(error) = vital_signs.write().await {
            tracing::debug!(%error, "signs of life could not be written");
        }
        drop(vital_signs);
        bell.stop().await;
        store.close().await;
    }
}

/// The use cases of calls, over the carriers.
fn calls(
    plan: &Plan,
    store: &Store,
    (journal, ids): (&Arc<PgJournal>, &Arc<dyn Ids>),
    prompts: &Arc<PromptUrls>,
) -> anyhow::Result<Calls> {
    let directory = PgDirectory::new(store.clone(), capabilities_of).within(plan.limits.clone());
    Ok(Calls::new(
        Arc::clone(journal) as _,
        Arc::new(directory),
        carriers(plan, store, ids, prompts)?,
        Arc::clone(&plan.clock),
        Arc::clone(ids),
    ))
}

/// The use cases of webhooks that go out.
fn webhooks(
    settings: webhooks_out::Settings,
    journal: &Arc<PgJournal>,
    store: &Store,
    (clock, ids): (&Arc<dyn Clock>, &Arc<dyn Ids>),
) -> anyhow::Result<Webhooks> {
    Ok(Webhooks {
        journal: Arc::clone(journal) as _,
        log: Arc::new(store.clone()),
        poster: Arc::new(settings.start().context("webhooks can not be reached")?),
        clock: Arc::clone(clock),
        ids: Arc::clone(ids),
    })
}

/// The carriers' clients, at the carriers' or at the operator's stand-ins.
fn carriers(
    plan: &Plan,
    store: &Store,
    ids: &Arc<dyn Ids>,
    prompts: &Arc<PromptUrls>,
) -> anyhow::Result<Arc<dyn Carriers>> {
    let stand_ins = StandIns {
        vonage: plan.vonage.clone(),
        twilio: plan.twilio.clone(),
        sipgate: plan.sipgate.clone(),
    };
    Ok(Arc::new(Connected::new(
        store.clone(),
        &plan.public_url,
        stand_ins,
        Arc::clone(prompts) as _,
        Arc::clone(&plan.clock),
        Arc::clone(ids),
    )?))
}

/// The database and the carriers alone, for who only wants to look.
pub async fn connected(plan: Plan) -> anyhow::Result<(Store, Arc<dyn Carriers>)> {
    let (plan, store) = with_few_connections(plan).await?;
    let prompts = Arc::new(PromptUrls::new(&plan.public_url, &store.prompt_key()));
    let ids: Arc<dyn Ids> = Arc::new(RandomIds);
    let carriers = carriers(&plan, &store, &ids, &prompts)?;
    Ok((store, carriers))
}

/// The database alone, for what the operator does by hand.
pub async fn store_alone(plan: Plan) -> anyhow::Result<(Store, Arc<dyn Ids>)> {
    let (_, store) = with_few_connections(plan).await?;
    Ok((store, Arc::new(RandomIds)))
}

async fn with_few_connections(mut plan: Plan) -> anyhow::Result<(Plan, Store)> {
    plan.pools = PoolSizes { ingest: 1, app: 1, worker: 1 };
    let store = Store::connect(plan.store()).await?;
    Ok((plan, store))
}

/// Waits for what is in hand, but not for ever: a lease that is left runs out, and someone else takes it.
pub async fn finish(mut tasks: JoinSet<()>) {
    let all = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(STOP_WITHIN, all).await.is_err() {
        tracing::warn!("work was still in hand when the process stopped; its leases run out");
    }
}

/// Signs for the audit, with a key of its own.
async fn signer(store: &Store, ids: &dyn Ids) -> anyhow::Result<Signer> {
    let mut fresh = Zeroizing::new([0; 32]);
    rand::fill(&mut fresh[..]);
    Ok(store.audit_signer(&ids.next().to_string(), &fresh).await?)
}
