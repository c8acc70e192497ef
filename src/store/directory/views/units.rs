//! Units.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{After, DirectoryError};
use crate::store::TenantTx;

/// A dwelling.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UnitView {
    /// Its id.
    pub id: Uuid,
    /// Its building.
    pub building_id: Uuid,
    /// What people call it.
    #[schema(example = "1204")]
    pub name: String,
    /// What a visitor keys in to ring it.
    #[schema(example = "1204")]
    pub code: Option<String>,
    /// How its residents are rung; absent: as the entrance's or building's.
    #[schema(example = json!({"groups": [{"members": "all_residents", "ring_seconds": 25}], "on_none": "hang_up"}))]
    pub flow: Option<Value>,
    /// The shared flow by which they are rung, if the unit has none of its own.
    pub flow_id: Option<Uuid>,
}

/// Which units.
#[derive(Clone, Debug, Default)]
pub struct UnitFilter<'a> {
    /// Of this building.
    pub building: Option<Uuid>,
    /// The one with this id.
    pub id: Option<Uuid>,
    /// Whose name has this in it.
    pub name: Option<&'a str>,
}

impl TenantTx {
    /// Adds units, all or none.
    pub async fn add_units(&mut self, units: &[UnitView]) -> Result<(), DirectoryError> {
        let tenant = self.tenant().as_uuid();
        let mut columns = Columns::default();
        units.iter().for_each(|unit| columns.push(unit));
        sqlx::query!(
            "insert into vestibule.unit (tenant_id, unit_id, building_id, name, code, flow, flow_id)
             select $1, * from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::jsonb[], $7::uuid[])",
            tenant,
            &columns.id,
            &columns.building,
            &columns.name,
            &columns.code as &[Option<String>],
            &columns.flow as &[Option<Value>],
            &columns.flow_id as &[Option<Uuid>]
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// A page of units.
    pub async fn units(
        &mut self,
        which: UnitFilter<'_>,
        after: After,
    ) -> Result<Vec<UnitView>, DirectoryError> {
        Ok(sqlx::query_as!(
            UnitView,
            "select unit_id as id, building_id, name, code, flow, flow_id from vestibule.unit
             where ($1::uuid is null or building_id = $1) and ($2::uuid is null or unit_id = $2)
               and ($3::text is null or name ilike '%' || $3 || '%') and ($4::uuid is null or unit_id > $4)
             order by unit_id limit $5",
            which.building,
            which.id,
            which.name,
            after.id,
            after.limit
        )
        .fetch_all(self.connection())
        .await?)
    }

    /// The unit with this id.
    pub async fn unit(&mut self, id: Uuid) -> Result<Option<UnitView>, DirectoryError> {
        let which = UnitFilter { id: Some(id), ..UnitFilter::default() };
        Ok(self.units(which, After::ONE).await?.pop())
    }

    /// Writes a unit as it shall be.
    pub async fn put_unit(&mut self, unit: &UnitView) -> Result<(), DirectoryError> {
        sqlx::query!(
            "update vestibule.unit set name = $2, code = $3, flow = $4, flow_id = $5 where unit_id = $1",
            unit.id,
            unit.name,
            unit.code,
            unit.flow,
            unit.flow_id
        )
        .execute(self.connection())
        .await?;
        Ok(())
    }

    /// Removes a unit with its residents, if no line leads to it.
    pub async fn remove_unit(&mut self, id: Uuid) -> Result<(), DirectoryError> {
        sqlx::query!("delete from vestibule.unit where unit_id = $1", id)
            .execute(self.connection())
            .await?;
        Ok(())
    }
}

/// Units, a column an array.
#[derive(Default)]
struct Columns {
    id: Vec<Uuid>,
    building: Vec<Uuid>,
    name: Vec<String>,
    code: Vec<Option<String>>,
    flow: Vec<Option<Value>>,
    flow_id: Vec<Option<Uuid>>,
}

impl Columns {
    fn push(&mut self, unit: &UnitView) {
        self.id.push(unit.id);
        self.building.push(unit.building_id);
        self.name.push(unit.name.clone());
        self.code.push(unit.code.clone());
        self.flow.push(unit.flow.clone());
        self.flow_id.push(unit.flow_id);
    }
}
