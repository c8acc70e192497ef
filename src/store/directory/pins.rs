//! The PIN gate: whether a PIN opens, how many wrong ones a caller gave and an entrance got, and whether that blocks them. A building's
//! attempts are one after the other, so that none of many at once is looked at uncounted.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;

use super::passes::{begin_or_continue_visit, has_visits_left, known_pass};
use crate::application::ports::{PinLook, PinTry, Unavailable};
use crate::domain::call::signal::PinCheck;
use crate::domain::ids::{BlockId, BuildingId, SubjectId, TenantId};
use crate::domain::phone_number::Caller;
use crate::domain::policy::block::{Block, Expires};
use crate::store::Store;
use crate::store::seal::SubjectKey;

/// Why an automatic block is there.
const TOO_MANY: &str = "Too many wrong PINs";
/// As many callers' worth of wrong PINs, from whomever, close an entrance to all PINs.
const CALLERS_AN_ENTRANCE: u32 = 5;
/// All who hide their number count as one.
const WITHHELD: &[u8] = b"withheld";

/// Who tries, in ways that can be stored.
struct Guesser {
    /// Keyed hash of the number.
    hash: [u8; 32],
    /// What stands for them; nil: withheld.
    subject: Uuid,
    /// The number under their own key, for a block that this attempt may lead to.
    sealed_number: Option<Vec<u8>>,
}

impl Store {
    /// The keyed hash under which a building's PIN is stored.
    pub async fn pin_hash(&self, tenant: TenantId, pin: &str) -> Result<[u8; 32], Unavailable> {
        Ok(self.tenant_key(tenant).await?.hash("pin", pin.as_bytes()))
    }

    pub(super) async fn check_pin(
        &self,
        tenant: TenantId,
        attempt: PinTry,
    ) -> Result<PinCheck, Unavailable> {
        // Keys come over connections of their own: all that needs them is made before one is held.
        let guesser = self.guesser(tenant, &attempt).await?;
        let pin_hash = self.pin_hash(tenant, &attempt.pin).await?;
        #[expect(
            clippy::disallowed_methods,
            reason = "a worker reaches every firm, and names it in each query"
        )]
        let mut tx = self.worker.begin().await?;
        let check = try_pin(&mut tx, tenant, &attempt, &guesser, &pin_hash).await?;
        tx.commit().await?;
        Ok(check)
    }

    /// What is known of a PIN, without a visit begun or a failure counted. A pass without visits left is none.
    pub(super) async fn look_at_pin(
        &self,
        tenant: TenantId,
        attempt: &PinTry,
    ) -> Result<PinLook, Unavailable> {
        let pin_hash = self.pin_hash(tenant, &attempt.pin).await?;
        let caller_hash = self.caller_hash(tenant, &attempt.caller).await?;
        let mut connection = self.worker.acquire().await?;
        let pass = match known_pass(&mut connection, tenant, attempt.building, &pin_hash).await? {
            Some((pass, _, visits_allowed))
                if has_visits_left(
                    &mut connection,
                    tenant,
                    (pass.id, visits_allowed),
                    attempt.at,
                )
                .await? =>
            {
                Some(pass)
            }
            Some(_) | None => None,
        };
        let wrong_pins = wrong_pins(&mut connection, tenant, attempt, &caller_hash).await?;
        let entrance_block = block_at(&mut connection, tenant, attempt).await?;
        Ok(PinLook { pass, wrong_pins, entrance_block })
    }

    async fn guesser(&self, tenant: TenantId, attempt: &PinTry) -> Result<Guesser, Unavailable> {
        let hash = self.caller_hash(tenant, &attempt.caller).await?;
        let Caller::Known(number) = &attempt.caller else {
            return Ok(Guesser { hash, subject: Uuid::nil(), sealed_number: None });
        };
        let subject = self.caller_subject(tenant, number, attempt.block.as_uuid()).await?;
        let sealed_number = match self.subject_key(tenant, subject).await? {
            SubjectKey::Live(key) => {
                Some(key.seal(number.as_e164().as_bytes(), &sealed_in(attempt.block.as_uuid())))
            }
            SubjectKey::Destroyed => None,
        };
        Ok(Guesser { hash, subject: subject.as_uuid(), sealed_number })
    }

    /// What wrong PINs are counted by and blocks hold for, instead of the number itself.
    pub(in crate::store) async fn caller_hash(
        &self,
        tenant: TenantId,
        caller: &Caller,
    ) -> Result<[u8; 32], Unavailable> {
        match caller {
            Caller::Known(number) => self.number_hash(tenant, number).await,
            Caller::Withheld => Ok(self.tenant_key(tenant).await?.hash("number", WITHHELD)),
        }
    }

    /// The number that a block holds for. None: its caller was erased.
    pub(super) async fn blocked_number(
        &self,
        tenant: TenantId,
        block: Uuid,
        (subject, sealed): (Uuid, &[u8]),
    ) -> Result<Option<String>, Unavailable> {
        let SubjectKey::Live(key) = self.subject_key(tenant, SubjectId::from_uuid(subject)).await?
        else {
            return Ok(None);
        };
        let plain = key.open(sealed, &sealed_in(block)).ok();
        Ok(plain.map(|plain| String::from_utf8_lossy(&plain).into_owned()))
    }
}

/// A block's number opens in its own row only.
fn sealed_in(block: Uuid) -> Vec<u8> {
    [b"block".as_slice(), block.as_bytes()].concat()
}

/// An attempt, while the building's others wait.
async fn try_pin(
    tx: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
    guesser: &Guesser,
    pin_hash: &[u8; 32],
) -> Result<PinCheck, Unavailable> {
    wait_for_ones_turn(tx, tenant, attempt.building).await?;
    if let Some(told) = told_before(tx, tenant, attempt, &guesser.hash).await? {
        return Ok(told);
    }
    let who = (attempt.building, &attempt.caller, &guesser.hash);
    if let Some(block) = block_of(tx, tenant, who, Some(attempt.at)).await? {
        return Ok(PinCheck::Blocked(block));
    }
    if let Some(block) = block_at(tx, tenant, attempt).await? {
        return Ok(PinCheck::Blocked(block));
    }
    let known = known_pass(tx, tenant, attempt.building, pin_hash).await?;
    if let Some((pass, zone, visits_allowed)) = known
        && pass.opens(attempt.entrance, attempt.at, &zone)
        && begin_or_continue_visit(tx, tenant, (pass.id, visits_allowed), attempt).await?
    {
        forget_wrong_pins(tx, tenant, attempt, &guesser.hash).await?;
        return Ok(PinCheck::Opens(pass.id));
    }
    let wrong_pins = count_wrong_pin(tx, tenant, attempt, &guesser.hash).await?;
    let block = if wrong_pins >= attempt.limits.wrong_pins {
        Some(block_caller(tx, tenant, attempt, guesser).await?)
    } else {
        None
    };
    let entrance_block = close_entrance_if_guessed_at(tx, tenant, attempt).await?;
    Ok(PinCheck::Wrong { wrong_pins, block, entrance_block })
}

/// Waits until no other attempt at this building goes on. Each statement after it sees what the others did.
async fn wait_for_ones_turn(
    tx: &mut PgConnection,
    tenant: TenantId,
    building: BuildingId,
) -> Result<(), Unavailable> {
    sqlx::query_scalar!(
        r#"select pg_advisory_xact_lock(hashtextextended($1::uuid::text || $2::uuid::text, 0))::text as "nothing""#,
        tenant.as_uuid(),
        building.as_uuid()
    )
    .fetch_one(tx)
    .await?;
    Ok(())
}

/// What this delivery was told when it came first, if its PIN was wrong then.
async fn told_before(
    tx: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
    caller_hash: &[u8; 32],
) -> Result<Option<PinCheck>, Unavailable> {
    let row = sqlx::query!(
        "select wrong_pins, block_id, blocked_until, entrance_block_id, entrance_blocked_until from vestibule.pin_failure
         where tenant_id = $1 and building_id = $2 and caller_hash = $3 and delivery_key = $4",
        tenant.as_uuid(),
        attempt.building.as_uuid(),
        &caller_hash[..],
        &attempt.delivery[..]
    )
    .fetch_optional(tx)
    .await?;
    Ok(row.map(|row| PinCheck::Wrong {
        wrong_pins: u32::try_from(row.wrong_pins).unwrap_or_default(),
        block: row.block_id.zip(row.blocked_until).map(kept),
        entrance_block: row.entrance_block_id.zip(row.entrance_blocked_until).map(kept),
    }))
}

fn kept((id, end): (Uuid, OffsetDateTime)) -> Block {
    Block { id: BlockId::from_uuid(id), expires: Expires::At(end) }
}

/// The block that holds longest for a caller: of the number, of numbers that begin like it, or of whoever has this hash.
pub(super) async fn block_of(
    connection: &mut PgConnection,
    tenant: TenantId,
    (building, caller, hash): (BuildingId, &Caller, &[u8; 32]),
    at: Option<OffsetDateTime>,
) -> Result<Option<Block>, Unavailable> {
    let number = match caller {
        Caller::Known(number) => Some(number.as_e164()),
        Caller::Withheld => None,
    };
    let row = sqlx::query!(
        "select block_id, expires_at from vestibule.block
         where tenant_id = $1 and building_id = $2 and lifted_at is null
           and (number = $3 or (kind = 'prefix' and starts_with($3, number)) or number_hash = $4)
           and (expires_at is null or expires_at > coalesce($5, clock_timestamp()))
         order by expires_at desc nulls first
         limit 1",
        tenant.as_uuid(),
        building.as_uuid(),
        number,
        &hash[..],
        at
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Block {
        id: row.block_id.into(),
        expires: row.expires_at.map_or(Expires::Never, Expires::At),
    }))
}

/// The block that keeps all PINs out of the entrance.
async fn block_at(
    connection: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
) -> Result<Option<Block>, Unavailable> {
    let row = sqlx::query!(
        r#"select block_id, expires_at as "expires_at!" from vestibule.block
           where tenant_id = $1 and entrance_id = $2 and lifted_at is null and expires_at > $3
           order by expires_at desc
           limit 1"#,
        tenant.as_uuid(),
        attempt.entrance.as_uuid(),
        attempt.at
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Block { id: row.block_id.into(), expires: Expires::At(row.expires_at) }))
}

/// Counts one more, and says how many that are within the window.
async fn count_wrong_pin(
    tx: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
    caller_hash: &[u8; 32],
) -> Result<u32, Unavailable> {
    let wrong = sqlx::query_scalar!(
        "insert into vestibule.pin_failure (tenant_id, building_id, caller_hash, delivery_key, failed_at, entrance_id, wrong_pins)
         select $1, $2, $3, $4, $5, $7, 1 + count(*) from vestibule.pin_failure
         where tenant_id = $1 and building_id = $2 and caller_hash = $3 and forgotten_at is null
           and failed_at > $5::timestamptz - $6 * interval '1 second'
         returning wrong_pins",
        tenant.as_uuid(),
        attempt.building.as_uuid(),
        &caller_hash[..],
        &attempt.delivery[..],
        attempt.at,
        attempt.limits.within.as_secs_f64(),
        attempt.entrance.as_uuid()
    )
    .fetch_one(tx)
    .await?;
    Ok(u32::try_from(wrong).unwrap_or(u32::MAX))
}

/// Closes the entrance to PINs once too many wrong ones came, from however many callers: each could be the same one with another number.
/// What led to it is spent; who delivers the last of them again is told the same.
async fn close_entrance_if_guessed_at(
    tx: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
) -> Result<Option<Block>, Unavailable> {
    let limits = attempt.limits;
    let end = block_ends(attempt);
    let closed = sqlx::query!(
        "with guessed as (
             select from vestibule.pin_failure
             where tenant_id = $1 and entrance_id = $2 and failed_at > $3::timestamptz - $4 * interval '1 second'
             having count(*) >= $5),
         closed as (
             insert into vestibule.block (tenant_id, block_id, building_id, kind, entrance_id, reason, expires_at, created_at)
             select $1, $6, $7, 'entrance', $2, $8, $9, $3 from guessed
             returning block_id, entrance_id, expires_at)
         update vestibule.pin_failure failure
         set entrance_id = null,
             entrance_block_id = case when delivery_key = $10 then closed.block_id end,
             entrance_blocked_until = case when delivery_key = $10 then closed.expires_at end
         from closed where failure.tenant_id = $1 and failure.entrance_id = closed.entrance_id",
        tenant.as_uuid(),
        attempt.entrance.as_uuid(),
        attempt.at,
        limits.within.as_secs_f64(),
        i64::from(limits.wrong_pins * CALLERS_AN_ENTRANCE),
        attempt.entrance_block.as_uuid(),
        attempt.building.as_uuid(),
        TOO_MANY,
        end,
        &attempt.delivery[..]
    )
    .execute(tx)
    .await?;
    if closed.rows_affected() == 0 {
        return Ok(None);
    }
    metrics::counter!("pin_blocks_total", "what" => "entrance").increment(1);
    tracing::warn!(
        building.id = %attempt.building, entrance.id = %attempt.entrance,
        "an entrance takes no PINs for a while: too many wrong ones came"
    );
    Ok(Some(Block { id: attempt.entrance_block, expires: Expires::At(end) }))
}

/// When a block ends that this attempt leads to, as the database keeps it: who asks again is told the same to the microsecond.
fn block_ends(attempt: &PinTry) -> OffsetDateTime {
    let end = attempt.at + attempt.limits.block_for;
    end.replace_nanosecond(end.microsecond() * 1_000).unwrap_or(end)
}

/// Blocks the caller. What led to it is spent: after the block one more wrong PIN is the first again.
async fn block_caller(
    tx: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
    guesser: &Guesser,
) -> Result<Block, Unavailable> {
    let end = block_ends(attempt);
    sqlx::query!(
        "with block as (
             insert into vestibule.block (tenant_id, block_id, building_id, kind, number_hash, caller_id, sealed_number, reason, expires_at, created_at)
             values ($1, $5, $2, 'automatic', $3, $7, $8, $9, $6, $10))
         update vestibule.pin_failure
         set forgotten_at = $10,
             block_id = case when delivery_key = $4 then $5 end,
             blocked_until = case when delivery_key = $4 then $6::timestamptz end
         where tenant_id = $1 and building_id = $2 and caller_hash = $3 and forgotten_at is null",
        tenant.as_uuid(),
        attempt.building.as_uuid(),
        &guesser.hash[..],
        &attempt.delivery[..],
        attempt.block.as_uuid(),
        end,
        guesser.subject,
        guesser.sealed_number,
        TOO_MANY,
        attempt.at
    )
    .execute(tx)
    .await?;
    metrics::counter!("pin_blocks_total", "what" => "caller").increment(1);
    Ok(Block { id: attempt.block, expires: Expires::At(end) })
}

async fn forget_wrong_pins(
    tx: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
    caller_hash: &[u8; 32],
) -> Result<(), Unavailable> {
    sqlx::query!(
        "update vestibule.pin_failure set forgotten_at = $4, entrance_id = null
         where tenant_id = $1 and building_id = $2 and caller_hash = $3 and forgotten_at is null",
        tenant.as_uuid(),
        attempt.building.as_uuid(),
        &caller_hash[..],
        attempt.at
    )
    .execute(tx)
    .await?;
    Ok(())
}

/// Wrong PINs of this caller within the window that counts.
async fn wrong_pins(
    connection: &mut PgConnection,
    tenant: TenantId,
    attempt: &PinTry,
    caller_hash: &[u8; 32],
) -> Result<u32, Unavailable> {
    let wrong = sqlx::query_scalar!(
        r#"select count(*) as "wrong!" from vestibule.pin_failure
           where tenant_id = $1 and building_id = $2 and caller_hash = $3 and forgotten_at is null
             and failed_at > $4::timestamptz - $5 * interval '1 second'"#,
        tenant.as_uuid(),
        attempt.building.as_uuid(),
        &caller_hash[..],
        attempt.at,
        attempt.limits.within.as_secs_f64()
    )
    .fetch_one(connection)
    .await?;
    Ok(u32::try_from(wrong).unwrap_or(u32::MAX))
}
