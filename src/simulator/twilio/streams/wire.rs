//! The messages of a media stream, in both directions.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::Live;

/// What a customer may send over a stream that goes both ways.
#[derive(Debug, Deserialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Heard {
    #[serde(rename_all = "camelCase")]
    Media { stream_sid: String, media: Media },
    #[serde(rename_all = "camelCase")]
    Mark { stream_sid: String, mark: Mark },
    #[serde(rename_all = "camelCase")]
    Clear { stream_sid: String },
}

#[derive(Debug, Deserialize)]
pub struct Media {
    pub payload: String,
}

#[derive(Debug, Deserialize)]
pub struct Mark {
    pub name: String,
}

impl Heard {
    #[must_use]
    pub fn stream_sid(&self) -> &str {
        match self {
            Self::Media { stream_sid, .. }
            | Self::Mark { stream_sid, .. }
            | Self::Clear { stream_sid } => stream_sid,
        }
    }
}

#[must_use]
pub fn connected() -> Value {
    json!({ "event": "connected", "protocol": "Call", "version": "1.0.0" })
}

/// Numbers every message but the first.
#[derive(Debug, Default)]
pub struct Numbering {
    sequence: u64,
    chunk: u64,
}

impl Numbering {
    fn message(&mut self, live: &Live, event: &str, name: &str, content: Value) -> Value {
        self.sequence += 1;
        let mut message = Map::new();
        message.insert("event".into(), event.into());
        message.insert("sequenceNumber".into(), self.sequence.to_string().into());
        message.insert("streamSid".into(), live.sid.clone().into());
        message.insert(name.into(), content);
        Value::Object(message)
    }

    pub fn start(&mut self, live: &Live) -> Value {
        let wanted = [("inbound", live.stream.inbound), ("outbound", live.stream.outbound)];
        let tracks: Vec<&str> =
            wanted.iter().filter(|(_, wanted)| *wanted).map(|(track, _)| *track).collect();
        let parameters: Map<String, Value> = (live.stream.parameters.iter())
            .map(|(name, value)| (name.clone(), value.clone().into()))
            .collect();
        let content = json!({
            "accountSid": live.call.account.sid,
            "streamSid": live.sid,
            "callSid": live.call.leg.id,
            "tracks": tracks,
            "mediaFormat": { "encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1 },
            "customParameters": parameters,
        });
        self.message(live, "start", "start", content)
    }

    pub fn media(&mut self, live: &Live, track: &str, elapsed_ms: u64, audio: &[u8]) -> Value {
        self.chunk += 1;
        let content = json!({
            "track": track,
            "chunk": self.chunk.to_string(),
            "timestamp": elapsed_ms.to_string(),
            "payload": STANDARD.encode(audio),
        });
        self.message(live, "media", "media", content)
    }

    pub fn dtmf(&mut self, live: &Live, key: char) -> Value {
        let content = json!({ "track": "inbound_track", "digit": key.to_string() });
        self.message(live, "dtmf", "dtmf", content)
    }

    pub fn mark(&mut self, live: &Live, name: &str) -> Value {
        self.message(live, "mark", "mark", json!({ "name": name }))
    }

    pub fn stop(&mut self, live: &Live) -> Value {
        let content = json!({ "accountSid": live.call.account.sid, "callSid": live.call.leg.id });
        self.message(live, "stop", "stop", content)
    }
}
