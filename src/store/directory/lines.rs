//! Lines, each with how its building is doing and with what keeps a caller out of it: read together for all webhooks that wait.

use sqlx::PgConnection;
use sqlx::types::time::OffsetDateTime;
use uuid::Uuid;

use crate::application::ports::{LineCalled, LineKey};
use crate::domain::phone_number::Caller;
use crate::store::together::Question;

/// Which line is called, and by whom.
pub(in crate::store) struct LineAsked {
    pub called: LineCalled,
    pub caller: Caller,
    /// What blocks hold for instead of the caller's number.
    pub caller_hash: [u8; 32],
}

/// A line, and how its building is doing.
pub(in crate::store) struct LineRow {
    item: i64,
    pub line_id: Uuid,
    pub connection_id: Uuid,
    pub building_id: Uuid,
    pub number: String,
    pub entrance_id: Option<Uuid>,
    pub unit_id: Option<Uuid>,
    pub leads_to_stream: bool,
    pub is_watched: bool,
    pub config_version: i64,
    pub provider: String,
    pub block_id: Option<Uuid>,
    pub block_expires_at: Option<OffsetDateTime>,
    /// Of the caller, if it called before.
    pub subject_id: Option<Uuid>,
}

/// The questions as the query takes them, an entry a question.
#[derive(Default)]
struct Columns {
    tenant: Vec<Uuid>,
    line: Vec<Option<Uuid>>,
    connection: Vec<Option<Uuid>>,
    number: Vec<Option<String>>,
    caller: Vec<Option<String>>,
    caller_hash: Vec<Vec<u8>>,
}

impl Columns {
    fn push(&mut self, LineAsked { called, caller, caller_hash }: &LineAsked) {
        let (line, connection, number) = match &called.line {
            LineKey::Id(id) => (Some(id.as_uuid()), None, None),
            LineKey::Number(connection, number) => {
                (None, Some(connection.as_uuid()), Some(number.as_e164().to_owned()))
            }
        };
        self.tenant.push(called.tenant.as_uuid());
        self.line.push(line);
        self.connection.push(connection);
        self.number.push(number);
        self.caller.push(match caller {
            Caller::Known(number) => Some(number.as_e164().to_owned()),
            Caller::Withheld => None,
        });
        self.caller_hash.push(caller_hash.to_vec());
    }
}

impl Question for LineAsked {
    /// None: there is no such line.
    type Answer = Option<LineRow>;

    /// The database's clock says which blocks have expired; whoever decides looks at the expiry once more, by its own.
    async fn answer_all(
        asked: Vec<Self>,
        connection: &mut PgConnection,
    ) -> Result<Vec<Option<LineRow>>, sqlx::Error> {
        let mut columns = Columns::default();
        asked.iter().for_each(|question| columns.push(question));
        let rows = sqlx::query_as!(
            LineRow,
            r#"select item as "item!", line.line_id, line.connection_id, line.building_id, line.number, line.entrance_id, line.unit_id,
                      line.leads_to_stream, line.is_watched, building.config_version, connection.provider,
                      block.block_id as "block_id?", block.expires_at as block_expires_at,
                      subject.subject_id as "subject_id?"
               from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::bytea[])
                    with ordinality asked (tenant, id, connection, number, caller, caller_hash, item)
               join vestibule.line line on line.tenant_id = asked.tenant and line.line_id = coalesce(asked.id, (
                   select line_id from vestibule.line
                   where tenant_id = asked.tenant and connection_id = asked.connection and number = asked.number))
               join vestibule.building building using (tenant_id, building_id)
               join vestibule.connection connection using (tenant_id, connection_id)
               left join lateral (
                   select block_id, expires_at from vestibule.block
                   where tenant_id = asked.tenant and building_id = line.building_id and lifted_at is null
                     and (number = asked.caller or (kind = 'prefix' and starts_with(asked.caller, number)) or number_hash = asked.caller_hash)
                     and (expires_at is null or expires_at > clock_timestamp())
                   order by expires_at desc nulls first
                   limit 1
               ) block on true
               left join es.subject_key subject
                 on asked.caller is not null and subject.tenant_id = asked.tenant and subject.lookup_hash = asked.caller_hash"#,
            &columns.tenant,
            &columns.line as &[Option<Uuid>],
            &columns.connection as &[Option<Uuid>],
            &columns.number as &[Option<String>],
            &columns.caller as &[Option<String>],
            &columns.caller_hash
        )
        .fetch_all(connection)
        .await?;
        let mut answers: Vec<Option<LineRow>> = asked.iter().map(|_| None).collect();
        for row in rows {
            let place = usize::try_from(row.item - 1).ok().and_then(|place| answers.get_mut(place));
            if let Some(answer) = place {
                *answer = Some(row);
            }
        }
        Ok(answers)
    }
}
