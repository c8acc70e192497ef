//! What people call the things that a call was about.

use std::collections::HashMap;

use uuid::Uuid;

use crate::application::ports::Unavailable;
use crate::store::{Reach, Store, TenantTx};

/// Names by id. What was removed has none any more.
pub type Names = HashMap<Uuid, String>;

impl Store {
    /// What residents, units, entrances, users, passes, stream backends and allowlist entries with these ids are called.
    pub async fn names(&self, reach: &Reach, ids: &[Uuid]) -> Result<Names, Unavailable> {
        self.begin(reach).await?.names(ids).await
    }
}

impl TenantTx {
    /// The same, as this transaction sees them.
    pub(super) async fn names(&mut self, ids: &[Uuid]) -> Result<Names, Unavailable> {
        let rows = sqlx::query!(
            r#"select resident_id as "id!", name as "name!" from vestibule.resident where resident_id = any($1)
               union all select unit_id, name from vestibule.unit where unit_id = any($1)
               union all select entrance_id, name from vestibule.entrance where entrance_id = any($1)
               union all select user_id, name from vestibule.user_account where user_id = any($1)
               union all select pass_id, label from vestibule.pass where pass_id = any($1)
               union all select backend_id, label from vestibule.stream_backend where backend_id = any($1)
               union all select entry_id, label from vestibule.allowlist_entry where entry_id = any($1)"#,
            ids
        )
        .fetch_all(self.connection())
        .await?;
        let named = rows.into_iter().filter(|row| !row.name.is_empty());
        Ok(named.map(|row| (row.id, row.name)).collect())
    }
}
