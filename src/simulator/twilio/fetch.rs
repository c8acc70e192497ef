//! Asking the customer for a document: the request, the fallback where it fails, and what is said when nobody knows.

use std::{sync::Arc, time::Duration};

use super::{
    super::{
        network::News,
        settings::Method,
        sound::{self, Clip},
    },
    Call, Platform, Target, events,
    hooks::{self, Fields, Hook, Reply},
    twiml::{self, Times, Verb},
};

const REDIRECTS_MAX: usize = 10;
/// What a caller hears when nobody said what to do.
pub const SORRY: &str = "We are sorry, an application error has occurred. Goodbye.";

/// A document that is to be carried out, and where it came from.
#[derive(Clone, Debug)]
pub struct Program {
    pub verbs: Vec<Verb>,
    /// Nothing if it was given inline.
    pub source: Option<Target>,
}

/// Why there is no document, with the code that the fallback is told.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub code: u32,
    pub what: String,
}

impl Program {
    fn sorry() -> Self {
        let words = Verb::Say { text: SORRY.into(), times: Times::Count(1) };
        Self { verbs: vec![words, Verb::Hangup], source: None }
    }
}

/// Asks for what to do next; whatever goes wrong, there is something to do.
pub async fn ask(
    platform: &Arc<Platform>,
    call: &Call,
    kind: &'static str,
    target: &Target,
    extra: Fields,
) -> Program {
    let mut fields = events::basics(call);
    fields.extend(extra);
    let asked = request(platform, call, kind, target, fields.clone()).await;
    let refusal = match asked {
        Ok(program) => return program,
        Err(refusal) => refusal,
    };
    complain(platform, &refusal, target);
    let Some(fallback) = call.fallback() else { return Program::sorry() };
    fields.push(("ErrorCode".into(), refusal.code.to_string()));
    fields.push(("ErrorUrl".into(), target.url.clone()));
    match request(platform, call, "fallback", &fallback, fields).await {
        Ok(program) => program,
        Err(refusal) => {
            complain(platform, &refusal, &fallback);
            Program::sorry()
        }
    }
}

fn complain(platform: &Platform, refusal: &Refusal, target: &Target) {
    let Refusal { code, what } = refusal;
    platform.exchange.complain(format!("{code} at {}: {what}", target.url));
}

async fn request(
    platform: &Arc<Platform>,
    call: &Call,
    kind: &'static str,
    target: &Target,
    fields: Fields,
) -> Result<Program, Refusal> {
    let news = if kind == "action" && fields.iter().any(|(name, _)| name == "Digits") {
        News::Keys
    } else {
        News::Question
    };
    let hook = Hook {
        kind,
        what: call.leg.state().status.clone(),
        news,
        leg: Some(call.leg.clone()),
        account: call.account.clone(),
        target: target.clone(),
        fields,
    };
    let (reply, source) = follow(platform, hook).await?;
    let verbs = read(platform, &reply)?;
    Ok(Program { verbs, source: Some(source) })
}

/// Follows redirects, which lose what was posted, and says so.
async fn follow(platform: &Arc<Platform>, mut hook: Hook) -> Result<(Reply, Target), Refusal> {
    for _ in 0..=REDIRECTS_MAX {
        let reply = hooks::send(platform, &hook)
            .await
            .map_err(|failure| Refusal { code: failure.code(), what: failure.reason().into() })?;
        match reply.status {
            200..300 => return Ok((reply, hook.target)),
            300..400 => {
                platform.exchange.complain(format!(
                    "{} was answered {}: what follows loses Digits and everything else that was posted",
                    hook.target.url, reply.status
                ));
                let to = reply.location.as_deref().unwrap_or("");
                hook.target = Target::new(&hook.target.resolve(to), Method::Get);
                hook.fields = Vec::new();
            }
            status => {
                return Err(Refusal { code: 11217, what: format!("answered {status}") });
            }
        }
    }
    Err(Refusal { code: 11215, what: "too many redirects".into() })
}

/// Reads a reply by its content type, as documented: documents, audio that is played, text that is read aloud.
fn read(platform: &Platform, reply: &Reply) -> Result<Vec<Verb>, Refusal> {
    let kind = reply.content_type.as_deref().unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let parsed = || twiml::read(&reply.text());
    let once = Times::Count(1);
    match kind.as_str() {
        "text/xml" | "application/xml" | "text/html" => {
            parsed().map_err(|error| Refusal { code: error.code, what: error.what })
        }
        "text/plain" => Ok(parsed().unwrap_or_else(|_| {
            platform
                .exchange
                .complain("a document came as text/plain and does not parse: it is read aloud");
            vec![Verb::Say { text: reply.text(), times: once }]
        })),
        audio if audio.starts_with("audio/") => {
            let clip = sound::examine(&reply.body, platform.exchange.settings.file_length);
            Ok(vec![Verb::Clip { url: "(the reply itself)".into(), clip, times: once }])
        }
        "" => Err(Refusal { code: 12300, what: "no content type".into() }),
        other => Err(Refusal { code: 12300, what: format!("content type {other}") }),
    }
}

/// Either a document's verbs or a sound, as `waitUrl` and `AnnounceUrl` may answer.
pub async fn media(platform: &Arc<Platform>, hook: Hook) -> Result<(Vec<Verb>, Target), Refusal> {
    let (reply, source) = follow(platform, hook).await?;
    let verbs = read(platform, &reply)?;
    let plays = |verb: &Verb| {
        matches!(
            verb,
            Verb::Say { .. }
                | Verb::Play { .. }
                | Verb::Clip { .. }
                | Verb::Tones(_)
                | Verb::Pause(_)
                | Verb::Redirect { .. }
        )
    };
    match verbs.iter().find(|verb| !plays(verb)) {
        Some(_) => Err(Refusal {
            code: 12100,
            what: "only Say, Play, Pause and Redirect belong there".into(),
        }),
        None => Ok((verbs, source)),
    }
}

/// Fetches a file that is to be played. Such requests say nothing about the call.
pub async fn file(platform: &Arc<Platform>, call: &Call, url: &str) -> Option<Clip> {
    let hook = Hook {
        kind: "audio",
        what: "play".into(),
        news: News::Other,
        leg: None,
        account: call.account.clone(),
        target: Target::new(url, Method::Get),
        fields: Vec::new(),
    };
    match follow(platform, hook).await {
        Ok((reply, _)) => {
            let kind = reply.content_type.as_deref().unwrap_or("");
            if !kind.starts_with("audio/") {
                platform
                    .exchange
                    .complain(format!("12300 at {url}: {kind:?} is nothing that can be played"));
                return None;
            }
            Some(sound::examine(&reply.body, platform.exchange.settings.file_length))
        }
        Err(refusal) => {
            platform
                .exchange
                .complain(format!("{} at {url}: nothing to play: {}", refusal.code, refusal.what));
            None
        }
    }
}

/// A moment, so that a document that is asked for again and again does not stop the clock.
pub const BREATH: Duration = Duration::from_millis(100);
