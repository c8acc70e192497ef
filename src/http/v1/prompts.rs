//! Prompts: what a line can say, and the files that managers send for it where the carrier does not speak.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{Bytes, Data, Json, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, delete, get, put};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::{Uuid, Variant, Version};

use crate::application::ports::{LineCalled, LineKey};
use crate::domain::call::script::Speech;
use crate::domain::call::sentences::SentenceHash;
use crate::domain::ids::TenantId;
use crate::domain::phone_number::Caller;
use crate::http::App;
use crate::http::extract::manager::{Manager, Role};
use crate::http::problem::{FieldProblem, Problem, ProblemBody};
use crate::prompts::recordings::Said;
use crate::prompts::voice::SECONDS_MAX;
use crate::prompts::wav::{Why, lasts, samples_of};
use crate::prompts::{Part, Prompt};
use crate::store::changes::{Action, Change};
use crate::store::prompts::Upload;

/// The largest file: a minute, and room for what else its writer put in.
const FILE_MAX: usize = 1024 * 1024;
/// Files that a firm keeps at most.
const UPLOADS_MAX: i64 = 2_000;
/// The names that WAV goes by.
const MEDIA_TYPES: [&str; 4] = ["audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"];

/// What a line can say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct LinePrompts {
    /// Whether the line's carrier speaks text by itself: no file is played then.
    #[schema(example = false)]
    pub carrier_speaks: bool,
    /// Whether a voice is installed here, that renders what nobody uploaded.
    #[schema(example = true)]
    pub voice_installed: bool,
    /// Each sentence once.
    pub items: Vec<PromptView>,
}

/// A sentence that a line can say.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct PromptView {
    /// What its audio is kept by: SHA-256 of its language, a NUL and its text.
    #[schema(
        example = "5d3ff0a6a2f1a7d4b9f9c80f6d14a5cbd21a24be9d4c4e3b6f8f0b1e2c7d9a10",
        pattern = "^[0-9a-f]{64}$"
    )]
    pub hash: String,
    /// The sentence.
    #[schema(example = "Calling unit 1204.")]
    pub text: String,
    /// Its language, BCP 47 in lower case.
    #[schema(example = "en-gb")]
    pub language: String,
    /// Where its audio comes from: `uploaded`, `rendered`, or `missing`: a signal of two tones is heard instead.
    #[schema(example = "rendered", pattern = "^(uploaded|rendered|missing)$")]
    pub source: String,
    /// How long it lasts, in milliseconds; null while it is missing.
    #[schema(example = 1730)]
    pub duration_ms: Option<u32>,
    /// Where it can be heard, as a carrier hears it. Whoever knows this address may listen.
    #[schema(example = "https://door.example/sounds/prompts/kY3…Qw.wav")]
    pub url: String,
}

/// A file that was uploaded for a sentence.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct UploadedPrompt {
    /// The sentence.
    #[schema(
        example = "5d3ff0a6a2f1a7d4b9f9c80f6d14a5cbd21a24be9d4c4e3b6f8f0b1e2c7d9a10",
        pattern = "^[0-9a-f]{64}$"
    )]
    pub hash: String,
    /// How long it lasts, in milliseconds.
    #[schema(example = 1730)]
    pub duration_ms: u32,
}

/// A WAV file: PCM, 16 bits, one channel, 8000 samples a second, a minute at most.
#[derive(Clone, Debug, ToSchema)]
#[schema(value_type = String, format = Binary, example = "RIFF…WAVE…")]
pub struct WavFile(
    #[expect(dead_code, reason = "the document's word for a body that is read as bytes")] Bytes,
);

/// List what a line can say, and whose audio is heard for it where the carrier does not speak.
#[utoipa::path(operation_id = "listLinePrompts", tag = "prompts", summary = "List what a line can say", params(("id" = Uuid, Path, description = "The line")),
    responses((status = 200, description = "Its sentences", body = LinePrompts)))]
#[get("/v1/lines/{id}/prompts")]
pub async fn list(
    app: Data<App>,
    manager: Manager,
    id: Path<Uuid>,
) -> Result<Json<LinePrompts>, Problem> {
    let id = id.into_inner();
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.line(id).await?.ok_or(Problem::NotFound)?;
    drop(tx);
    let tenant = manager.tenant();
    let called = LineCalled { tenant, line: LineKey::Id(id.into()) };
    let policy = app.calls.directory.policy(called, Caller::Withheld).await?;
    let (carrier_speaks, said) = match &policy {
        // It leads nowhere, and says nothing.
        None => (false, Vec::new()),
        Some(policy) => (policy.capabilities.speech, app.recordings.said(policy).await?),
    };
    Ok(Json(LinePrompts {
        carrier_speaks,
        voice_installed: app.recordings.has_voice(),
        items: said.iter().map(|said| view(&app, tenant, said)).collect(),
    }))
}

fn view(app: &App, tenant: TenantId, said: &Said) -> PromptView {
    let (text, language) = (said.sentence.text().to_owned(), said.sentence.language().to_owned());
    let speech = Speech { text: text.clone(), language: language.clone() };
    PromptView {
        hash: said.sentence.hash().to_string(),
        text,
        language,
        source: said.recorded.map_or("missing", |recorded| recorded.source.name()).to_owned(),
        duration_ms: said.recorded.map(|recorded| in_milliseconds(recorded.lasts)),
        url: app.recordings.urls.of(tenant, &Prompt::of([Part::Speech(speech)])),
    }
}

/// Upload the audio of a sentence: it is heard wherever the firm's lines say it, in place of what is rendered.
#[utoipa::path(operation_id = "uploadPrompt", tag = "prompts", summary = "Upload the audio of a sentence", params(("hash" = String, Path, description = "The sentence", example = "5d3ff0a6a2f1a7d4b9f9c80f6d14a5cbd21a24be9d4c4e3b6f8f0b1e2c7d9a10")),
    request_body(content = WavFile, content_type = "audio/wav"),
    responses(
        (status = 200, description = "It is heard within minutes", body = UploadedPrompt),
        (status = 415, description = "Another media type than audio/wav", body = ProblemBody, content_type = "application/problem+json")))]
#[put("/v1/prompts/{hash}")]
pub async fn upload(
    app: Data<App>,
    manager: Manager,
    hash: Path<String>,
    request: HttpRequest,
    payload: Payload,
) -> Result<Json<UploadedPrompt>, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    let hash = read_hash(&hash)?;
    is_wav(&request)?;
    let file = payload
        .to_bytes_limited(FILE_MAX)
        .await
        .map_err(|_| Problem::TooLarge)?
        .map_err(|error| Problem::Unreadable(error.to_string()))?;
    let samples = not_too_long(&file).map_err(|why| refused(&why))?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(manager.tenant().as_uuid()).await?;
    let before = tx.prompt_upload(hash).await?;
    if before.is_none() && tx.prompt_uploads().await? >= UPLOADS_MAX {
        return Err(refused(&"a firm keeps 2000 files at most: delete one that is not needed"));
    }
    let after = tx.put_prompt_upload(hash, &samples).await?;
    if before != Some(after) {
        let action = if before.is_some() { Action::Changed } else { Action::Created };
        tx.note(change(manager.tenant(), hash, action, (before, Some(after))));
    }
    tx.commit().await?;
    Ok(Json(UploadedPrompt { hash: hash.to_string(), duration_ms: in_milliseconds(after.lasts) }))
}

/// Delete the uploaded audio of a sentence: what is rendered is heard again.
#[utoipa::path(operation_id = "deletePrompt", tag = "prompts", summary = "Delete the uploaded audio of a sentence", params(("hash" = String, Path, description = "The sentence", example = "5d3ff0a6a2f1a7d4b9f9c80f6d14a5cbd21a24be9d4c4e3b6f8f0b1e2c7d9a10")),
    responses((status = 204, description = "It is gone")))]
#[delete("/v1/prompts/{hash}")]
pub async fn delete(
    app: Data<App>,
    manager: Manager,
    hash: Path<String>,
) -> Result<HttpResponse, Problem> {
    manager.runs_the_whole_firm(Role::Manager)?;
    let hash = read_hash(&hash)?;
    let mut tx = app.store.begin(&manager.reach).await?;
    tx.lock(manager.tenant().as_uuid()).await?;
    let before = tx.prompt_upload(hash).await?.ok_or(Problem::NotFound)?;
    tx.remove_prompt_upload(hash).await?;
    tx.note(change(manager.tenant(), hash, Action::Deleted, (Some(before), None)));
    tx.commit().await?;
    Ok(HttpResponse::NoContent().finish())
}

/// A name that is none names nothing.
fn read_hash(hash: &str) -> Result<SentenceHash, Problem> {
    hash.parse().map_err(|_| Problem::NotFound)
}

fn is_wav(request: &HttpRequest) -> Result<(), Problem> {
    let said = request.headers().get(CONTENT_TYPE).and_then(|said| said.to_str().ok());
    let media = said.and_then(|said| said.split(';').next()).unwrap_or_default().trim();
    let is_known = MEDIA_TYPES.iter().any(|known| known.eq_ignore_ascii_case(media));
    if is_known { Ok(()) } else { Err(Problem::OtherMediaType("audio/wav")) }
}

fn not_too_long(file: &[u8]) -> Result<Vec<i16>, Why> {
    let samples = samples_of(file)?;
    let (seconds, most) = (lasts(samples.len()).as_secs_f64().ceil(), u64::from(SECONDS_MAX));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a file of a MiB")]
    let seconds = seconds as u64;
    if seconds > most { Err(Why::TooLong(seconds, most)) } else { Ok(samples) }
}

fn refused(why: &impl std::fmt::Display) -> Problem {
    Problem::Invalid(vec![FieldProblem::new("file", why)])
}

/// The audit log keeps what the file was, not the file.
fn change(
    tenant: TenantId,
    sentence: SentenceHash,
    action: Action,
    (before, after): (Option<Upload>, Option<Upload>),
) -> Change {
    let told = |one: Option<Upload>| match one {
        None => Value::Null,
        Some(file) => json!({
            "sentence": sentence.to_string(),
            "duration_ms": in_milliseconds(file.lasts),
            "sha256": hex::encode(file.audio_hash),
        }),
    };
    // Two firms may say the same: each has a history of its own of it.
    let name = [tenant.as_uuid().as_bytes().as_slice(), sentence.as_bytes()].concat();
    let (before, after) = (told(before), told(after));
    Change { resource: "prompt", id: id_of(&name), building: None, action, before, after }
}

/// An id that follows from a name (RFC 9562, 5.8).
fn id_of(name: &[u8]) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(name).into();
    let bytes = digest.first_chunk().expect("32 bytes hold 16");
    uuid::Builder::from_bytes(*bytes)
        .with_variant(Variant::RFC4122)
        .with_version(Version::Custom)
        .into_uuid()
}

fn in_milliseconds(lasts: std::time::Duration) -> u32 {
    u32::try_from(lasts.as_millis()).unwrap_or(u32::MAX)
}
