//! Which call and leg the carriers' own ids belong to.

use std::collections::HashMap;

use sqlx::PgConnection;
use uuid::Uuid;

use crate::application::ports::{CarrierReferences, Unavailable};
use crate::domain::ids::{CallId, ConnectionId, LegId};
use crate::store::Store;
use crate::store::together::Question;

type Leg = (CallId, LegId);
/// What a carrier calls a leg or a conversation, on one of its connections.
type Name = (ConnectionId, String);

impl Store {
    /// See `Journal::leg_of`.
    pub(super) async fn leg_of(
        &self,
        references: CarrierReferences,
        fresh: Leg,
    ) -> Result<Leg, Unavailable> {
        self.carrier_legs.ask(Named { references, fresh }).await
    }
}

/// Whose references these are.
#[derive(Clone, Debug)]
pub(in crate::store) struct Named {
    references: CarrierReferences,
    /// Theirs, if nobody knows any of them.
    fresh: Leg,
}

/// A name that nobody knew.
struct Fresh {
    of: CarrierReferences,
    name: String,
    leg: Leg,
}

impl Question for Named {
    type Answer = Leg;

    /// They are mostly known already: looking costs no write.
    async fn answer_all(
        asked: Vec<Self>,
        connection: &mut PgConnection,
    ) -> Result<Vec<Leg>, sqlx::Error> {
        let (legs, new) = told_apart(&asked, known(&asked, connection).await?);
        if new.is_empty() || remember(&new, connection).await? {
            return Ok(legs);
        }
        // Someone else was faster: the first to name one decides.
        Ok(told_apart(&asked, known(&asked, connection).await?).0)
    }
}

/// Those of their names that are known by now.
async fn known(
    asked: &[Named],
    connection: &mut PgConnection,
) -> Result<HashMap<Name, Leg>, sqlx::Error> {
    let names = || asked.iter().flat_map(|Named { references: of, .. }| of.names());
    let connections: Vec<Uuid> = names().map(|(connection, _)| connection.as_uuid()).collect();
    let references: Vec<String> = names().map(|(_, reference)| reference).collect();
    let rows = sqlx::query!(
        "select leg.connection_id, leg.reference, leg.call_id, leg.leg_id
         from unnest($1::uuid[], $2::text[]) asked (connection_id, reference)
         join es.carrier_leg leg on leg.connection_id = asked.connection_id and leg.reference = asked.reference",
        &connections,
        &references
    )
    .fetch_all(connection)
    .await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| {
            ((row.connection_id.into(), row.reference), (row.call_id.into(), row.leg_id.into()))
        })
        .collect())
}

/// Whose they are, and those that nobody knew. Of two that ask at once, the first names what both name.
fn told_apart(asked: &[Named], mut known: HashMap<Name, Leg>) -> (Vec<Leg>, Vec<Fresh>) {
    let mut new = Vec::new();
    let leg_of = |Named { references: of, fresh }: &Named| {
        of.names().fold(*fresh, |leg, name| {
            *known.entry(name).or_insert_with_key(|(_, name)| {
                new.push(Fresh { of: of.clone(), name: name.clone(), leg });
                leg
            })
        })
    };
    (asked.iter().map(leg_of).collect(), new)
}

/// Whether all of them were new. In one order for all, so that two who name the same never wait for each other crosswise.
async fn remember(new: &[Fresh], connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let connections: Vec<Uuid> = new.iter().map(|new| new.of.connection.as_uuid()).collect();
    let names: Vec<String> = new.iter().map(|new| new.name.clone()).collect();
    let tenants: Vec<Uuid> = new.iter().map(|new| new.of.tenant.as_uuid()).collect();
    let calls: Vec<Uuid> = new.iter().map(|new| new.leg.0.as_uuid()).collect();
    let legs: Vec<Uuid> = new.iter().map(|new| new.leg.1.as_uuid()).collect();
    let written = sqlx::query!(
        "insert into es.carrier_leg (connection_id, reference, tenant_id, call_id, leg_id)
         select connection_id, reference, tenant_id, call_id, leg_id
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::uuid[]) leg (connection_id, reference, tenant_id, call_id, leg_id)
         where es.quietly()
         order by connection_id, reference
         on conflict (connection_id, reference) do nothing",
        &connections,
        &names,
        &tenants,
        &calls,
        &legs
    )
    .execute(connection)
    .await?;
    Ok(usize::try_from(written.rows_affected()) == Ok(new.len()))
}

impl CarrierReferences {
    fn names(&self) -> impl Iterator<Item = Name> {
        self.references.iter().map(|reference| (self.connection, reference.clone()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn leg(n: u128) -> Leg {
        (CallId::from_uuid(Uuid::from_u128(n)), LegId::from_uuid(Uuid::from_u128(n)))
    }

    fn asks(n: u128, names: &[&str]) -> Named {
        let references = CarrierReferences {
            tenant: Uuid::from_u128(1).into(),
            connection: Uuid::from_u128(2).into(),
            references: names.iter().map(|&name| name.to_owned()).collect(),
        };
        Named { references, fresh: leg(n) }
    }

    fn named(name: &str, n: u128) -> (Name, Leg) {
        ((Uuid::from_u128(2).into(), name.to_owned()), leg(n))
    }

    fn names_and_legs(new: &[Fresh]) -> Vec<(&str, Leg)> {
        new.iter().map(|new| (new.name.as_str(), new.leg)).collect()
    }

    #[test]
    fn of_two_that_ask_at_once_the_first_names_what_both_name() {
        let asked = [asks(7, &["conversation", "leg"]), asks(8, &["conversation", "other leg"])];

        let (legs, new) = told_apart(&asked, HashMap::new());

        assert_eq!(legs, [leg(7), leg(7)]);
        let named = [("conversation", leg(7)), ("leg", leg(7)), ("other leg", leg(7))];
        assert_eq!(names_and_legs(&new), named);
    }

    #[test]
    fn the_last_name_decides_and_a_new_one_belongs_to_those_before_it() {
        let known = HashMap::from([named("conversation", 3), named("leg", 4)]);
        let asked = [asks(7, &["conversation", "leg"]), asks(8, &["conversation", "new leg"])];

        let (legs, new) = told_apart(&asked, known);

        assert_eq!(legs, [leg(4), leg(3)]);
        assert_eq!(names_and_legs(&new), [("new leg", leg(3))]);
    }

    #[test]
    fn what_nobody_knows_is_a_fresh_leg() {
        let (legs, new) = told_apart(&[asks(7, &["leg"]), asks(8, &[])], HashMap::new());

        assert_eq!((legs, new.len()), (vec![leg(7), leg(8)], 1));
    }
}
