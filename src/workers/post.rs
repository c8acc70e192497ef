//! Sends letters. One that can not be sent comes back later, until it is past its time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio_util::sync::CancellationToken;

use crate::application::ports::{Mail, Mailer, Unavailable};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// Who keeps the letters.
#[async_trait]
pub trait PostOffice: Send + Sync {
    /// What a letter is known by.
    type Letter: Send + Sync;
    /// Letters to send now; nobody else gets them for a while.
    async fn take(&self) -> Result<Vec<(Self::Letter, Mail)>, Unavailable>;
    /// This one is sent.
    async fn is_sent(&self, letter: &Self::Letter) -> Result<(), Unavailable>;
}

/// Sends until it is stopped.
pub async fn run(office: impl PostOffice, mailer: Arc<dyn Mailer>, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let letters = match office.take().await {
            Ok(letters) => letters,
            Err(error) => {
                tracing::warn!(%error, "letters can not be read");
                continue;
            }
        };
        for (letter, mail) in letters {
            // Told after it is sent: a crash in between sends it twice, which is better than never.
            let sent = match mailer.send(&mail).await {
                Ok(()) => office.is_sent(&letter).await,
                Err(error) => Err(error),
            };
            if let Err(error) = sent {
                tracing::warn!(%error, "a letter could not be sent; it is tried again");
            }
        }
    }
}
