//! Carrying out documents, verb by verb.

mod dial;
mod gather;
pub mod play;

use std::sync::Arc;

use super::{
    Call, Platform, Target,
    fetch::{self, BREATH, Program},
    hooks::Fields,
    life,
    streams::{self, Kind},
    twiml::{Action, Verb},
};

/// How a document came to its end.
#[derive(Debug)]
pub enum Ending {
    /// It ran out.
    Finished,
    HungUp,
    Next(Program),
    /// Refused before it was answered; the call ends with this status.
    Rejected(&'static str),
}

pub async fn document(platform: &Arc<Platform>, call: &Arc<Call>, program: Program) -> Ending {
    let source = program.source.as_ref();
    for verb in &program.verbs {
        let stays_unanswered = match verb {
            Verb::Reject(_) | Verb::Pause(_) => true,
            Verb::Dial(dial) => dial.answer_on_bridge,
            _ => false,
        };
        if !stays_unanswered {
            life::pick_up(platform, call);
        }
        if let Some(ending) = carry_out(platform, call, verb, source).await {
            return ending;
        }
    }
    life::pick_up(platform, call);
    Ending::Finished
}

async fn carry_out(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    verb: &Verb,
    source: Option<&Target>,
) -> Option<Ending> {
    match verb {
        Verb::Say { .. }
        | Verb::Play { .. }
        | Verb::Clip { .. }
        | Verb::Tones(_)
        | Verb::Pause(_) => {
            play::verb(platform, call, verb, source).await;
            None
        }
        Verb::Gather(gather) => gather::gather(platform, call, gather, source).await,
        Verb::Dial(dial) => dial::dial(platform, call, dial, source).await,
        Verb::Reject(status) if call.leg.state().answered_at.is_none() => {
            Some(Ending::Rejected(status))
        }
        Verb::Reject(_) => {
            platform.exchange.complain("<Reject> on a call that is answered only hangs up");
            Some(Ending::HungUp)
        }
        Verb::Redirect { url, method } => {
            platform.exchange.clock.sleep(BREATH).await;
            let action = Action { url: url.clone(), method: *method };
            Some(next(platform, call, &action, source, Vec::new()).await)
        }
        Verb::Hangup => Some(Ending::HungUp),
        Verb::Connect { stream, action } => {
            let live = streams::start(platform, call, stream, Kind::Connect);
            live.ended().await;
            match action {
                Some(action) => Some(next(platform, call, action, source, Vec::new()).await),
                None => None,
            }
        }
        Verb::Start(stream) => {
            streams::start(platform, call, stream, Kind::Start).leave_running();
            None
        }
        Verb::Stop(name) => {
            if !platform.streams.stop(&call.leg.id, name.as_deref()) {
                platform.exchange.complain("<Stop> names a stream that does not run");
            }
            None
        }
    }
}

/// Asks for the document that takes over.
async fn next(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    action: &Action,
    source: Option<&Target>,
    extra: Fields,
) -> Ending {
    let url = match source {
        Some(source) => source.resolve(&action.url),
        None => action.url.clone(),
    };
    if !url.contains("://") {
        platform
            .exchange
            .complain(format!("15004: the action {url:?} of an inline document leads nowhere"));
    }
    let target = Target::new(&url, action.method);
    Ending::Next(fetch::ask(platform, call, "action", &target, extra).await)
}
