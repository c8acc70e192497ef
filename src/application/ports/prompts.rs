//! Where spoken sentences are kept.

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::Duration;

use async_trait::async_trait;

use super::Unavailable;
use crate::domain::call::sentences::SentenceHash;
use crate::domain::ids::{LineId, TenantId};

/// Where a sentence's audio comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A voice of ours spoke it.
    Rendered,
    /// A manager sent it: it wins over what was rendered.
    Uploaded,
}

impl Source {
    /// As in the database and in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rendered => "rendered",
            Self::Uploaded => "uploaded",
        }
    }
}

/// What is known of a sentence's audio.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// Where it comes from.
    pub source: Source,
    /// How long it lasts.
    pub lasts: Duration,
}

/// The audio of sentences: 16 bits, one channel, 8 kHz.
#[async_trait]
pub trait PromptBook: Send + Sync + Debug {
    /// The audio of a sentence of a firm's: the uploaded one, else the rendered one.
    async fn recording(
        &self,
        tenant: TenantId,
        sentence: SentenceHash,
    ) -> Result<Option<Vec<i16>>, Unavailable>;

    /// Which of these sentences have audio.
    async fn recorded(
        &self,
        tenant: TenantId,
        sentences: &[SentenceHash],
    ) -> Result<HashMap<SentenceHash, Recorded>, Unavailable>;

    /// Keeps what was rendered; what is there already stays.
    async fn keep_rendered(
        &self,
        tenant: TenantId,
        sentence: SentenceHash,
        samples: &[i16],
    ) -> Result<(), Unavailable>;

    /// Notes that these sentences can still be said: what cannot for a month is thrown away.
    async fn still_said(
        &self,
        tenant: TenantId,
        sentences: &[SentenceHash],
    ) -> Result<(), Unavailable>;

    /// The lines at these carriers.
    async fn lines_at(&self, carriers: &[&str]) -> Result<Vec<(TenantId, LineId)>, Unavailable>;
}
