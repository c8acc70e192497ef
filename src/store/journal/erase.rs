//! Erasing a person: the key is destroyed, and with it every copy of their data in events, webhooks and answers.

use serde_json::json;

use super::PgJournal;
use crate::application::ports::{Actor, Append, Expected, Journal, NewEvent, Unavailable};
use crate::domain::ids::{SubjectId, TenantId};
use crate::domain::phone_number::PhoneNumber;

impl PgJournal {
    /// Erases a person. Doing it again changes nothing.
    pub async fn erase(
        &self,
        tenant: TenantId,
        subject: SubjectId,
        actor: Actor,
    ) -> Result<(), Unavailable> {
        // The fact first: a crash in between leaves a key that the next attempt destroys.
        let event = NewEvent {
            id: self.ids.next().into(),
            kind: "SubjectErased",
            schema_version: 1,
            payload: json!({ "subject": subject }),
            occurred_at: None,
        };
        self.append(Append {
            tenant,
            stream: subject.as_uuid(),
            stream_type: "subject",
            expected: Expected::Any,
            events: vec![event],
            work: vec![],
            actor,
            causation: None,
            delivery: None,
        })
        .await?;
        sqlx::query!(
            // What was said in a call may name people as well. An answer is needed again within seconds: after a minute none is kept,
            // and none of this person's calls is.
            "with raw as (delete from es.raw_webhook where tenant_id = $1 and subject_id = $2 returning provider, account, key),
             answers as (
                 update es.delivery known set response = jsonb_set(known.response, '{body}', '\"\"')
                 where known.tenant_id = $1 and known.response ->> 'body' <> ''
                   and (known.received_at < clock_timestamp() - interval '1 minute' or (known.provider, known.account, known.key) in (select provider, account, key from raw)))
             insert into es.subject_key as known (tenant_id, subject_id, kind, destroyed_at) values ($1, $2, 'erased', clock_timestamp())
             on conflict (tenant_id, subject_id) do update
             set wrapped_key = null, lookup_hash = null, destroyed_at = coalesce(known.destroyed_at, clock_timestamp())",
            tenant.as_uuid(),
            subject.as_uuid()
        )
        .execute(&self.store.worker)
        .await?;
        self.store.forget_subject_key(tenant, subject).await;
        Ok(())
    }

    /// Erases whoever called from this number.
    pub async fn erase_caller(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
        actor: Actor,
    ) -> Result<(), Unavailable> {
        let subject = self.subject_of(tenant, number).await?;
        self.erase(tenant, subject, actor).await
    }
}
