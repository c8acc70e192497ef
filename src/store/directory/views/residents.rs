//! Residents.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// Someone who lives in a unit.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ResidentView {
    /// Their id.
    pub id: Uuid,
    /// Their unit.
    pub unit_id: Uuid,
    /// Their building.
    pub building_id: Uuid,
    /// Their name.
    #[schema(example = "Ada")]
    pub name: String,
    /// Their numbers, E.164, the first is rung first.
    #[schema(example = json!(["+447700900101"]))]
    pub numbers: Vec<String>,
    /// Where they stand when residents ring in order: the lower first.
    #[schema(example = 0)]
    pub order: i32,
    /// What is spoken to them, BCP 47.
    #[schema(example = "en-GB")]
    pub language: Option<String>,
    /// The first day they are rung, `2026-11-20`.
    #[schema(example = "2026-11-20")]
    pub moved_in: Option<String>,
    /// The first day they are rung no more.
    #[schema(example = "2031-11-20")]
    pub moved_out: Option<String>,
    /// Not rung before this.
    #[serde(with = "time::serde::rfc3339::option")]
    pub do_not_disturb_until: Option<OffsetDateTime>,
    /// Not rung while this schedule holds.
    pub quiet_hours_id: Option<Uuid>,
    /// `home` or `away`.
    #[schema(example = "home")]
    pub presence: String,
}

/// Which residents.
#[derive(Clone, Debug, Default)]
pub struct ResidentFilter<'a> {
    /// Of this building.
    pub building: Option<Uuid>,
    /// Of this unit.
    pub unit: Option<Uuid>,
    /// The one with this id.
    pub id: Option<Uuid>,
    /// Whose name has this in it.
    pub name: Option<&'a str>,
    /// Who have this number.
    pub number: Option<&'a str>,
}

impl TenantTx {
    /// Adds residents, all or none.
    pub async fn add_residents(
        &mut self,
        residents: &[ResidentView],
    ) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let mut columns = Columns::default();
        residents.iter().for_each(|resident| columns.push(resident));
        sqlx::query!(
            "insert into vestibule.resident
                 (tenant_id, resident_id, unit_id, building_id, name, numbers, ring_order, language, moved_in, moved_out, do_not_disturb_until,
                  quiet_hours_id, presence)
             select $1, id, unit, building, name, string_to_array(numbers, ' '), ring_order, language, moved_in::date, moved_out::date, until, quiet, presence
             from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::text[], $9::text[], $10::text[],
                         $11::timestamptz[], $12::uuid[], $13::text[]) with ordinality
                  r(id, unit, building, name, numbers, ring_order, language, moved_in, moved_out, until, quiet, presence, n)
             order by n",
            tenant,
            &columns.id,
            &columns.unit,
            &columns.building,
            &columns.name,
            &columns.numbers,
            &columns.order,
            &columns.language as &[Option<String>],
            &columns.moved_in as &[Option<String>],
            &columns.moved_out as &[Option<String>],
            &columns.until as &[Option<OffsetDateTime>],
            &columns.quiet as &[Option<Uuid>],
            &columns.presence
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of residents.
    pub async fn residents(
        &mut self,
        which: ResidentFilter<'_>,
        after: After,
    ) -> Result<Vec<ResidentView>, DirectoryError> {
        Ok(sqlx::query_as!(
            ResidentView,
            r#"select resident_id as id, unit_id, building_id as "building_id!", name, numbers, ring_order as "order", language,
                      moved_in::text, moved_out::text, do_not_disturb_until, quiet_hours_id, presence
               from vestibule.resident
               where ($1::uuid is null or building_id = $1) and ($2::uuid is null or unit_id = $2) and ($3::uuid is null or resident_id = $3)
                 and ($4::text is null or name ilike '%' || $4 || '%') and ($5::text is null or $5 = any (numbers))
                 and ($6::uuid is null or resident_id > $6)
               order by resident_id limit $7"#,
            which.building,
            which.unit,
            which.id,
            which.name,
            which.number,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The resident with this id.
    pub async fn resident(&mut self, id: Uuid) -> Result<Option<ResidentView>, DirectoryError> {
        let which = ResidentFilter { id: Some(id), ..ResidentFilter::default() };
        Ok(self.residents(which, After::ONE).await?.pop())
    }

    /// Writes a resident as they shall be.
    pub async fn put_resident(&mut self, resident: &ResidentView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.resident
             set name = $2, numbers = $3, ring_order = $4, language = $5, moved_in = $6::text::date, moved_out = $7::text::date,
                 do_not_disturb_until = $8, quiet_hours_id = $9, presence = $10
             where resident_id = $1",
            resident.id,
            resident.name,
            &resident.numbers,
            resident.order,
            resident.language,
            resident.moved_in,
            resident.moved_out,
            resident.do_not_disturb_until,
            resident.quiet_hours_id,
            resident.presence
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a resident.
    pub async fn remove_resident(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.resident where resident_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// Residents, a column an array; numbers are joined by spaces, because PostgreSQL has no arrays of arrays of their own lengths.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    unit: Vec<Uuid>,
    building: Vec<Uuid>,
    name: Vec<String>,
    numbers: Vec<String>,
    order: Vec<i32>,
    language: Vec<Option<String>>,
    moved_in: Vec<Option<String>>,
    moved_out: Vec<Option<String>>,
    until: Vec<Option<OffsetDateTime>>,
    quiet: Vec<Option<Uuid>>,
    presence: Vec<String>,
}

impl Columns {
    fn push(&mut self, resident: &ResidentView) {
        self.id.push(resident.id);
        self.unit.push(resident.unit_id);
        self.building.push(resident.building_id);
        self.name.push(resident.name.clone());
        self.numbers.push(resident.numbers.join(" "));
        self.order.push(resident.order);
        self.language.push(resident.language.clone());
        self.moved_in.push(resident.moved_in.clone());
        self.moved_out.push(resident.moved_out.clone());
        self.until.push(resident.do_not_disturb_until);
        self.quiet.push(resident.quiet_hours_id);
        self.presence.push(resident.presence.clone());
    }
}
