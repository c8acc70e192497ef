//! The history: pages of calls by whatever they are looked for, and one call with its legs.

use serde_json::{Value, json};
use sqlx::{Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use super::views::{CallView, Details, LegView, Reconciled};
use crate::application::ports::Unavailable;
use crate::domain::ids::{EventId, SubjectId, TenantId};
use crate::domain::phone_number::PhoneNumber;
use crate::store::{Reach, Store, TenantTx};

/// Which calls.
#[derive(Clone, Debug, Default)]
pub struct CallFilter {
    /// `visit`, `announcement`, `connection` or `watched`.
    pub kind: Option<String>,
    /// Of this building.
    pub building: Option<Uuid>,
    /// At this entrance.
    pub entrance: Option<Uuid>,
    /// For this unit.
    pub unit: Option<Uuid>,
    /// That rang this resident.
    pub resident: Option<Uuid>,
    /// From this number.
    pub caller: Option<PhoneNumber>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// With this cause.
    pub cause: Option<String>,
    /// Whether nobody reported their end.
    pub reconciled: Option<bool>,
    /// That rang from then.
    pub from: Option<OffsetDateTime>,
    /// That rang before then.
    pub to: Option<OffsetDateTime>,
    /// After this one, in the order of the list: newest first.
    pub after: Option<Uuid>,
    /// So many.
    pub limit: i64,
}

/// How much someone may see of calls whose building hides whom they were for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// All.
    Whole,
    /// What the building shows.
    AsShown,
}

#[derive(sqlx::FromRow)]
struct CallRow {
    call_id: Uuid,
    kind: String,
    direction: String,
    building_id: Uuid,
    entrance_id: Option<Uuid>,
    line_id: Uuid,
    unit_id: Option<Uuid>,
    caller: Option<Value>,
    caller_event: Option<Uuid>,
    caller_id: Option<Uuid>,
    users: Value,
    users_event: Option<Uuid>,
    answered_user: Option<Value>,
    answered_user_event: Option<Uuid>,
    ordered_by: Option<Value>,
    rang_at: OffsetDateTime,
    first_ring_at: Option<OffsetDateTime>,
    accepted_at: Option<OffsetDateTime>,
    accepted_leg: Option<Uuid>,
    opened_at: Option<OffsetDateTime>,
    opened_by: Option<Value>,
    ended_at: Option<OffsetDateTime>,
    outcome: Option<String>,
    cause: Option<String>,
    end_source: Option<String>,
    cost_micros: i64,
}

#[derive(sqlx::FromRow)]
struct LegRow {
    leg_id: Uuid,
    role: String,
    resident_id: Option<Uuid>,
    step: Option<i32>,
    number: Option<Value>,
    number_event: Option<Uuid>,
    requested_at: Option<OffsetDateTime>,
    started_at: Option<OffsetDateTime>,
    ringing_at: Option<OffsetDateTime>,
    answered_at: Option<OffsetDateTime>,
    accepted_at: Option<OffsetDateTime>,
    declined_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    end_cause: Option<String>,
    end_source: Option<String>,
    duration_seconds: Option<i32>,
}

/// A place in the list.
type Place = (OffsetDateTime, Uuid);

impl Store {
    /// A page of calls, newest first. A number that never called has no calls; looking for it leaves no trace.
    pub async fn calls(
        &self,
        reach: &Reach,
        sight: Sight,
        filter: &CallFilter,
    ) -> Result<Vec<CallView>, Unavailable> {
        let caller = match &filter.caller {
            None => None,
            Some(number) => match self.known_caller(reach.tenant, number).await? {
                None => return Ok(Vec::new()),
                known => known,
            },
        };
        let mut tx = self.begin(reach).await?;
        let hidden = tx.hidden_buildings(sight).await?;
        let after = match filter.after {
            None => None,
            Some(cursor) => match tx.place_of(cursor).await? {
                None => return Ok(Vec::new()),
                place => place,
            },
        };
        let search = Search { filter, caller, after, hidden: &hidden };
        let rows = tx.call_rows(search).await?;
        drop(tx);
        let callers: Vec<SubjectId> =
            rows.iter().filter_map(|row| row.caller_id.map(SubjectId::from)).collect();
        self.remember_subject_keys(reach.tenant, &callers).await?;
        let mut calls = Vec::with_capacity(rows.len());
        for row in rows {
            calls.push(self.call_view(reach.tenant, row, &hidden).await?);
        }
        Ok(calls)
    }

    /// A call with its legs.
    pub async fn call(
        &self,
        reach: &Reach,
        sight: Sight,
        id: Uuid,
    ) -> Result<Option<CallView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        let hidden = tx.hidden_buildings(sight).await?;
        let row: Option<CallRow> =
            sqlx::query_as("select * from vestibule.call_row where call_id = $1")
                .bind(id)
                .fetch_optional(tx.connection())
                .await?;
        let Some(row) = row else { return Ok(None) };
        let legs: Vec<LegRow> = sqlx::query_as("select * from vestibule.call_leg where call_id = $1 order by requested_at nulls first, leg_id")
            .bind(id)
            .fetch_all(tx.connection())
            .await?;
        drop(tx);
        let mut view = self.call_view(reach.tenant, row, &hidden).await?;
        if view.details == Details::Shown {
            for leg in legs {
                view.legs.push(self.leg_view(reach.tenant, leg).await?);
            }
        }
        Ok(Some(view))
    }

    async fn call_view(
        &self,
        tenant: TenantId,
        row: CallRow,
        hidden: &[Uuid],
    ) -> Result<CallView, Unavailable> {
        let is_hidden = row.unit_id.is_some() && hidden.contains(&row.building_id);
        let caller = self.personal_text(tenant, row.caller_event, "caller", row.caller).await?;
        let users = self.personal_texts(tenant, row.users_event, "users", row.users).await?;
        let (by, by_event) = (row.answered_user, row.answered_user_event);
        let answered_by = self.personal_text(tenant, by_event, "user", by).await?;
        let talked = row.accepted_at.zip(row.ended_at).map(|(accepted, ended)| ended - accepted);
        let view = CallView {
            id: row.call_id,
            kind: row.kind,
            direction: row.direction,
            users,
            answered_by,
            talk_seconds: talked.map(time::Duration::whole_seconds),
            details: Details::Shown,
            building_id: row.building_id,
            entrance_id: row.entrance_id,
            line_id: Some(row.line_id),
            unit_id: row.unit_id,
            caller,
            ordered_by: row.ordered_by,
            rang_at: row.rang_at,
            first_ring_at: row.first_ring_at,
            accepted_at: row.accepted_at,
            accepted_leg: row.accepted_leg,
            opened_at: row.opened_at,
            opened_by: row.opened_by,
            ended_at: row.ended_at,
            outcome: row.outcome,
            cause: row.cause,
            reconciled: row.end_source.map(Reconciled::by),
            cost_micros: row.cost_micros,
            room: None,
            legs: Vec::new(),
        };
        Ok(if is_hidden { view.hidden() } else { view })
    }

    async fn leg_view(&self, tenant: TenantId, row: LegRow) -> Result<LegView, Unavailable> {
        Ok(LegView {
            id: row.leg_id,
            role: row.role,
            resident_id: row.resident_id,
            step: row.step,
            number: self.personal_text(tenant, row.number_event, "number", row.number).await?,
            requested_at: row.requested_at,
            started_at: row.started_at,
            ringing_at: row.ringing_at,
            answered_at: row.answered_at,
            accepted_at: row.accepted_at,
            declined_at: row.declined_at,
            ended_at: row.ended_at,
            end_cause: row.end_cause,
            reconciled: row.end_source.map(Reconciled::by),
            duration_seconds: row.duration_seconds,
        })
    }

    /// Opens a list of them.
    pub(super) async fn personal_texts(
        &self,
        tenant: TenantId,
        event: Option<Uuid>,
        field: &str,
        sealed: Value,
    ) -> Result<Vec<String>, Unavailable> {
        let is_empty = sealed.as_array().is_none_or(Vec::is_empty);
        let Some(event) = event.filter(|_| !is_empty) else { return Ok(Vec::new()) };
        let mut payload = json!({ "data": { field: sealed } });
        self.open_event(tenant, EventId::from_uuid(event), &mut payload).await?;
        let opened = payload["data"][field].as_array().cloned().unwrap_or_default();
        let texts = opened.iter().map(|text| text["$p"]["value"].as_str().unwrap_or("[erased]"));
        Ok(texts.map(str::to_owned).collect())
    }

    /// Opens a personal text that a read model keeps sealed, as it stood in its event.
    pub(super) async fn personal_text(
        &self,
        tenant: TenantId,
        event: Option<Uuid>,
        field: &str,
        sealed: Option<Value>,
    ) -> Result<Option<String>, Unavailable> {
        let (Some(event), Some(sealed)) = (event, sealed) else { return Ok(None) };
        let mut payload = json!({ "data": { field: sealed } });
        self.open_event(tenant, EventId::from_uuid(event), &mut payload).await?;
        let text = payload["data"][field]["$p"]["value"].as_str().unwrap_or("[erased]");
        Ok(Some(text.to_owned()))
    }
}

impl TenantTx {
    /// The buildings that hide whom visits were for, from someone who sees no more than they show.
    pub async fn hidden_buildings(&mut self, sight: Sight) -> Result<Vec<Uuid>, Unavailable> {
        if sight == Sight::Whole {
            return Ok(Vec::new());
        }
        Ok(sqlx::query_scalar!(
            "select building_id from vestibule.building where resident_calls = 'hidden'"
        )
        .fetch_all(self.connection())
        .await?)
    }

    async fn place_of(&mut self, call: Uuid) -> Result<Option<Place>, Unavailable> {
        Ok(sqlx::query_as("select rang_at, call_id from vestibule.call_row where call_id = $1")
            .bind(call)
            .fetch_optional(self.connection())
            .await?)
    }

    async fn call_rows(&mut self, search: Search<'_>) -> Result<Vec<CallRow>, Unavailable> {
        let buildings = self.reach().buildings.clone().filter(|_| search.is_wide());
        let buildings = buildings
            .map(|buildings| buildings.into_iter().map(|id| id.as_uuid()).collect::<Vec<_>>());
        let mut query = search.query(buildings);
        Ok(query.build_query_as().fetch_all(self.connection()).await?)
    }
}

/// What is looked for, with all that had to be looked up before.
#[derive(Clone, Copy)]
struct Search<'a> {
    filter: &'a CallFilter,
    caller: Option<Uuid>,
    after: Option<Place>,
    hidden: &'a [Uuid],
}

impl Search<'_> {
    /// Whether nothing but time, outcome and cause narrows it down.
    fn is_wide(&self) -> bool {
        let filter = self.filter;
        [filter.building, filter.entrance, filter.unit, filter.resident, self.caller]
            .iter()
            .all(Option::is_none)
    }

    /// Only the conditions that there are stand in the query, so that each filter finds its own index, in the order of the list.
    /// The read models' tables change with their generation: this is checked by tests instead of by the compiler.
    fn query(&self, each_of: Option<Vec<Uuid>>) -> QueryBuilder<Postgres> {
        let mut query = QueryBuilder::new("select call.* from ");
        match each_of {
            // Each building has its own newest calls; a scan through everybody else's would find them late.
            Some(buildings) => {
                query.push("unnest(").push_bind(buildings).push(
                    "::uuid[]) as within (building) cross join lateral (select call.* from vestibule.call_row call where call.building_id = within.building",
                );
                self.conditions(&mut query, "call");
                query.push(" order by call.rang_at desc, call.call_id desc limit ");
                query.push_bind(self.filter.limit).push(") call");
                query.push(" order by call.rang_at desc, call.call_id desc limit ");
            }
            None if self.filter.resident.is_some() => {
                query.push("vestibule.call_resident rung join vestibule.call_row call on call.call_id = rung.call_id where rung.resident_id = ");
                query.push_bind(self.filter.resident);
                self.conditions(&mut query, "rung");
                query.push(" order by rung.rang_at desc, rung.call_id desc limit ");
            }
            None => {
                query.push("vestibule.call_row call where true");
                self.conditions(&mut query, "call");
                query.push(" order by call.rang_at desc, call.call_id desc limit ");
            }
        }
        query.push_bind(self.filter.limit);
        query
    }

    fn conditions(&self, query: &mut QueryBuilder<Postgres>, ordered: &str) {
        let filter = self.filter;
        for (column, id) in [
            ("building_id", filter.building),
            ("entrance_id", filter.entrance),
            ("unit_id", filter.unit),
            ("caller_id", self.caller),
        ] {
            if let Some(id) = id {
                query.push(format_args!(" and call.{column} = ")).push_bind(id);
            }
        }
        // Spelled out: the index of the rare kinds leaves visits out, and a plan for any kind could not use it.
        query.push(match filter.kind.as_deref() {
            None => "",
            Some("announcement") => " and call.kind = 'announcement'",
            Some("connection") => " and call.kind = 'connection'",
            Some(_) => " and call.kind = 'visit'",
        });
        for (column, word) in [("outcome", &filter.outcome), ("cause", &filter.cause)] {
            if let Some(word) = word {
                query.push(format_args!(" and call.{column} = ")).push_bind(word.clone());
            }
        }
        query.push(match filter.reconciled {
            None => "",
            Some(true) => " and call.end_source is not null",
            Some(false) => " and call.end_source is null",
        });
        if let Some(from) = filter.from {
            query.push(format_args!(" and {ordered}.rang_at >= ")).push_bind(from);
        }
        if let Some(to) = filter.to {
            query.push(format_args!(" and {ordered}.rang_at < ")).push_bind(to);
        }
        if let Some((rang_at, call)) = self.after {
            query.push(format_args!(" and ({ordered}.rang_at, {ordered}.call_id) < ("));
            query.push_bind(rang_at).push(", ").push_bind(call).push(")");
        }
        // Looking for what is hidden finds nothing: else the filter would tell it.
        let tells = [filter.unit, filter.resident, self.caller].iter().any(Option::is_some)
            || filter.cause.is_some();
        if tells && !self.hidden.is_empty() {
            query.push(" and not (call.unit_id is not null and call.building_id = any (");
            query.push_bind(self.hidden.to_vec()).push("))");
        }
    }
}
