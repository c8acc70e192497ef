//! How things of the directory are made, changed and removed: checked, within reach, told to the audit log.

use actix_web::HttpResponse;
use serde_json::Value;
use uuid::Uuid;

use crate::http::App;
use crate::http::extract::etag::{IfMatch, Tagged};
use crate::http::extract::manager::Manager;
use crate::http::extract::patch::{Editable, Patch};
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::changes::{Action, Change, personal};
use crate::store::directory::views::DirectoryError;

/// A thing whose changes are told.
pub(super) trait Audited: Editable {
    /// What the audit log calls it.
    const RESOURCE: &'static str;
    /// Fields that are about a person, sealed so that they can be erased.
    const PERSONAL: &'static [&'static str] = &[];

    /// Its id: also the subject of its personal fields.
    fn id(&self) -> Uuid;

    /// Its building, if it has one.
    fn building(&self) -> Option<Uuid>;

    /// As the audit log keeps it.
    fn told(&self) -> Value {
        let mut document = serde_json::to_value(self).unwrap_or_default();
        for field in Self::PERSONAL {
            if let Some(value) = document.get_mut(*field).filter(|value| !value.is_null()) {
                *value = personal(self.id(), value.take());
            }
        }
        document
    }
}

/// Tells that a thing is new.
pub(super) fn note_created<T: Audited>(tx: &mut TenantTx, thing: &T) {
    tx.note(Change {
        resource: T::RESOURCE,
        id: thing.id(),
        building: thing.building(),
        action: Action::Created,
        before: Value::Null,
        after: thing.told(),
    });
}

/// Tells that a thing is different.
pub(super) fn note_changed<T: Audited>(tx: &mut TenantTx, action: Action, before: &T, after: &T) {
    tx.note(Change {
        resource: T::RESOURCE,
        id: after.id(),
        building: after.building(),
        action,
        before: before.told(),
        after: after.told(),
    });
}

/// Changes a thing: what was read, or not at all.
pub(super) async fn change<T: Audited>(
    app: &App,
    manager: &Manager,
    (id, if_match, patch): (Uuid, IfMatch, Patch),
    read: impl AsyncFnOnce(&mut TenantTx, Uuid) -> Result<Option<T>, DirectoryError>,
    write: impl AsyncFnOnce(&mut TenantTx, &T) -> Result<(), Problem>,
) -> Result<Tagged<T>, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let before = read(&mut tx, id).await?.ok_or(Problem::NotFound)?;
    if_match.check(&before)?;
    let after: T = patch.apply(&before)?;
    write(&mut tx, &after).await?;
    // As the database has it now: a text that it writes differently has the same tag when it is read again.
    note_changed(&mut tx, Action::Changed, &before, &after);
    tx.commit().await?;
    Ok(Tagged(after))
}

/// Removes a thing.
pub(super) async fn remove<T: Audited>(
    app: &App,
    manager: &Manager,
    id: Uuid,
    read: impl AsyncFnOnce(&mut TenantTx, Uuid) -> Result<Option<T>, DirectoryError>,
    delete: impl AsyncFnOnce(&mut TenantTx, Uuid) -> Result<(), DirectoryError>,
) -> Result<HttpResponse, Problem> {
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(id).await?;
    let before = read(&mut tx, id).await?.ok_or(Problem::NotFound)?;
    delete(&mut tx, id).await?;
    tx.note(Change {
        resource: T::RESOURCE,
        id,
        building: before.building(),
        action: Action::Deleted,
        before: before.told(),
        after: Value::Null,
    });
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}
