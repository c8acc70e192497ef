//! One attempt to deliver: load, post, judge, write down. No transaction is open while the other side takes its time.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::Webhooks;
use super::message::Envelope;
use crate::application::ports::webhooks::{Attempted, Message, Pending, Wanted};
use crate::application::ports::{Leased, Unavailable};
use crate::domain::ids::{DeliveryId, WebhookId};
use crate::domain::webhook::announcement::Detail;
use crate::domain::webhook::attempt::{Fate, Health, Standing, judge, judge_ping};

/// What a work item of this kind carries: ids only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HookArgs {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its webhook.
    pub webhook: WebhookId,
}

impl Webhooks {
    /// Makes one attempt. What is over already, or not wanted any more, is given up.
    #[tracing::instrument(name = "hook.deliver", skip_all, fields(tenant.id = %leased.tenant, webhook.id = %args.webhook))]
    pub async fn deliver(&self, leased: &Leased, args: HookArgs) -> Result<Fate, Unavailable> {
        let Some(pending) = self.log.pending(leased.tenant, args.delivery).await? else {
            return Ok(Fate::GivenUp);
        };
        // A ping comes through: whoever repairs a webhook tries it before switching it on again.
        if pending.wanted == Wanted::SwitchedOff && pending.event.is_some() {
            return self.give_up(&pending, "the webhook is switched off").await;
        }
        let Some(envelope) = self.told_by(&pending).await? else {
            return self.give_up(&pending, "the event can not be read any more").await;
        };
        self.attempt(&pending, &envelope).await
    }

    async fn told_by(&self, pending: &Pending) -> Result<Option<Envelope>, Unavailable> {
        let detail = if pending.personal { Detail::Personal } else { Detail::Masked };
        match pending.event {
            Some(told) => self.envelope(pending.tenant, pending.topic, told, detail).await,
            None => {
                let delivery = pending.delivery.as_uuid();
                Ok(Some(self.ping(delivery, pending.webhook, pending.created_at)))
            }
        }
    }

    async fn attempt(&self, pending: &Pending, envelope: &Envelope) -> Result<Fate, Unavailable> {
        let (at, attempt) = (self.clock.now(), pending.attempts + 1);
        let body = serde_json::to_vec(envelope).map_err(|error| Unavailable {
            what: "a webhook's message",
            reason: error.to_string(),
        })?;
        let id = envelope.id.to_string();
        let (url, secrets) = (&pending.url, &pending.secrets);
        let message = Message { url, id: &id, at, body: Bytes::from(body), secrets };
        let reply = self.poster.post(message).await;
        let standing = Standing {
            delivery: pending.delivery,
            attempt,
            since: pending.created_at,
            failing_since: pending.failing_since,
        };
        let verdict = match pending.event {
            Some(_) => judge(&reply.answer, standing, at),
            None => judge_ping(&reply.answer),
        };
        let attempted = Attempted {
            tenant: pending.tenant,
            delivery: pending.delivery,
            webhook: pending.webhook,
            attempt,
            at,
            reply,
            verdict,
            event: self.ids.next().into(),
        };
        self.log.record(&attempted).await?;
        if let Health::Off(because) = verdict.health {
            tracing::info!(because = because.name(), "a webhook is switched off");
        }
        Ok(verdict.fate)
    }

    async fn give_up(&self, pending: &Pending, why: &str) -> Result<Fate, Unavailable> {
        self.log.give_up(pending.tenant, pending.delivery, why).await?;
        Ok(Fate::GivenUp)
    }
}
