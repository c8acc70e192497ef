//! `vestibule media play`: a call at Twilio whose visitor is a file.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::wav::{self, Tape};
use super::{at, level};
use crate::boot::console_output::line;
use crate::carriers::twilio::media::signature;
use crate::media::g711;

/// A frame's samples: 20 ms.
const FRAME: usize = 160;
const EACH: Duration = Duration::from_millis(20);
/// How long after the end something may still come back.
const LISTEN_ON: Duration = Duration::from_secs(2);

/// Play a WAV file into a running server, as Twilio would.
#[derive(Clone, Debug, Args)]
pub struct Play {
    /// What the visitor says: 16 bits, at 8, 16, 24, 32 or 48 kHz, one channel or several.
    pub file: PathBuf,
    /// The socket: wss://door.example.com/media/twilio/TOKEN.
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// The auth token that signs the upgrade.
    #[arg(long, value_name = "AUTH_TOKEN", env = "TWILIO_AUTH_TOKEN", hide_env_values = true)]
    pub token: Option<SecretString>,
    /// The URL that is signed, if the server is known by another one than --to.
    #[arg(long, value_name = "URL")]
    pub signed_as: Option<String>,
    /// The call that it is.
    #[arg(long, value_name = "SID", default_value = "CA00000000000000000000000000000001")]
    pub call: String,
    /// The stream that it is.
    #[arg(long, value_name = "SID", default_value = "MZ00000000000000000000000000000001")]
    pub stream: String,
    /// A custom parameter; may be given more than once.
    #[arg(long, value_name = "NAME=VALUE", value_parser = parameter)]
    pub parameter: Vec<(String, String)>,
    /// Write what comes back to this file.
    #[arg(long, value_name = "OUT.wav")]
    pub record: Option<PathBuf>,
}

/// What came back.
#[derive(Debug, Default)]
pub struct Heard {
    /// Mu-law, as it came.
    pub audio: Vec<u8>,
    /// Marks, in order.
    pub marks: Vec<String>,
    /// The code with which the server closed.
    pub closed: Option<u16>,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Plays, tells what came back, and records it.
pub async fn run(options: &Play) -> anyhow::Result<ExitCode> {
    let samples = wav::read(&options.file)?;
    let ms = samples.len() as u64 / 8;
    line(format_args!("▶ {}  {}", options.file.display(), at(ms).trim()));
    let heard = play(options, &samples).await?;
    let back = heard.audio.len() as u64 / 8;
    line(format_args!("■ played {}, heard {}", at(ms).trim(), at(back).trim()));
    if let Some(path) = &options.record {
        let mut tape = Tape::create(path, wav::TELEPHONE)?;
        let samples: Vec<i16> =
            heard.audio.iter().map(|code| g711::ulaw_to_sample(*code)).collect();
        tape.write(&samples)?;
        tape.finish()?;
        line(format_args!("  recorded to {}", path.display()));
    }
    match heard.closed {
        None | Some(1000) => Ok(ExitCode::SUCCESS),
        Some(code) => {
            line(format_args!("  the server closed with {code}: openapi/media-stream.md says why"));
            Ok(ExitCode::FAILURE)
        }
    }
}

/// Plays samples in real time; what came back.
pub async fn play(options: &Play, samples: &[i16]) -> anyhow::Result<Heard> {
    let socket = connect(options).await?;
    line(format_args!("  connected to {}", options.to));
    let (mut write, read) = socket.split();
    let hearing = tokio::spawn(hear(read));
    let told = tell(options, samples, &mut write).await;
    // If the server hung up meanwhile, what it said last says more than a broken pipe.
    let heard = timeout(LISTEN_ON, hearing).await;
    let _ = write.close().await;
    match (told, heard) {
        (_, Ok(Ok(heard))) => Ok(heard),
        (Err(error), _) => Err(error).context("the connection broke"),
        (Ok(()), _) => bail!("the server does not close the stream"),
    }
}

async fn connect(options: &Play) -> anyhow::Result<Socket> {
    let mut request = options.to.as_str().into_client_request().context("--to is not a URL")?;
    if let Some(token) = &options.token {
        if token.expose_secret().is_empty() {
            bail!("--token is empty");
        }
        let url = options.signed_as.as_deref().unwrap_or(&options.to);
        request.headers_mut().insert("x-twilio-signature", signature(url, token).parse()?);
    }
    match tokio_tungstenite::connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(response)) => bail!(
            "the server answered {}: {}",
            response.status(),
            match response.status().as_u16() {
                403 =>
                    "the signature does not fit; --token is the connection's auth token, and --signed-as its public URL",
                404 => "no connection has this token in its path",
                503 => "it has no place for one more stream, or is about to end",
                _ => "this is no socket for audio",
            }
        ),
        Err(error) => Err(error).context("no connection"),
    }
}

async fn tell(
    options: &Play,
    samples: &[i16],
    write: &mut SplitSink<Socket, Message>,
) -> Result<(), Error> {
    let parameters: serde_json::Map<String, Value> =
        options.parameter.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let mut sequence = 0_u64;
    let mut message = |event: &str, body: Value| {
        sequence += 1;
        let mut message = json!({ "event": event, "sequenceNumber": sequence.to_string(), "streamSid": options.stream });
        message[event] = body;
        Message::text(message.to_string())
    };
    write
        .send(Message::text(
            json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" }).to_string(),
        ))
        .await?;
    let account = "AC00000000000000000000000000000001";
    let format = json!({ "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 });
    write
        .send(message(
            "start",
            json!({ "accountSid": account, "streamSid": options.stream, "callSid": options.call,
                "tracks": ["inbound"], "mediaFormat": format, "customParameters": parameters }),
        ))
        .await?;
    let mut clock = interval(EACH);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for (n, samples) in (1_u64..).zip(samples.chunks(FRAME)) {
        clock.tick().await;
        let mulaw: Vec<u8> = samples.iter().copied().map(g711::sample_to_ulaw).collect();
        let media = json!({ "track": "inbound", "chunk": n.to_string(), "timestamp": ((n - 1) * 20).to_string(), "payload": STANDARD.encode(mulaw) });
        write.send(message("media", media)).await?;
        if n % 50 == 0 {
            line(format_args!("{}  ▷ {}", at(n * 20), level(samples)));
        }
    }
    write.send(message("stop", json!({ "accountSid": account, "callSid": options.call }))).await
}

async fn hear(mut read: SplitStream<Socket>) -> Heard {
    let (begun, mut heard) = (Instant::now(), Heard::default());
    while let Some(Ok(message)) = read.next().await {
        let ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        match message {
            Message::Text(text) => note(&mut heard, ms, &text),
            Message::Close(frame) => {
                heard.closed = frame.map(|frame| frame.code.into());
                break;
            }
            _ => {}
        }
    }
    heard
}

fn note(heard: &mut Heard, ms: u64, text: &str) {
    let Ok(message) = serde_json::from_str::<Value>(text) else { return };
    match message["event"].as_str() {
        Some("media") => {
            let payload = message["media"]["payload"].as_str().unwrap_or_default();
            let audio = STANDARD.decode(payload).unwrap_or_default();
            let second = heard.audio.len() / 8_000;
            heard.audio.extend_from_slice(&audio);
            if heard.audio.len() / 8_000 > second {
                let samples: Vec<i16> =
                    audio.iter().map(|code| g711::ulaw_to_sample(*code)).collect();
                line(format_args!("{}  ◁ {}", at(ms), level(&samples)));
            }
        }
        Some("mark") => {
            let name = message["mark"]["name"].as_str().unwrap_or_default();
            line(format_args!("{}  ◁ mark {name:?}", at(ms)));
            heard.marks.push(name.to_owned());
        }
        Some("clear") => line(format_args!("{}  ◁ clear", at(ms))),
        _ => {}
    }
}

fn parameter(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').ok_or("write it as NAME=VALUE")?;
    Ok((pair.0.to_owned(), pair.1.to_owned()))
}
