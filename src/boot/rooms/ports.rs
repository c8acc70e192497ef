//! Small plugs: where a room wants a trait and another room has the thing.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::application::calls::{Calls, WorkArgs};
use crate::application::ports::stream_book::{BackendBeat, RunningStreams, StreamBeat};
use crate::application::ports::{Ids, Mail, OpenDial, Unavailable, WorkKind};
use crate::carriers::{Provider, sipgate};
use crate::domain::call::script::Step;
use crate::domain::call::stream::BackendState;
use crate::domain::ids::TenantId;
use crate::media::Live;
use crate::media::live::{self, BackendSnapshot, Snapshot};
use crate::prompts::{Prompt, PromptUrls, Recordings};
use crate::store::Store;
use crate::store::access::Letter;
use crate::store::audit::chain::Chains;
use crate::store::journal::PgJournal;
use crate::store::projections::Projections;
use crate::store::webhooks::FanOut;
use crate::workers::archiver::Archive;
use crate::workers::post::PostOffice;
use crate::workers::projector::Project;
use crate::workers::prompts::Render;
use crate::workers::resolver::OpenDials;
use crate::workers::sampler::Sample;
use crate::workers::sweeper::{ExpiredWork, Sweep};

/// The live audio of this process, as its signs of life are written down.
#[derive(Debug)]
pub struct Beating(pub Live);

impl RunningStreams for Beating {
    fn running(&self) -> Vec<StreamBeat> {
        let beat = |stream: Snapshot| StreamBeat {
            tenant: stream.tenant,
            stream: stream.stream,
            frames: stream.frames,
            backends: stream.backends.iter().map(backend_beat).collect(),
        };
        self.0.snapshot().into_iter().map(beat).collect()
    }
}

fn backend_beat(backend: &BackendSnapshot) -> BackendBeat {
    BackendBeat {
        backend: backend.counts.backend,
        state: match (backend.state, backend.counts.connections) {
            (live::BackendState::Reaching, 0) => BackendState::Waiting,
            (live::BackendState::Reaching, _) => BackendState::Lost,
            (live::BackendState::Connected, _) => BackendState::Connected,
            (live::BackendState::Gone, _) => BackendState::Gone,
        },
        sent: backend.counts.sent,
        dropped: backend.counts.missed,
    }
}

/// Fresh UUIDs, version 7.
#[derive(Debug)]
pub struct RandomIds;

impl Ids for RandomIds {
    #[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
    fn next(&self) -> Uuid {
        Uuid::now_v7()
    }
}

pub(super) struct OpenDialsOf(pub Store);

#[async_trait]
impl OpenDials for OpenDialsOf {
    async fn open_dials(&self, settled: Duration) -> Result<Vec<OpenDial>, Unavailable> {
        self.0.open_dials(settled).await
    }
}

pub(super) struct Expiries(pub Store);

/// What the archiver works on.
#[derive(Clone, Debug)]
pub(super) struct Archiving(pub Arc<PgJournal>);

#[async_trait]
impl Archive for Archiving {
    async fn archive(&self) -> Result<bool, Unavailable> {
        self.0.archive().await
    }
}

#[async_trait]
impl Sweep for Expiries {
    async fn sweep(&self) -> Result<Vec<ExpiredWork>, Unavailable> {
        let expired = self.0.sweep_work().await?;
        let told = expired
            .into_iter()
            .filter(|expired| matches!(expired.kind, WorkKind::Dial | WorkKind::Control))
            .filter_map(|expired| {
                let args = WorkArgs::read(&expired.args)?;
                Some(ExpiredWork { tenant: expired.tenant, args })
            });
        Ok(told.collect())
    }

    async fn keep_house(&self) -> Result<(), Unavailable> {
        self.0.keep_house().await
    }
}

/// How the database stands.
pub(super) struct Standing(pub Store);

#[async_trait]
impl Sample for Standing {
    async fn tell_gauges(&self) -> Result<(), Unavailable> {
        self.0.tell_gauges().await
    }
}

/// The audit's chains follow the events as read models do.
pub(super) struct Chaining(pub Chains);

#[async_trait]
impl Project for Chaining {
    async fn catch_up(&self) -> Result<bool, Unavailable> {
        self.0.extend().await
    }

    fn news(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.0.news())
    }
}

pub(super) struct Following(pub Projections);

#[async_trait]
impl Project for Following {
    async fn catch_up(&self) -> Result<bool, Unavailable> {
        self.0.catch_up().await
    }

    fn news(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.0.news())
    }
}

pub(super) struct FanningOut(pub FanOut);

#[async_trait]
impl Project for FanningOut {
    async fn catch_up(&self) -> Result<bool, Unavailable> {
        self.0.catch_up().await
    }

    fn news(&self) -> BoxFuture<'static, ()> {
        Box::pin(self.0.news())
    }
}

/// What is spoken at the carriers that do not speak.
pub(super) struct Speaking {
    pub recordings: Recordings,
    pub calls: Calls,
}

#[async_trait]
impl Render for Speaking {
    async fn render_missing(&self) -> Result<usize, Unavailable> {
        let silent: Vec<&str> = Provider::ALL
            .into_iter()
            .filter(|provider| !provider.capabilities().speech)
            .map(Provider::name)
            .collect();
        if silent.is_empty() {
            return Ok(0);
        }
        let round = self.recordings.render_missing(&*self.calls.directory, &silent).await?;
        if round.rendered > 0 {
            tracing::info!(sentences = round.rendered, "sentences were spoken in advance");
        }
        Ok(round.missing)
    }
}

/// One sound for all that is heard before a script does something.
impl sipgate::PromptUrls for PromptUrls {
    fn of(&self, tenant: TenantId, audible: &[Step]) -> Option<String> {
        let (prompt, _) = Prompt::before(audible);
        (!prompt.is_empty()).then(|| self.of(tenant, &prompt))
    }
}

pub(super) struct Letters(pub Store);

#[async_trait]
impl PostOffice for Letters {
    type Letter = Letter;

    async fn take(&self) -> Result<Vec<(Letter, Mail)>, Unavailable> {
        let letters = self.0.take_letters().await?;
        Ok(letters.into_iter().map(|letter| (letter.clone(), letter.mail)).collect())
    }

    async fn is_sent(&self, letter: &Letter) -> Result<(), Unavailable> {
        self.0.letter_is_sent(letter).await
    }
}
