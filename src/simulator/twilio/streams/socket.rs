//! The WebSocket of one stream: opened with a signature, fed every 20 ms, never opened again once it is lost.

use std::{sync::Arc, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::{net::TcpStream, sync::broadcast};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, http::HeaderValue},
};

use super::{
    super::{
        super::{
            leg::Sound,
            sound::{self, FRAME},
        },
        Platform,
        hooks::SIGNATURE,
        sign,
    },
    Live, Status,
    wire::{self, Heard, Numbering},
};

const FRAME_LASTS: Duration = Duration::from_millis(20);
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// One message of the customer's may hold so much.
const MESSAGE_MAX: usize = 1 << 20;
/// Mu-law for silence.
const SILENCE: [u8; FRAME] = [0xff; FRAME];

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub async fn run(platform: Arc<Platform>, live: Arc<Live>) {
    let opened = {
        let _on_the_wire = platform.exchange.clock.busy();
        tokio::select! {
            biased;
            () = live.stopped.cancelled() => Err((31901, "it was stopped before it was open".into())),
            opened = open(&live) => opened,
        }
    };
    let mut socket = match opened {
        Ok(socket) => socket,
        Err((code, what)) => {
            let what: String = what;
            platform.exchange.complain(format!("{code}: stream to {}: {what}", live.url()));
            let error = format!("{code} {what}");
            live.state().status = Status::Failed;
            live.state().error = Some(error.clone());
            live.tell(&platform, "stream-error", Some(&error));
            return live.over.cancel();
        }
    };
    live.state().status = Status::Running;
    live.tell(&platform, "stream-started", None);
    let broken = talk(&platform, &live, &mut socket).await;

    let heard = {
        let mut state = live.state();
        state.status = if broken.is_some() { Status::Failed } else { Status::Stopped };
        state.error.clone_from(&broken);
        (state.playback.received - state.playback.cleared, state.playback.digest())
    };
    if live.is_both_ways() {
        live.call.leg.hear(Sound::Audio { bytes: heard.0, sha256: heard.1 });
    }
    if let Some(error) = &broken {
        live.tell(&platform, "stream-error", Some(error));
    }
    live.tell(&platform, "stream-stopped", None);
    live.over.cancel();
}

/// Over TLS, as documented; a stand-in on this very machine may do without.
async fn open(live: &Live) -> Result<Socket, (u32, String)> {
    let url = live.url();
    let near = ["ws://127.0.0.1", "ws://localhost", "ws://[::1]"];
    if !url.starts_with("wss://") && !near.iter().any(|host| url.starts_with(host)) {
        return Err((31922, "only wss is supported".into()));
    }
    let mut request = url.into_client_request().map_err(|error| (31923, error.to_string()))?;
    let proof = sign::url(live.call.account.primary(), url);
    let header = HeaderValue::from_str(&proof).map_err(|error| (31924, error.to_string()))?;
    request.headers_mut().insert(SIGNATURE, header);
    match tokio::time::timeout(CONNECT_MAX, connect_async(request)).await {
        Err(_) => Err((31901, "no connection in time".into())),
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(Error::Http(reply))) => {
            Err((31920, format!("the upgrade was answered {}", reply.status())))
        }
        Ok(Err(Error::Io(error))) => Err((31902, error.to_string())),
        Ok(Err(error)) => Err((31924, error.to_string())),
    }
}

/// Until the stream is stopped, the call is over, or the customer goes; what comes back is what broke.
async fn talk(platform: &Platform, live: &Live, socket: &mut Socket) -> Option<String> {
    let clock = &platform.exchange.clock;
    let mut numbering = Numbering::default();
    let mut keys = live.call.leg.keys();
    let voice = voice(live);
    let began = clock.now();
    let mut frames: u64 = 0;
    let mut failed = send(socket, &wire::connected()).await.err();
    if failed.is_none() {
        failed = send(socket, &numbering.start(live)).await.err();
    }
    while failed.is_none() {
        let next_frame = began + FRAME_LASTS * u32::try_from(frames + 1).unwrap_or(u32::MAX);
        let next_mark = live.state().playback.next_mark();
        let sent = tokio::select! {
            biased;
            () = live.stopped.cancelled() => break,
            () = live.call.leg.over.cancelled() => break,
            message = socket.next() => match take(platform, live, message) {
                Taken::More => Ok(()),
                Taken::Closed => return None,
                Taken::Broken(what) => return Some(what),
            },
            key = key(live, &mut keys) => send(socket, &numbering.dtmf(live, key)).await,
            () = clock.sleep_until(next_mark.unwrap_or(next_frame).min(next_frame)) => {
                let now = clock.now();
                let due = live.state().playback.due(now);
                match due {
                    Some(name) => send(socket, &numbering.mark(live, &name)).await,
                    None if now >= next_frame => {
                        frames += 1;
                        live.state().frames_sent = frames;
                        frame(live, socket, &mut numbering, (frames, &voice)).await
                    }
                    None => Ok(()),
                }
            }
        };
        failed = sent.err();
    }
    if let Some(error) = failed {
        return Some(format!("31903 {error}"));
    }
    let _ = send(socket, &numbering.stop(live)).await;
    let _ = socket.close(None).await;
    None
}

async fn frame(
    live: &Live,
    socket: &mut Socket,
    numbering: &mut Numbering,
    (number, voice): (u64, &[u8]),
) -> Result<(), Error> {
    let elapsed = number * 20;
    if live.stream.inbound {
        let at = usize::try_from(number - 1).unwrap_or(0) * FRAME;
        let audio: Vec<u8> = (at..at + FRAME).map(|at| voice[at % voice.len()]).collect();
        send(socket, &numbering.media(live, "inbound", elapsed, &audio)).await?;
    }
    if live.stream.outbound {
        send(socket, &numbering.media(live, "outbound", elapsed, &SILENCE)).await?;
    }
    Ok(())
}

/// The phone's voice over and over, or a test tone.
fn voice(live: &Live) -> Vec<u8> {
    let given = live.call.leg.phone.voice.as_deref();
    given
        .and_then(|text| STANDARD.decode(text).ok())
        .and_then(|file| sound::samples(&file))
        .map(|samples| samples.into_iter().map(sound::to_mu_law).collect::<Vec<u8>>())
        .filter(|voice| !voice.is_empty())
        .unwrap_or_else(sound::test_tone)
}

async fn key(live: &Live, keys: &mut broadcast::Receiver<char>) -> char {
    if live.is_both_ways()
        && let Ok(key) = keys.recv().await
    {
        return key;
    }
    std::future::pending().await
}

async fn send(socket: &mut Socket, message: &Value) -> Result<(), Error> {
    socket.send(Message::text(message.to_string())).await
}

enum Taken {
    More,
    Closed,
    Broken(String),
}

fn take(platform: &Platform, live: &Live, message: Option<Result<Message, Error>>) -> Taken {
    match message {
        None | Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) => Taken::Closed,
        Some(Err(error)) => Taken::Broken(format!("31903 {error}")),
        Some(Ok(Message::Text(text))) => {
            hear(platform, live, text.as_str());
            Taken::More
        }
        Some(Ok(Message::Binary(_))) => Taken::Broken("31950 a binary frame".into()),
        Some(Ok(_)) => Taken::More,
    }
}

fn hear(platform: &Platform, live: &Live, text: &str) {
    let complain = |what: String| platform.exchange.complain(format!("media stream: {what}"));
    if !live.is_both_ways() {
        return complain("a message came over a stream that goes one way".into());
    }
    if text.len() > MESSAGE_MAX {
        return complain("a message of more than a mebibyte".into());
    }
    let heard: Heard = match serde_json::from_str(text) {
        Ok(heard) => heard,
        Err(error) => return complain(format!("31951 a message that means nothing: {error}")),
    };
    if heard.stream_sid() != live.sid {
        return complain("a message names another stream".into());
    }
    let now = platform.exchange.clock.now();
    match heard {
        Heard::Media { media, .. } => match STANDARD.decode(media.payload) {
            Ok(audio) => live.state().playback.queue(&audio, now),
            Err(error) => return complain(format!("31951 audio that is no base64: {error}")),
        },
        Heard::Mark { mark, .. } => live.state().playback.mark(mark.name, now),
        Heard::Clear { .. } => live.state().playback.clear(now),
    }
    platform.exchange.touch();
}
