//! Pages of lists: `?limit=&cursor=`, and `next_cursor`, null at the end.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::store::directory::views::After;

const LIMIT_DEFAULT: u16 = 50;
/// Rows of the largest page.
pub const LIMIT_MAX: u16 = 200;

/// Which page of a list.
#[derive(Clone, Copy, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Page {
    /// Rows, from 1 to 200.
    #[serde(default, deserialize_with = "rows_within_reason")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u16>,
    /// `next_cursor` of the page before.
    pub cursor: Option<Uuid>,
}

/// A page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Listed<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page starts; null at the end.
    pub next_cursor: Option<Uuid>,
}

/// Reads a `limit`: one that is out of range is refused, and not quietly made another.
pub fn rows_within_reason<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u16>, D::Error> {
    let limit = Option::<u16>::deserialize(deserializer)?;
    match limit {
        Some(rows) if !(1..=LIMIT_MAX).contains(&rows) => {
            Err(D::Error::custom(format!("limit is {rows}, and can be 1 to {LIMIT_MAX}")))
        }
        Some(_) | None => Ok(limit),
    }
}

impl Page {
    /// One row more than asked for, to see whether there is a next page.
    pub fn after(self) -> After {
        After { id: self.cursor, limit: self.rows() + 1 }
    }

    /// The page, without the row too many.
    pub fn listed<T>(self, mut items: Vec<T>, id: impl Fn(&T) -> Uuid) -> Listed<T> {
        let rows = usize::try_from(self.rows()).unwrap_or(usize::MAX);
        let has_more = items.len() > rows;
        items.truncate(rows);
        let next_cursor = if has_more { items.last().map(id) } else { None };
        Listed { items, next_cursor }
    }

    fn rows(self) -> i64 {
        i64::from(self.limit.unwrap_or(LIMIT_DEFAULT))
    }
}
