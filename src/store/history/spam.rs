//! Who calls too often.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::store::{Reach, Store};

/// A caller's day at a building.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema, sqlx::FromRow)]
pub struct SpamDayView {
    /// The building.
    pub building_id: Uuid,
    /// The day, in UTC.
    pub day: String,
    /// Stands for the caller's number; all zeros: withheld.
    pub caller_id: Uuid,
    /// How often they called.
    pub calls: i32,
    /// How often they were refused.
    pub rejected: i32,
    /// How many wrong PINs they gave.
    pub wrong_pins: i32,
    /// How often they were blocked.
    pub blocked: i32,
    /// When they called last.
    #[serde(with = "time::serde::rfc3339")]
    pub last_seen: OffsetDateTime,
}

impl Store {
    /// Who called too often: newest day first, most refused first.
    pub async fn spam(
        &self,
        reach: &Reach,
        building: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<SpamDayView>, Unavailable> {
        let mut tx = self.begin(reach).await?;
        Ok(sqlx::query_as(
            "select building_id, day::text as day, caller_id, calls, rejected, wrong_pins, blocked, last_seen from vestibule.spam_day
             where ($1::uuid is null or building_id = $1) and rejected + wrong_pins + blocked > 0
             order by vestibule.spam_day.day desc, rejected + wrong_pins desc, caller_id
             limit $2",
        )
        .bind(building)
        .bind(limit)
        .fetch_all(tx.connection())
        .await?)
    }
}
