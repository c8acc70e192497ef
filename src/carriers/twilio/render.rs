//! Scripts as TwiML.

use bytes::Bytes;

use super::twiml::{Conference, Dial, Dialled, Gather, Number, Say, Stream, Twiml, Verb};
use super::urls::{Hook, Urls};
use super::voices::{spoken, voice};
use crate::application::ports::Answer;
use crate::domain::call::script::{
    AskForKeys, AudioStream, Connect, Join, KeysEnd, Music, Party, Role, Script, Sound, Speech,
    Step,
};

/// Of a sentence so many characters are spoken at most: as many as the strictest voice takes.
const SPOKEN_MAX: usize = 3000;
/// Of a document that travels inside a request so many characters are taken at most.
const INLINE_MAX: usize = 4000;

/// Answers a webhook: with TwiML, or where a report wants none, with nothing. A leg that asks and is not answered would hear an
/// error of the carrier's; so it gets an empty document, which ends it.
pub fn answer(hook: Hook, script: Option<&Script>, urls: &Urls<'_>) -> Answer {
    match script {
        Some(script) => written(&twiml(script, urls)),
        None if hook.is_heard() => written(&Twiml(Vec::new())),
        None => Answer { status: 204, content_type: None, body: Bytes::new() },
    }
}

/// Whether there is anything to say.
pub fn can_say(speech: &Speech) -> bool {
    say(speech, SPOKEN_MAX).is_some()
}

/// Answers the room that fetches a sentence: with it, or with a document that says nothing.
pub fn sentence(speech: Option<&Speech>) -> Answer {
    written(&Twiml(
        speech.and_then(|speech| say(speech, SPOKEN_MAX)).map(Verb::Say).into_iter().collect(),
    ))
}

/// Answers whoever can not be served now: a sentence, and the end. Never a recorded error of the carrier's.
pub fn apology(speech: &Speech) -> Answer {
    let said = say(speech, SPOKEN_MAX).map(Verb::Say);
    written(&Twiml(said.into_iter().chain([Verb::Hangup]).collect()))
}

fn written(twiml: &Twiml) -> Answer {
    Answer { status: 200, content_type: Some("text/xml"), body: twiml.to_string().into() }
}

/// Renders a script.
pub fn twiml(script: &Script, urls: &Urls<'_>) -> Twiml {
    rendered(script, urls, SPOKEN_MAX)
}

/// Renders a script so short that it may travel inside a request: what is spoken is cut until it fits.
pub fn inline(script: &Script, urls: &Urls<'_>) -> Option<String> {
    short(|spoken_max| rendered(script, urls, spoken_max))
}

/// Renders something that a leg hears in between: afterwards it asks what it shall hear next. As short as `inline`.
pub fn interlude(script: &Script, urls: &Urls<'_>) -> Option<String> {
    short(|spoken_max| {
        let mut twiml = rendered(script, urls, spoken_max);
        twiml.0.push(Verb::Redirect { url: urls.of_step(Hook::Voice) });
        twiml
    })
}

fn short(rendered: impl Fn(usize) -> Twiml) -> Option<String> {
    [SPOKEN_MAX, 1500, 500, 100]
        .into_iter()
        .map(|spoken_max| rendered(spoken_max).to_string())
        .find(|twiml| twiml.chars().count() <= INLINE_MAX)
}

fn rendered(script: &Script, urls: &Urls<'_>, spoken_max: usize) -> Twiml {
    let mut verbs = Vec::new();
    for step in script.steps() {
        match step {
            Step::Say(speech) => verbs.extend(say(speech, spoken_max).map(Verb::Say)),
            Step::Play { sound: Sound::HoldMusic } => {
                verbs.push(Verb::Play { url: urls.hold_music() });
            }
            Step::Tones { tones } => {
                verbs.extend(urls.tones(tones).map(|url| Verb::Play { url }));
            }
            // No key is heard while a script goes on, and no verb tells how far it came.
            Step::ListenForKeys | Step::Mark { .. } | Step::Pause { seconds: 0 } => {}
            Step::Pause { seconds } => verbs.push(Verb::Pause { seconds: *seconds }),
            Step::AskForKeys(ask) => verbs.push(Verb::Gather(gather(ask, urls, spoken_max))),
            Step::Join(join) => verbs.push(dial(Dialled::Conference(conference(join, urls)), urls)),
            Step::Connect(connect) => {
                let parties = connect.parties.iter();
                verbs.extend(
                    parties.map(|party| dial(Dialled::Number(number(connect, party, urls)), urls)),
                );
            }
            Step::Stream(audio) => verbs.push(Verb::Connect { stream: stream(audio, urls, None) }),
            Step::Fork(audio) => {
                verbs.push(Verb::Start { stream: stream(audio, urls, Some(BOTH_TRACKS)) });
            }
            // Nothing else refuses without being billed; and only before anything else was done.
            Step::Reject if verbs.is_empty() => {
                verbs.push(Verb::Reject);
                break;
            }
            Step::Reject | Step::HangUp => {
                verbs.push(Verb::Hangup);
                break;
            }
        }
    }
    Twiml(verbs)
}

/// What the leg says, and what it hears.
pub(super) const BOTH_TRACKS: &str = "both_tracks";

/// `None` where there is nothing to say: an empty sentence would be an error.
fn say(speech: &Speech, spoken_max: usize) -> Option<Say> {
    let text = spoken(&speech.text, spoken_max);
    let voice = voice(&speech.language);
    (!text.is_empty()).then_some(Say { text, language: voice.language, voice: voice.name })
}

fn gather(ask: &AskForKeys, urls: &Urls<'_>, spoken_max: usize) -> Gather {
    Gather {
        prompt: say(&ask.prompt, spoken_max),
        action: urls.of_step(Hook::Gather),
        digits_max: ask.at_most.clamp(1, 20),
        finish_on: match ask.ends {
            KeysEnd::WithHash => "#",
            KeysEnd::WithLength => "",
        },
        timeout_seconds: ask.wait_seconds.clamp(1, 10),
    }
}

fn dial(to: Dialled, urls: &Urls<'_>) -> Verb {
    Verb::Dial(Dial { action: urls.of_step(Hook::Room), to })
}

fn conference(join: &Join, urls: &Urls<'_>) -> Conference {
    let is_resident = join.role == Role::Resident;
    Conference {
        name: join.conference.name().to_owned(),
        label: urls.leg.to_string(),
        leaves_on_star: is_resident,
        starts: is_resident,
        // The visitor's leg outlives the resident's: the panel may still be listening to the tones that open.
        ends: !is_resident,
        wait_url: match &join.music {
            Music::Ours => urls.hold_music(),
            Music::At(url) => url.clone(),
            Music::Silence => String::new(),
        },
        // The word of whoever comes first counts for all.
        status_callback: urls.of_call(Hook::Conference),
    }
}

fn number(connect: &Connect, party: &Party, urls: &Urls<'_>) -> Number {
    const RING_SECONDS_MAX: u16 = 600;
    Number {
        number: party.number.as_e164().to_owned(),
        caller: connect.from.as_e164().to_owned(),
        timeout_seconds: connect.ring_seconds.clamp(1, RING_SECONDS_MAX),
        status_callback: urls.with_leg(party.leg).of_leg(Hook::Status),
    }
}

fn stream(audio: &AudioStream, urls: &Urls<'_>, track: Option<&'static str>) -> Stream {
    Stream {
        url: urls.media(),
        name: audio.stream.to_string(),
        track,
        status_callback: urls.of_leg(Hook::Stream),
        parameters: urls.stream_parameters(audio.stream).into(),
    }
}
