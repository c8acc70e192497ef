//! The audio of sentences: what was rendered is ours to make again, what was uploaded is the firm's.

use std::collections::HashMap;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest, Sha256};

use super::{Store, TenantTx};
use crate::application::ports::Unavailable;
use crate::application::ports::prompts::{PromptBook, Recorded, Source};
use crate::domain::call::sentences::SentenceHash;
use crate::domain::ids::{LineId, TenantId};

/// As the column keeps them.
const BYTES_A_SECOND: u64 = 16_000;

/// A recording that a manager sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
    /// How long it lasts.
    pub lasts: Duration,
    /// SHA-256 of its samples.
    pub audio_hash: [u8; 32],
}

impl Store {
    /// What the names of prompts are sealed under.
    pub fn prompt_key(&self) -> [u8; 32] {
        self.keyring.master().hash("prompt names", b"")
    }

    /// Throws away what was rendered and can not be said any more.
    pub(super) async fn sweep_prompts(&self) -> Result<u64, Unavailable> {
        let swept = sqlx::query!(
            "delete from vestibule.prompt_audio where (tenant_id, sentence_hash, source) in (
                 select tenant_id, sentence_hash, source from vestibule.prompt_audio
                 where source = 'rendered' and said_at < clock_timestamp() - interval '30 days'
                 limit 5000)"
        )
        .execute(&self.worker)
        .await?;
        Ok(swept.rows_affected())
    }
}

#[async_trait]
impl PromptBook for Store {
    async fn recording(
        &self,
        tenant: TenantId,
        sentence: SentenceHash,
    ) -> Result<Option<Vec<i16>>, Unavailable> {
        let samples = sqlx::query_scalar!(
            "select samples from vestibule.prompt_audio
             where tenant_id = $1 and sentence_hash = $2
             order by source = 'uploaded' desc limit 1",
            tenant.as_uuid(),
            &sentence.as_bytes()[..]
        )
        .fetch_optional(&self.worker)
        .await?;
        Ok(samples.map(|samples| {
            samples.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two)).collect()
        }))
    }

    async fn recorded(
        &self,
        tenant: TenantId,
        sentences: &[SentenceHash],
    ) -> Result<HashMap<SentenceHash, Recorded>, Unavailable> {
        let rows = sqlx::query!(
            r#"select distinct on (sentence_hash) sentence_hash, source, octet_length(samples) as "bytes!"
               from vestibule.prompt_audio
               where tenant_id = $1 and sentence_hash = any ($2)
               order by sentence_hash, source = 'uploaded' desc"#,
            tenant.as_uuid(),
            &as_column(sentences)
        )
        .fetch_all(&self.worker)
        .await?;
        let recorded = rows.into_iter().filter_map(|row| {
            let hash = SentenceHash::from_bytes(row.sentence_hash.try_into().ok()?);
            let is_uploaded = row.source == Source::Uploaded.name();
            let source = if is_uploaded { Source::Uploaded } else { Source::Rendered };
            Some((hash, Recorded { source, lasts: lasts(row.bytes) }))
        });
        Ok(recorded.collect())
    }

    async fn keep_rendered(
        &self,
        tenant: TenantId,
        sentence: SentenceHash,
        samples: &[i16],
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "insert into vestibule.prompt_audio (tenant_id, sentence_hash, source, samples)
             values ($1, $2, 'rendered', $3)
             on conflict do nothing",
            tenant.as_uuid(),
            &sentence.as_bytes()[..],
            as_bytes(samples)
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }

    async fn still_said(
        &self,
        tenant: TenantId,
        sentences: &[SentenceHash],
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "update vestibule.prompt_audio set said_at = clock_timestamp()
             where tenant_id = $1 and sentence_hash = any ($2) and source = 'rendered'
               and said_at < clock_timestamp() - interval '1 day'",
            tenant.as_uuid(),
            &as_column(sentences)
        )
        .execute(&self.worker)
        .await?;
        Ok(())
    }

    async fn lines_at(&self, carriers: &[&str]) -> Result<Vec<(TenantId, LineId)>, Unavailable> {
        let carriers: Vec<String> = carriers.iter().map(ToString::to_string).collect();
        let rows = sqlx::query!(
            "select tenant_id, line_id from vestibule.line
             join vestibule.connection using (tenant_id, connection_id)
             where provider = any ($1)
             order by tenant_id, line_id",
            &carriers
        )
        .fetch_all(&self.worker)
        .await?;
        Ok(rows.into_iter().map(|row| (row.tenant_id.into(), row.line_id.into())).collect())
    }
}

impl TenantTx {
    /// What a manager sent for a sentence.
    pub async fn prompt_upload(
        &mut self,
        sentence: SentenceHash,
    ) -> Result<Option<Upload>, Unavailable> {
        let samples = sqlx::query_scalar!(
            "select samples from vestibule.prompt_audio where sentence_hash = $1 and source = 'uploaded'",
            &sentence.as_bytes()[..]
        )
        .fetch_optional(self.connection())
        .await?;
        Ok(samples.map(|samples| Upload::of(&samples)))
    }

    /// How many sentences have audio that was uploaded.
    pub async fn prompt_uploads(&mut self) -> Result<i64, Unavailable> {
        Ok(sqlx::query_scalar!(
            r#"select count(*) as "count!" from vestibule.prompt_audio where source = 'uploaded'"#
        )
        .fetch_one(self.connection())
        .await?)
    }

    /// Keeps what a manager sent for a sentence, in place of what was sent before.
    pub async fn put_prompt_upload(
        &mut self,
        sentence: SentenceHash,
        samples: &[i16],
    ) -> Result<Upload, Unavailable> {
        let tenant = self.tenant().as_uuid();
        let samples = as_bytes(samples);
        sqlx::query!(
            "insert into vestibule.prompt_audio (tenant_id, sentence_hash, source, samples)
             values ($1, $2, 'uploaded', $3)
             on conflict (tenant_id, sentence_hash, source)
             do update set samples = excluded.samples, said_at = clock_timestamp()",
            tenant,
            &sentence.as_bytes()[..],
            samples
        )
        .execute(self.connection())
        .await?;
        Ok(Upload::of(&samples))
    }

    /// Throws away what a manager sent for a sentence.
    pub async fn remove_prompt_upload(
        &mut self,
        sentence: SentenceHash,
    ) -> Result<(), Unavailable> {
        sqlx::query!(
            "delete from vestibule.prompt_audio where sentence_hash = $1 and source = 'uploaded'",
            &sentence.as_bytes()[..]
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }
}

impl Upload {
    fn of(samples: &[u8]) -> Self {
        let bytes = i32::try_from(samples.len()).unwrap_or(i32::MAX);
        Self { lasts: lasts(bytes), audio_hash: Sha256::digest(samples).into() }
    }
}

fn lasts(bytes: i32) -> Duration {
    Duration::from_millis(u64::try_from(bytes).unwrap_or_default() * 1_000 / BYTES_A_SECOND)
}

fn as_bytes(samples: &[i16]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.to_le_bytes()).collect()
}

fn as_column(sentences: &[SentenceHash]) -> Vec<Vec<u8>> {
    sentences.iter().map(|sentence| sentence.as_bytes().to_vec()).collect()
}
