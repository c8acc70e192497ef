//! Small plugs: where a room wants a trait and another room has the thing.

use std::time::Duration;

use async_trait::async_trait;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::application::calls::WorkArgs;
use crate::application::ports::{Clock, Ids, Mail, OpenDial, Unavailable, WorkKind};
use crate::store::Store;
use crate::store::access::Letter;
use crate::store::audit::chain::Chains;
use crate::store::projections::Projections;
use crate::store::webhooks::FanOut;
use crate::workers::post::PostOffice;
use crate::workers::projector::Project;
use crate::workers::resolver::OpenDials;
use crate::workers::sweeper::{ExpiredDial, Sweep};

/// The machine's clock.
#[derive(Debug)]
pub struct MachineClock;

impl Clock for MachineClock {
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc()
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

#[async_trait]
impl Sweep for Expiries {
    async fn sweep(&self) -> Result<Vec<ExpiredDial>, Unavailable> {
        let expired = self.0.sweep_work().await?;
        let dials = expired
            .into_iter()
            .filter(|expired| expired.kind == WorkKind::Dial)
            .filter_map(|expired| {
                let args = WorkArgs::read(&expired.args)?;
                Some(ExpiredDial { tenant: expired.tenant, args, leg: args.leg? })
            });
        Ok(dials.collect())
    }

    async fn keep_house(&self) -> Result<(), Unavailable> {
        self.0.keep_house().await
    }
}

/// The audit's chains follow the events as read models do.
pub(super) struct Chaining(pub Chains);

#[async_trait]
impl Project for Chaining {
    async fn catch_up(&self) -> Result<bool, Unavailable> {
        self.0.extend().await
    }

    async fn wait(&self, at_most: Duration) {
        self.0.wait(at_most).await;
    }
}

pub(super) struct Following(pub Projections);

#[async_trait]
impl Project for Following {
    async fn catch_up(&self) -> Result<bool, Unavailable> {
        self.0.catch_up().await
    }

    async fn wait(&self, at_most: Duration) {
        self.0.wait(at_most).await;
    }
}

pub(super) struct FanningOut(pub FanOut);

#[async_trait]
impl Project for FanningOut {
    async fn catch_up(&self) -> Result<bool, Unavailable> {
        self.0.catch_up().await
    }

    async fn wait(&self, at_most: Duration) {
        self.0.wait(at_most).await;
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
