//! Which call and leg the carriers' own ids belong to.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::application::ports::{CarrierReferences, Unavailable};
use crate::domain::ids::{CallId, LegId};
use crate::store::Store;
use crate::store::together::Question;

type Leg = (CallId, LegId);

impl Store {
    /// See `Journal::leg_of`.
    pub(super) async fn leg_of(
        &self,
        references: CarrierReferences,
        fresh: Leg,
    ) -> Result<Leg, Unavailable> {
        // They are mostly known already: looking costs no write.
        let known = self.carrier_legs.ask(Named(references.clone())).await?;
        let (leg, new) = told_apart(&references, &known, fresh);
        if new.is_empty() || self.remember_carrier_legs(&references, &new).await? {
            return Ok(leg);
        }
        // Someone else was faster: the first to name one decides.
        let known = self.carrier_legs.ask(Named(references.clone())).await?;
        Ok(told_apart(&references, &known, fresh).0)
    }

    /// Whether all of them were new. In one order for all, so that two who name the same never wait for each other crosswise.
    async fn remember_carrier_legs(
        &self,
        references: &CarrierReferences,
        new: &[(String, Leg)],
    ) -> Result<bool, Unavailable> {
        let names: Vec<String> = new.iter().map(|(name, _)| name.clone()).collect();
        let calls: Vec<Uuid> = new.iter().map(|(_, (call, _))| call.as_uuid()).collect();
        let legs: Vec<Uuid> = new.iter().map(|(_, (_, leg))| leg.as_uuid()).collect();
        let written = sqlx::query!(
            "insert into es.carrier_leg (connection_id, reference, tenant_id, call_id, leg_id)
             select $1, reference, $2, call_id, leg_id
             from unnest($3::text[], $4::uuid[], $5::uuid[]) leg (reference, call_id, leg_id)
             where es.quietly()
             order by reference
             on conflict (connection_id, reference) do nothing",
            references.connection.as_uuid(),
            references.tenant.as_uuid(),
            &names,
            &calls,
            &legs
        )
        .execute(&self.ingest)
        .await?;
        Ok(usize::try_from(written.rows_affected()) == Ok(new.len()))
    }
}

/// Whose references are known by now.
#[derive(Clone, Debug)]
pub(in crate::store) struct Named(CarrierReferences);

impl Question for Named {
    type Answer = HashMap<String, Leg>;

    async fn answer_all(
        asked: Vec<Self>,
        connection: &mut PgConnection,
    ) -> Result<Vec<Self::Answer>, sqlx::Error> {
        let each = || {
            let items = (0_i32..).zip(&asked);
            items
                .flat_map(|(item, Self(of))| of.references.iter().map(move |name| (item, of, name)))
        };
        let items: Vec<i32> = each().map(|(item, ..)| item).collect();
        let connections: Vec<Uuid> = each().map(|(_, of, _)| of.connection.as_uuid()).collect();
        let names: Vec<String> = each().map(|(.., name)| name.clone()).collect();
        let rows = sqlx::query!(
            r#"select asked.item as "item!", leg.reference, leg.call_id, leg.leg_id
               from unnest($1::int[], $2::uuid[], $3::text[]) asked (item, connection_id, reference)
               join es.carrier_leg leg on leg.connection_id = asked.connection_id and leg.reference = asked.reference"#,
            &items,
            &connections,
            &names
        )
        .fetch_all(connection)
        .await?;
        let mut answers: Vec<Self::Answer> = asked.iter().map(|_| HashMap::new()).collect();
        for row in rows {
            if let Some(known) =
                usize::try_from(row.item).ok().and_then(|item| answers.get_mut(item))
            {
                known.insert(row.reference, (row.call_id.into(), row.leg_id.into()));
            }
        }
        Ok(answers)
    }
}

/// Whose these references are, and those that nobody knows yet.
fn told_apart(
    CarrierReferences { references, .. }: &CarrierReferences,
    known: &HashMap<String, Leg>,
    fresh: Leg,
) -> (Leg, Vec<(String, Leg)>) {
    let (mut leg, mut new) = (fresh, Vec::new());
    for reference in references {
        match known.get(reference) {
            Some(known) => leg = *known,
            None if new.iter().any(|(named, _)| named == reference) => {}
            None => new.push((reference.clone(), leg)),
        }
    }
    (leg, new)
}
