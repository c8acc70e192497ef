//! What a participant hears before the conference has begun or while it is on hold; and what is noticed of its voice.

use std::sync::Arc;

use tokio::sync::watch;

use super::{
    super::{
        super::{leg::Sound, network::News},
        Call, Platform, Target,
        events::{basics, field},
        fetch::{self, BREATH},
        hooks::Hook,
        run::play,
        twiml::{Times, Verb},
    },
    Conference, Member, Out, Wait,
    events::{about, tell},
};

const VENDORS_MUSIC: &str = "the vendor's wait music";

/// Begins the wait; it ends with the member's token.
pub fn wait(platform: &Arc<Platform>, conference: &Arc<Conference>, member: &Member, wait: Wait) {
    let call = &member.call;
    let target = match wait {
        Wait::Music => {
            call.leg.hear(Sound::Music { url: VENDORS_MUSIC.into() });
            return;
        }
        Wait::Silence => {
            call.leg.hear(Sound::Silence);
            return;
        }
        Wait::Ask(target) => target,
    };
    let (platform, conference, call) = (platform.clone(), conference.clone(), call.clone());
    let (over, out) = (member.waiting.clone(), member.out.clone());
    platform.clone().exchange.spawn(async move {
        let failed = tokio::select! {
            biased;
            () = over.cancelled() => false,
            () = call.leg.over.cancelled() => false,
            failed = play_on(&platform, &conference, &call, target) => failed,
        };
        if failed && conference.room().member(&call.leg.id).is_some() {
            // Without its music the room is not set up for this leg.
            out.send_replace(Some(Out::WaitFailed));
        }
    });
}

/// Asks again and again, until it fails.
async fn play_on(
    platform: &Arc<Platform>,
    conference: &Conference,
    call: &Arc<Call>,
    mut target: Target,
) -> bool {
    loop {
        let mut fields = basics(call);
        fields.push(field("ConferenceSid", &conference.sid));
        fields.push(field("FriendlyName", &conference.name));
        let hook = Hook {
            kind: "wait",
            what: "wait".into(),
            news: News::Other,
            leg: None,
            account: call.account.clone(),
            target: target.clone(),
            fields,
        };
        let (verbs, source) = match fetch::media(platform, hook).await {
            Ok(found) => found,
            Err(refusal) => {
                let (code, what) = (refusal.code, refusal.what);
                platform
                    .exchange
                    .complain(format!("{code} at {}: no wait music: {what}", target.url));
                return true;
            }
        };
        for verb in &verbs {
            match verb {
                Verb::Redirect { url, method } => {
                    target = Target::new(&source.resolve(url), *method);
                    break;
                }
                // A file that came by itself is played over and over, without being asked for again.
                Verb::Clip { url, clip, .. } => {
                    let url = if verbs.len() == 1 { &source.url } else { url };
                    play::clip(call, url, clip, Times::Forever).await;
                }
                verb => play::verb(platform, call, verb, Some(&source)).await,
            }
        }
        platform.exchange.clock.sleep(BREATH).await;
    }
}

/// Tells when a participant speaks and when it falls silent, as long as it is in.
pub fn listen_for_speech(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    call: &Arc<Call>,
    mut inside: watch::Receiver<Option<Out>>,
) {
    let (platform, conference, call) = (platform.clone(), conference.clone(), call.clone());
    platform.clone().exchange.spawn(async move {
        let mut voice = call.leg.voice.subscribe();
        let all = async {
            let mut speaking = false;
            loop {
                let now = *voice.borrow_and_update();
                if now != speaking {
                    speaking = now;
                    spoke(&platform, &conference, &call, speaking);
                }
                if voice.changed().await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            _ = inside.wait_for(Option::is_some) => {}
            () = call.leg.over.cancelled() => {}
            () = all => {}
        }
    });
}

fn spoke(platform: &Platform, conference: &Conference, call: &Call, speaking: bool) {
    let mut room = conference.room();
    let Some(said) =
        room.member(&call.leg.id).filter(|member| !member.muted && !member.hold).map(about)
    else {
        return;
    };
    let event = if speaking { "participant-speech-start" } else { "participant-speech-stop" };
    tell(platform, conference, &mut room, event, Some(call), said);
}
