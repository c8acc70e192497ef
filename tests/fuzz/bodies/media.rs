//! Live audio, in each carrier's dialect.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::Value;
use vestibule::carriers::media::Heard;
use vestibule::carriers::{twilio, vonage};

use super::{choice, text};

/// The first byte says who speaks, the rest is a message; and all of it is audio that we say.
pub fn messages(input: &[u8]) {
    let (dialect, message) = choice(input, 3);
    let heard = match dialect {
        0 => twilio::media::read(&text(message)),
        1 => vonage::media::read(&text(message)),
        _ => vonage::media::read_audio(Bytes::copy_from_slice(message)),
    };
    match heard {
        Ok(Heard::Start(start)) => {
            assert!(start.parameters.len() <= 64 && !start.tracks.is_empty());
            assert!([8_000, 16_000, 24_000].contains(&start.encoding.rate()));
        }
        Ok(Heard::Key(key)) => assert!(matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')),
        Ok(Heard::Audio { payload, .. }) => assert!(payload.len() <= message.len()),
        Ok(Heard::Mark(_) | Heard::Cleared | Heard::Stop | Heard::Nothing) => {}
        Err(wrong) => assert!((1002..=1009).contains(&wrong.close_code())),
    }
    twilio_plays_what_is_said(message);
    vonage_plays_what_is_said(message);
}

fn twilio_plays_what_is_said(audio: &[u8]) {
    let voice = twilio::media::Voice::new("MZ00000000000000000000000000000001");
    let said: Value = serde_json::from_str(&voice.audio(audio)).expect("JSON");
    let payload = said["media"]["payload"].as_str().expect("audio");
    assert_eq!(STANDARD.decode(payload).expect("base64"), audio);
    let mark: Value = serde_json::from_str(&voice.mark(&text(audio))).expect("JSON");
    assert_eq!(mark["mark"]["name"], text(audio).as_str());
    let back = twilio::media::read(&voice.mark(&text(audio)));
    assert_eq!(back, Ok(Heard::Mark(text(audio))));
}

fn vonage_plays_what_is_said(audio: &[u8]) {
    const FRAME: usize = 320;
    let mut voice = vonage::media::Voice::new(8_000);
    let (first, second) = audio.split_at(audio.len() / 3);
    let mut frames = voice.audio(first);
    frames.extend(voice.audio(second));
    frames.extend(voice.rest());
    assert!(frames.iter().all(|frame| frame.len() == FRAME), "only whole frames");
    let played: Vec<u8> = frames.concat();
    assert_eq!(played[..audio.len()], *audio);
    assert!(played[audio.len()..].iter().all(|byte| *byte == 0), "silence at the end");
    assert!(played.len() - audio.len() < FRAME);
}
