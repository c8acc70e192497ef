//! Roles and migrations. Migrations run as the owner, never as a superuser: a superuser's views would see every tenant's rows.

use std::sync::LazyLock;

use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};

use super::StoreError;

/// What is newer than we are stays: after a step back to the version before, the schema is the next one's.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!();
    migrations.set_ignore_missing(true);
    migrations
});
/// How the name of a migration begins that takes away what versions before it need.
const CONTRACT: &str = "contract";

/// Makes the roles if they are missing. Roles belong to the cluster: two processes may do this at once, in two databases.
const ROLES: &str = r"
do $$
begin
    perform pg_advisory_xact_lock(4243);
    if not exists (select from pg_roles where rolname = 'vestibule_owner') then create role vestibule_owner nologin; end if;
    if not exists (select from pg_roles where rolname = 'vestibule_ledger') then create role vestibule_ledger nologin bypassrls; end if;
    if not exists (select from pg_roles where rolname = 'vestibule_app') then create role vestibule_app nologin; end if;
    if not exists (select from pg_roles where rolname = 'vestibule_ingest') then create role vestibule_ingest nologin; end if;
    if not exists (select from pg_roles where rolname = 'vestibule_worker') then create role vestibule_worker nologin bypassrls; end if;
    grant vestibule_ledger to vestibule_owner;
    execute format('grant vestibule_owner, vestibule_app, vestibule_ingest, vestibule_worker to %I', current_user);
exception when unique_violation or duplicate_object or object_in_use then
    null; -- another database of this cluster was faster
end $$";

/// Brings the database at `url` to this binary's schema.
pub async fn run(url: &SecretString) -> Result<(), StoreError> {
    roles(url).await?;
    let options: PgConnectOptions = url.expose_secret().parse().map_err(StoreError::Url)?;
    let as_owner = options.options([("role", "vestibule_owner"), ("lock_timeout", "3s")]);
    let mut owner = PgConnection::connect_with(&as_owner).await?;
    refuse_contracted(&applied(&mut owner).await?)?;
    MIGRATIONS.run(&mut owner).await?;
    owner.close().await?;
    Ok(())
}

/// Whether the schema has all that this version needs: an older one has not, nor has a newer one that took something away.
pub(super) async fn assert_fits(connection: &mut PgConnection) -> Result<(), StoreError> {
    let applied = applied(connection).await?;
    refuse_contracted(&applied)?;
    let missing =
        MIGRATIONS.iter().find(|known| !applied.iter().any(|(it, _)| *it == known.version));
    match missing {
        None => Ok(()),
        Some(missing) => Err(StoreError::SchemaIsOlder { missing: missing.version }),
    }
}

fn refuse_contracted(applied: &[(i64, String)]) -> Result<(), StoreError> {
    let is_known = |version: i64| MIGRATIONS.iter().any(|known| known.version == version);
    let contracted =
        applied.iter().find(|(version, name)| !is_known(*version) && name.starts_with(CONTRACT));
    match contracted {
        None => Ok(()),
        Some((version, _)) => Err(StoreError::SchemaIsContracted { by: *version }),
    }
}

/// The migrations that were applied, with their names. None where nobody told us: the schema is from before it was told.
async fn applied(connection: &mut PgConnection) -> Result<Vec<(i64, String)>, StoreError> {
    let asked =
        sqlx::query_as("select version, description from public._sqlx_migrations where success")
            .fetch_all(connection)
            .await;
    match asked {
        Err(sqlx::Error::Database(error))
            if matches!(error.code().as_deref(), Some("42P01" | "42501")) =>
        {
            Ok(vec![])
        }
        applied => Ok(applied?),
    }
}

/// Makes the roles alone, and gives them their rights on this database: a dump has neither.
pub async fn roles(url: &SecretString) -> Result<(), StoreError> {
    let options: PgConnectOptions = url.expose_secret().parse().map_err(StoreError::Url)?;
    let mut admin = PgConnection::connect_with(&options).await?;
    make_roles(&mut admin).await?;
    admin.close().await?;
    Ok(())
}

async fn make_roles(admin: &mut PgConnection) -> Result<(), StoreError> {
    let known = sqlx::query_scalar!(
        r#"select count(*) as "known!" from pg_roles where rolname like 'vestibule\_%'"#
    )
    .fetch_one(&mut *admin)
    .await?;
    let is_superuser = sqlx::query_scalar!(
        r#"select rolsuper as "is!" from pg_roles where rolname = current_user"#
    )
    .fetch_one(&mut *admin)
    .await?;
    if is_superuser {
        // Concurrent grants of one role can meet on its row: the second try finds them made.
        for _ in 0..5 {
            match sqlx::raw_sql(ROLES).execute(&mut *admin).await {
                Ok(_) => break,
                Err(error) if error.to_string().contains("concurrently updated") => {}
                Err(error) => return Err(error.into()),
            }
        }
        sqlx::raw_sql("do $$ begin execute format('grant create on database %I to vestibule_owner', current_database()); execute 'grant create, usage on schema public to vestibule_owner'; end $$")
            .execute(&mut *admin)
            .await?;
        return Ok(());
    }
    if known < 5 { Err(StoreError::Roles) } else { Ok(()) }
}
