//! Sounds that carriers fetch: hold music, the tones of keys and whole prompts, for carriers that can only play files.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};

use crate::http::App;
use crate::prompts::recordings::Lasts;
use crate::prompts::tones::Keys;
use crate::prompts::wav::wav;

/// What visitors hear while residents are rung: a soft chime of our own.
static HOLD_MUSIC: &[u8] = include_bytes!("hold_music.mp3");
/// Carriers keep what they are told to keep.
const FOR_A_DAY: &str = "public, max-age=86400";
/// Its name says what it holds.
const FOR_EVER: &str = "public, max-age=31536000, immutable";
/// A manager who sends a recording wants to hear it soon.
const FOR_A_FEW_MINUTES: &str = "public, max-age=300";
const NOT_AT_ALL: &str = "no-store";

/// The hold music.
pub async fn hold_music() -> HttpResponse {
    sound("audio/mpeg", Bytes::from_static(HOLD_MUSIC))
}

/// The tones of these keys, one after the other.
pub async fn tones(keys: Path<String>) -> HttpResponse {
    match Keys::parse(&keys) {
        Some(keys) => sound("audio/wav", wav(&keys.samples())),
        None => HttpResponse::NotFound().finish(),
    }
}

/// What a name of ours says, spoken. Nobody signs in: whoever has the name was given it.
pub async fn prompt(app: Data<App>, name: Path<String>, request: HttpRequest) -> HttpResponse {
    let Some((tenant, prompt)) = app.recordings.urls.open(&name) else {
        return HttpResponse::NotFound().insert_header((CACHE_CONTROL, NOT_AT_ALL)).finish();
    };
    let heard = app.recordings.heard(tenant, &prompt).await;
    let tag = format!("\"{}\"", hex::encode(Sha256::digest(&heard.file)));
    let kept = match heard.lasts {
        Lasts::ForEver => FOR_EVER,
        Lasts::UntilUploaded => FOR_A_FEW_MINUTES,
        Lasts::UntilSpoken => NOT_AT_ALL,
    };
    let known = request.headers().get(IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| {
        known
            .split(',')
            .map(|one| one.trim().trim_start_matches("W/"))
            .any(|one| one == tag || one == "*")
    });
    let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response.insert_header((ETAG, tag)).insert_header((CACHE_CONTROL, kept));
    if is_known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, "audio/wav")).body(heard.file)
}

fn sound(content_type: &'static str, bytes: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CACHE_CONTROL, FOR_A_DAY))
        .body(bytes)
}
