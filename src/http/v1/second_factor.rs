//! Second factors: six digits of an app (RFC 6238), each taken once, and recovery codes for a lost device.

use actix_web::web::{Data, Json};
use actix_web::{HttpResponse, get, post};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use totp_rs::Totp;
use utoipa::ToSchema;

use super::passwords::prove;
use crate::domain::ids::UserId;
use crate::http::App;
use crate::http::extract::client::Client;
use crate::http::extract::manager::Person;
use crate::http::problem::Problem;
use crate::store::TenantTx;
use crate::store::access::{FactorState, TokenHash};
use crate::store::changes::{Action, Change};

const ISSUER: &str = "Vestibule";
/// As long as the hash's output, as RFC 4226 advises.
const SECRET_BYTES: usize = 20;
const RECOVERY_CODES: usize = 10;
/// Letters and digits that nobody takes for one another.
const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
/// Sixty bits: nobody guesses one, least of all at the pace of sign-ins.
const RECOVERY_CHARACTERS: usize = 12;

/// A password, to prove that it is still oneself.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnrolBody {
    /// One's password.
    #[schema(write_only, example = "correct horse battery staple")]
    pub password: String,
}

/// A secret for an app.
#[derive(Clone, Serialize, ToSchema)]
pub struct EnrolView {
    /// The secret, base32, to type in.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same for a QR code.
    #[schema(
        example = "otpauth://totp/Vestibule:grace%40maple.example?secret=JBSWY3DPEHPK3PXP&issuer=Vestibule"
    )]
    pub otpauth_url: String,
}

/// A code of the app.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CodeBody {
    /// Six digits.
    #[schema(write_only, example = "492039")]
    pub code: String,
}

/// Codes for when the app is lost, each good once.
#[derive(Clone, Serialize, ToSchema)]
pub struct RecoveryView {
    /// Shown now and never again.
    #[schema(example = json!(["hq2m-x7kd-9v3p"]))]
    pub recovery_codes: Vec<String>,
}

/// What it takes to do without the second factor from now on.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DisableBody {
    /// One's password.
    #[schema(write_only, example = "correct horse battery staple")]
    pub password: String,
    /// Six digits of the app, or a recovery code.
    #[schema(write_only, example = "492039")]
    pub code: String,
}

/// One's second factor.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FactorView {
    /// Whether a code is needed to sign in.
    #[schema(example = true)]
    pub is_enabled: bool,
    /// Recovery codes that were not used yet.
    #[schema(example = 10)]
    pub recovery_codes_left: i64,
}

macro_rules! hidden { ($($name:ident)+) => { $(
    /// Hidden: it holds a secret.
    impl std::fmt::Debug for $name {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(concat!(stringify!($name), "(…)"))
        }
    }
)+ } }
hidden! { EnrolBody EnrolView CodeBody RecoveryView DisableBody }

/// Read whether one has a second factor.
#[utoipa::path(operation_id = "readSecondFactor", tag = "second factor", summary = "Read whether one has a second factor",
    responses((status = 200, description = "It", body = FactorView)))]
#[get("/v1/me/second-factor")]
pub async fn read(app: Data<App>, person: Person) -> Result<Json<FactorView>, Problem> {
    let mut tx = app.store.begin(&person.manager.reach).await?;
    let factor = tx.factor(person.user).await?;
    let is_enabled = factor.is_some_and(|factor| factor.state == FactorState::Confirmed);
    let recovery_codes_left = tx.recovery_codes_left(person.user).await?;
    Ok(Json(FactorView { is_enabled, recovery_codes_left }))
}

/// Get a secret for an app. Nothing changes until a code of it is confirmed.
#[utoipa::path(operation_id = "enrolSecondFactor", tag = "second factor", summary = "Get a secret for an app", request_body = EnrolBody,
    responses((status = 201, description = "The secret: shown now and never again", body = EnrolView)))]
#[post("/v1/me/second-factor")]
pub async fn enrol(
    app: Data<App>,
    person: Person,
    client: Client,
    body: Json<EnrolBody>,
) -> Result<HttpResponse, Problem> {
    let email = prove(&app, &person, &client, body.into_inner().password).await?;
    let mut secret = [0; SECRET_BYTES];
    rand::fill(&mut secret);
    let totp = totp(&secret, &email)?;
    let otpauth_url = totp.to_url().map_err(|error| Problem::Internal(error.to_string()))?;
    let sealed = app.store.seal_factor(person.manager.tenant(), person.user, &secret).await?;
    let mut tx = app.store.begin(&person.manager.reach).await?;
    if !tx.show_factor(person.user, &sealed).await? {
        return Err(Problem::Already("A second factor is confirmed already; disable it first"));
    }
    tx.commit().await?;
    let secret = totp_rs::Secret::from(secret).to_base32();
    Ok(HttpResponse::Created().json(EnrolView { secret, otpauth_url }))
}

/// Confirm the app with its first code: from now on signing in needs one.
#[utoipa::path(operation_id = "confirmSecondFactor", tag = "second factor", summary = "Confirm the app with its first code", request_body = CodeBody,
    responses((status = 201, description = "Recovery codes: shown now and never again", body = RecoveryView)))]
#[post("/v1/me/second-factor/confirm")]
pub async fn confirm(
    app: Data<App>,
    person: Person,
    body: Json<CodeBody>,
) -> Result<HttpResponse, Problem> {
    let now = app.clock.now();
    let (codes, hashes) = recovery_codes(&app, &person).await?;
    let mut tx = app.store.begin(&person.manager.reach).await?;
    match tx.factor(person.user).await?.map(|factor| factor.state) {
        Some(FactorState::Shown) => {}
        Some(FactorState::Confirmed) => {
            return Err(Problem::Already("The second factor is confirmed already"));
        }
        None => return Err(Problem::NotFound),
    }
    if !takes_totp(&app, &mut tx, person.user, &body.code, now).await? {
        return Err(Problem::WrongCode);
    }
    tx.confirm_factor(person.user, &hashes, now).await?;
    tx.note(change(person.user, "second_factor_enabled"));
    tx.commit().await?;
    Ok(HttpResponse::Created().json(RecoveryView { recovery_codes: codes }))
}

/// Get other recovery codes; the ones before are void.
#[utoipa::path(operation_id = "replaceRecoveryCodes", tag = "second factor", summary = "Get other recovery codes", request_body = DisableBody,
    responses((status = 201, description = "Recovery codes: shown now and never again", body = RecoveryView)))]
#[post("/v1/me/second-factor/recovery-codes")]
pub async fn replace_recovery_codes(
    app: Data<App>,
    person: Person,
    client: Client,
    body: Json<DisableBody>,
) -> Result<HttpResponse, Problem> {
    let DisableBody { password, code } = body.into_inner();
    prove(&app, &person, &client, password).await?;
    let (codes, hashes) = recovery_codes(&app, &person).await?;
    let mut tx = app.store.begin(&person.manager.reach).await?;
    if !takes(&app, &mut tx, person.user, &code, app.clock.now()).await? {
        return Err(Problem::WrongCode);
    }
    tx.replace_recovery_codes(person.user, &hashes).await?;
    tx.note(change(person.user, "recovery_codes_replaced"));
    tx.commit().await?;
    Ok(HttpResponse::Created().json(RecoveryView { recovery_codes: codes }))
}

/// Do without the second factor from now on.
#[utoipa::path(operation_id = "disableSecondFactor", tag = "second factor", summary = "Do without the second factor", request_body = DisableBody,
    responses((status = 204, description = "The password is enough again")))]
#[post("/v1/me/second-factor/disable")]
pub async fn disable(
    app: Data<App>,
    person: Person,
    client: Client,
    body: Json<DisableBody>,
) -> Result<HttpResponse, Problem> {
    let DisableBody { password, code } = body.into_inner();
    prove(&app, &person, &client, password).await?;
    let mut tx = app.store.begin(&person.manager.reach).await?;
    if !takes(&app, &mut tx, person.user, &code, app.clock.now()).await? {
        return Err(Problem::WrongCode);
    }
    tx.remove_factor(person.user).await?;
    tx.note(change(person.user, "second_factor_disabled"));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Takes a code of a confirmed second factor, or a recovery code; either is good once.
pub(super) async fn takes(
    app: &App,
    tx: &mut TenantTx,
    user: UserId,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool, Problem> {
    let is_confirmed =
        tx.factor(user).await?.is_some_and(|factor| factor.state == FactorState::Confirmed);
    if !is_confirmed {
        return Ok(false);
    }
    let code = code.trim();
    if code.len() == 6 {
        return takes_totp(app, tx, user, code, now).await;
    }
    let hash = app.store.recovery_hash(tx.tenant(), user, &plain(code)).await?;
    let is_used = tx.use_recovery_code(user, &hash, now).await?;
    if is_used {
        tx.note(change(user, "recovery_code_used"));
    }
    Ok(is_used)
}

async fn takes_totp(
    app: &App,
    tx: &mut TenantTx,
    user: UserId,
    code: &str,
    now: OffsetDateTime,
) -> Result<bool, Problem> {
    let Some(factor) = tx.factor(user).await? else { return Ok(false) };
    let secret = app.store.open_factor(tx.tenant(), user, &factor.secret).await?;
    let at = u64::try_from(now.unix_timestamp()).unwrap_or_default();
    let Some(step) = totp(&secret, "")?.check(code.trim(), at) else { return Ok(false) };
    Ok(tx.take_step(user, i64::try_from(step).unwrap_or(i64::MAX)).await?)
}

/// What every app understands: SHA-1, six digits, thirty seconds; a clock may be one step off.
fn totp(secret: &[u8], account: &str) -> Result<Totp, Problem> {
    totp_rs::Builder::new()
        .with_secret(secret.to_vec())
        .with_account_name(if account.is_empty() { "nobody" } else { account })
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|error| Problem::Internal(error.to_string()))
}

async fn recovery_codes(
    app: &App,
    person: &Person,
) -> Result<(Vec<String>, Vec<TokenHash>), Problem> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    let mut hashes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        let code: String = (0..RECOVERY_CHARACTERS)
            .map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() % 32)]))
            .collect();
        hashes.push(app.store.recovery_hash(person.manager.tenant(), person.user, &code).await?);
        codes.push(format!("{}-{}-{}", &code[..4], &code[4..8], &code[8..]));
    }
    Ok((codes, hashes))
}

/// As it was made, however it was typed.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

fn change(user: UserId, what: &'static str) -> Change {
    Change {
        resource: "user",
        id: user.as_uuid(),
        building: None,
        action: Action::Other(what),
        before: Value::Null,
        after: Value::Null,
    }
}
