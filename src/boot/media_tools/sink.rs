//! `vestibule media sink`: a backend that writes each stream to a WAV file, and shows how loud it is.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use uuid::Uuid;

use super::wav::Tape;
use super::{at, level};
use crate::boot::console_output::line;
use crate::media::{SUBPROTOCOL, g711};

/// Take live audio as a backend would, and write it to WAV files, one a stream.
#[derive(Clone, Debug, Args)]
pub struct Sink {
    /// Where the files go.
    #[arg(long, value_name = "DIRECTORY")]
    pub wav: PathBuf,
    /// Where to listen.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8091")]
    pub listen: SocketAddr,
}

/// Until Ctrl-C.
pub async fn run(options: &Sink) -> anyhow::Result<ExitCode> {
    let listener = TcpListener::bind(options.listen)
        .await
        .with_context(|| format!("can not listen on {}", options.listen))?;
    line(format_args!("Taking live audio on ws://{}", listener.local_addr()?));
    line(
        "A backend with this URL needs VESTIBULE_ALLOW_PRIVATE_BACKENDS=true at the server. Ctrl-C ends it.",
    );
    tokio::select! {
        served = serve(listener, options.wav.clone()) => served?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes streams for as long as it is awaited.
pub async fn serve(listener: TcpListener, folder: PathBuf) -> anyhow::Result<()> {
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("{} can not be made", folder.display()))?;
    loop {
        let (stream, _) = listener.accept().await?;
        let folder = folder.clone();
        tokio::spawn(async move {
            if let Err(error) = take(stream, &folder).await {
                line(format_args!("✗ {error:#}"));
            }
        });
    }
}

#[expect(clippy::result_large_err, reason = "the library's own shape of an answer")]
fn speak(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let protocol = HeaderValue::from_static(SUBPROTOCOL);
    response.headers_mut().insert("sec-websocket-protocol", protocol);
    Ok(response)
}

async fn take(stream: TcpStream, folder: &Path) -> anyhow::Result<()> {
    let mut socket = tokio_tungstenite::accept_hdr_async(stream, speak)
        .await
        .context("whoever came asked for no stream")?;
    let mut recording: Option<Recording> = None;
    while let Some(message) = socket.next().await {
        match message? {
            Message::Text(text) => {
                let Ok(told) = serde_json::from_str::<Value>(&text) else { continue };
                if told["event"] == "start" {
                    recording = Some(Recording::begin(folder, &told)?);
                } else if let Some(recording) = &mut recording {
                    recording.told(&told)?;
                }
            }
            Message::Binary(audio) => {
                if let Some(recording) = &mut recording {
                    recording.hears(&audio)?;
                }
            }
            Message::Close(_) => break,
            _ => {}
        }
    }
    match recording {
        Some(recording) => recording.end(),
        None => Ok(()),
    }
}

/// A stream on its way to a file.
struct Recording {
    name: String,
    path: PathBuf,
    tape: Tape,
    is_mulaw: bool,
    rate: u32,
    samples: u64,
}

impl Recording {
    fn begin(folder: &Path, start: &Value) -> anyhow::Result<Self> {
        // What comes over the network names no path of ours: an id, or nothing.
        let stream: Uuid = start["stream"].as_str().unwrap_or_default().parse().unwrap_or_default();
        let rate =
            start["format"]["sample_rate"].as_u64().and_then(|rate| u32::try_from(rate).ok());
        let rate = rate.context("the beginning names no sample rate")?;
        let is_mulaw = start["format"]["encoding"] == "mulaw";
        let path = (0..)
            .map(|n| match n {
                0 => folder.join(format!("{stream}.wav")),
                // A stream that was lost and came again: what it said before is kept.
                n => folder.join(format!("{stream}-{n}.wav")),
            })
            .find(|path| !path.exists())
            .context("there is no free name for a file")?;
        let name: String = stream.simple().to_string().chars().skip(24).collect();
        let resumed = if start["resumed"] == true {
            format!(", again: {} frames missed", start["missed"])
        } else {
            String::new()
        };
        line(format_args!("● {name}  {} at {rate} Hz{resumed}", start["format"]["encoding"]));
        if let Some(parameters) = start["parameters"].as_object().filter(|all| !all.is_empty()) {
            for (parameter, value) in parameters {
                line(format_args!("           {parameter} = {value}"));
            }
        }
        Ok(Self { name, tape: Tape::create(&path, rate)?, path, is_mulaw, rate, samples: 0 })
    }

    fn told(&mut self, told: &Value) -> anyhow::Result<()> {
        let name = &self.name;
        match told["event"].as_str() {
            Some("audio") => {
                let payload = told["payload"].as_str().unwrap_or_default();
                self.hears(&STANDARD.decode(payload)?)?;
            }
            Some("dtmf") => line(format_args!("{}  {name}  key {}", self.at(), told["digit"])),
            Some("gap") => {
                line(format_args!("{}  {name}  {} frames missed", self.at(), told["missed"]));
            }
            Some("stop") => line(format_args!(
                "{}  {name}  stop: {}, {} frames, {} missed",
                self.at(),
                told["reason"].as_str().unwrap_or_default(),
                told["frames"],
                told["missed"]
            )),
            _ => {}
        }
        Ok(())
    }

    fn hears(&mut self, audio: &[u8]) -> anyhow::Result<()> {
        let samples: Vec<i16> = if self.is_mulaw {
            audio.iter().map(|code| g711::ulaw_to_sample(*code)).collect()
        } else {
            audio.chunks_exact(2).map(|two| i16::from_le_bytes([two[0], two[1]])).collect()
        };
        let second = self.samples / u64::from(self.rate);
        self.samples += samples.len() as u64;
        if self.samples / u64::from(self.rate) > second {
            line(format_args!("{}  {}  {}", self.at(), self.name, level(&samples)));
        }
        self.tape.write(&samples)
    }

    fn at(&self) -> String {
        at(self.samples * 1_000 / u64::from(self.rate))
    }

    fn end(self) -> anyhow::Result<()> {
        line(format_args!("■ {}  {} in {}", self.name, self.at().trim(), self.path.display()));
        self.tape.finish()
    }
}
