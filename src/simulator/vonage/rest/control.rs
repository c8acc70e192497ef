//! Controlling a call that is under way: hang up, mute, transfer, talk, play, send tones, subscribe to keys.

use std::sync::Arc;

use actix_web::http::StatusCode;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    super::{
        super::{
            leg::{EndedBy, Sound},
            settings::Method,
        },
        Call, Platform, Playing, Target, fetch, life,
        ncco::{
            Times, check,
            options::Options,
            play::{self, Track},
        },
    },
    Answer, Asked, Refusal,
};

fn done() -> Answer {
    Answer::new(StatusCode::NO_CONTENT, Value::Null)
}

fn said(call: &Call, message: &str) -> Answer {
    Answer::new(StatusCode::OK, json!({ "message": message, "uuid": call.leg.id }))
}

pub fn update(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let options = Options { at: "body".into(), map: asked.object()? };
    match options.required("action", Options::text)?.as_str() {
        "hangup" => {
            let age = platform.exchange.clock.now() - call.leg.began_at;
            if platform.exchange.settings.too_early_to_hang_up.is_some_and(|early| age < early) {
                return Err(Refusal::TooEarly);
            }
            call.leg.end(EndedBy::Platform);
        }
        "mute" => call.leg.state().muted = true,
        "unmute" => call.leg.state().muted = false,
        "earmuff" => call.leg.state().earmuffed = true,
        "unearmuff" => call.leg.state().earmuffed = false,
        "transfer" => transfer(platform, call, &options)?,
        _ => return Err(Refusal::invalid("action", "is unknown")),
    }
    platform.exchange.touch();
    Ok(done())
}

fn transfer(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    options: &Options<'_>,
) -> Result<(), Refusal> {
    let destination = options
        .inner("destination")?
        .ok_or_else(|| Refusal::invalid("destination", "is missing"))?;
    if destination.text("type")?.as_deref() != Some("ncco") {
        return Err(Refusal::invalid("type", "must be ncco"));
    }
    if !call.leg.is_up() {
        return Err(Refusal::TooEarly);
    }
    match (destination.map.get("ncco"), destination.url("url")?) {
        (Some(ncco), None) => {
            let program = life::inline(ncco)?;
            let _ = call.programs.send(program);
        }
        (None, Some(url)) => {
            let (platform, call) = (platform.clone(), call.clone());
            platform.clone().exchange.spawn(async move {
                let target = Target { url, method: Method::Get };
                if let Some(program) = fetch::ask(&platform, &call, &target).await {
                    let _ = call.programs.send(program);
                }
            });
        }
        _ => return Err(Refusal::invalid("destination", "needs either ncco or url")),
    }
    Ok(())
}

pub fn talk(platform: &Arc<Platform>, call: &Arc<Call>, asked: &Asked) -> Result<Answer, Refusal> {
    let options = Options { at: "body".into(), map: asked.object()? };
    let text = options.required("text", Options::text)?;
    options.text("language")?;
    options.whole("style", 0, 99)?;
    options.flag("premium")?;
    level(&options)?;
    start(platform, call, Playing::Talk, play::speech(platform, text, times(&options)?));
    Ok(said(call, "Talk started"))
}

pub fn stream(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let options = Options { at: "body".into(), map: asked.object()? };
    let url = options.required("stream_url", Options::url)?;
    level(&options)?;
    start(platform, call, Playing::Stream, play::file(platform, url, times(&options)?));
    Ok(said(call, "Stream started"))
}

/// A text here, although a number in NCCOs.
fn level(options: &Options<'_>) -> Result<(), Refusal> {
    match options.text("level")?.map(|level| level.parse::<f64>()) {
        None => Ok(()),
        Some(Ok(level)) if (-1.0..=1.0).contains(&level) => Ok(()),
        Some(_) => Err(Refusal::invalid("level", "is not between -1 and 1")),
    }
}

fn times(options: &Options<'_>) -> Result<Times, Refusal> {
    Ok(match options.whole("loop", 0, u64::MAX)? {
        Some(0) => Times::Forever,
        count => Times::Count(count.unwrap_or(1)),
    })
}

/// Plays beside the NCCO; what was played before gives way.
fn start(platform: &Arc<Platform>, call: &Arc<Call>, what: Playing, track: Track) {
    let stopped = CancellationToken::new();
    if let Some((_, before)) = call.playing().replace((what, stopped.clone())) {
        before.cancel();
    }
    let call = call.clone();
    platform.exchange.spawn(async move {
        tokio::select! {
            biased;
            () = call.leg.over.cancelled() => {}
            () = stopped.cancelled() => call.leg.hush(),
            () = track.play(&call) => {}
        }
    });
}

pub fn stop(call: &Call, what: Playing) -> Result<Answer, Refusal> {
    let mut playing = call.playing();
    if playing.as_ref().is_some_and(|(now, _)| *now == what)
        && let Some((_, stopped)) = playing.take()
    {
        stopped.cancel();
    }
    drop(playing);
    Ok(said(call, if what == Playing::Talk { "Talk stopped" } else { "Stream stopped" }))
}

pub fn dtmf(platform: &Platform, call: &Call, asked: &Asked) -> Result<Answer, Refusal> {
    let options = Options { at: "body".into(), map: asked.object()? };
    let digits = options.required("digits", Options::text)?;
    if !check::is_tones(&digits) {
        return Err(Refusal::invalid("digits", "has something that is no tone"));
    }
    // A pause is heard as nothing.
    call.leg.hear(Sound::Tones { digits: digits.replace('p', "") });
    platform.exchange.touch();
    Ok(said(call, "DTMF sent"))
}

pub fn subscribe(call: &Call, asked: &Asked) -> Result<Answer, Refusal> {
    let options = Options { at: "body".into(), map: asked.object()? };
    let url = options.required("event_url", Options::url)?;
    call.keys().subscriber = Some(Target { url, method: Method::Post });
    Ok(Answer::new(StatusCode::OK, json!({})))
}

pub fn unsubscribe(call: &Call) -> Result<Answer, Refusal> {
    *call.keys() = super::super::KeyPost::default();
    Ok(Answer::new(StatusCode::OK, json!({})))
}
