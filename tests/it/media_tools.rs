//! `vestibule media play` and `vestibule media sink`: what is played is what is heard.

use std::path::{Path, PathBuf};

use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use vestibule::application::ports::streams::{AudioFormat, BackendPlan, Duplex, Framing};
use vestibule::boot::media_tools::play::{self, Play};
use vestibule::boot::media_tools::sink;
use vestibule::media::g711;

use super::harness::studio::{AUTH_TOKEN, CALL_SID, Ear, Heard, STREAM_SID, Studio, backend, plan};

/// A folder that is gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn fresh() -> Self {
        let path = std::env::temp_dir().join(format!("vestibule-{:016x}", rand::random::<u64>()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The files in it, once there are so many and all are finished.
    async fn files(&self, many: usize) -> Vec<PathBuf> {
        let found = async {
            loop {
                let files: Vec<PathBuf> = std::fs::read_dir(&self.0)
                    .unwrap()
                    .map(|entry| entry.unwrap().path())
                    .filter(|path| hound::WavReader::open(path).is_ok_and(|wav| wav.len() > 0))
                    .collect();
                if files.len() == many {
                    return files;
                }
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(super::harness::studio::PATIENCE, found).await.unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn write(path: &Path, samples: &[i16]) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    samples.iter().for_each(|sample| wav.write_sample(*sample).unwrap());
    wav.finalize().unwrap();
}

fn read(path: &Path) -> Vec<i16> {
    hound::WavReader::open(path).unwrap().into_samples().map(Result::unwrap).collect()
}

fn options(studio: &Studio, file: PathBuf) -> Play {
    Play {
        file,
        to: studio.url("twilio", "quiet"),
        token: Some(AUTH_TOKEN.into()),
        signed_as: None,
        call: CALL_SID.to_owned(),
        stream: STREAM_SID.to_owned(),
        parameter: vec![("call".to_owned(), "c1".to_owned())],
        record: None,
    }
}

/// Each mu-law code in turn, but the second of its two zeros, for a second and a bit.
fn all_codes() -> Vec<u8> {
    (0..=u8::MAX).filter(|code| *code != 0x7f).cycle().take(9_000).collect()
}

#[actix_web::test]
async fn a_file_that_is_played_arrives_byte_for_byte_and_sample_for_sample() {
    let (here, there) = (Folder::fresh(), Folder::fresh());
    let studio = Studio::opens(|_| {}).await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/", listener.local_addr().unwrap());
    tokio::spawn(sink::serve(listener, there.0.clone()));
    let ear = Ear::listening().await;
    let as_samples =
        BackendPlan { audio: AudioFormat::Pcm16, framing: Framing::Json, ..backend(&url) };
    studio.desk.expects(plan(vec![backend(&ear.url), backend(&url), as_samples]));
    let codes = all_codes();
    let samples: Vec<i16> = codes.iter().map(|code| g711::ulaw_to_sample(*code)).collect();
    let file = here.file("visitor.wav");
    write(&file, &samples);

    play::run(&options(&studio, file)).await.unwrap();

    ear.until_told("stop", 1).await;
    let heard: Vec<u8> = ear
        .heard()
        .into_iter()
        .filter_map(|heard| match heard {
            Heard::Audio(audio) => Some(audio),
            _ => None,
        })
        .flatten()
        .collect();
    assert_eq!(heard, codes);
    for file in there.files(2).await {
        assert_eq!(read(&file), samples, "{}", file.display());
    }
    assert_eq!(studio.desk.started.lock().unwrap()[0].parameters["call"], "c1");
    studio.close().await;
}

#[actix_web::test]
async fn what_a_backend_says_meanwhile_is_recorded() {
    let here = Folder::fresh();
    let studio = Studio::opens(|_| {}).await;
    let ear = Ear::listening().await;
    let voice = BackendPlan { duplex: Duplex::BothWays, ..backend(&ear.url) };
    studio.desk.expects(plan(vec![voice]));
    let file = here.file("visitor.wav");
    write(&file, &[0; 4_000]);
    let mut options = options(&studio, file);
    options.record = Some(here.file("back.wav"));
    let codes = all_codes();

    let said = codes.clone();
    let speaks = async {
        ear.until_told("start", 1).await;
        ear.sends(Message::binary(said));
        ear.says(json!({ "event": "mark", "name": "said" }));
    };
    let (played, ()) = tokio::join!(play::run(&options), speaks);

    played.unwrap();
    let expected: Vec<i16> = codes.iter().map(|code| g711::ulaw_to_sample(*code)).collect();
    assert_eq!(read(&here.file("back.wav")), expected);
    studio.close().await;
}

#[actix_web::test]
async fn whoever_plays_with_a_wrong_token_is_told_what_to_do() {
    let here = Folder::fresh();
    let studio = Studio::opens(|_| {}).await;
    let file = here.file("visitor.wav");
    write(&file, &[0; 160]);
    let mut options = options(&studio, file);
    options.token = Some("another".into());

    let error = play::run(&options).await.unwrap_err().to_string();

    assert!(error.contains("--token is the connection's auth token"), "{error}");
    studio.close().await;
}
