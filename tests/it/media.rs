//! Live audio: one call, many backends, and none of them in the way of another.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;
use vestibule::application::ports::streams::{
    AudioFormat, BackendPlan, Duplex, EndReason, Framing, Need, OnLost, StreamReport,
};
use vestibule::media::live::BackendState;
use vestibule::media::{RING, g711};

use super::harness::studio::{
    CALL_SID, Ear, Heard, Mood, PATIENCE, Phone, STREAM_SID, Studio, backend, frame, good_bye,
    number, plan, reason,
};

const FRAME: Duration = Duration::from_millis(20);

fn required(url: &str) -> BackendPlan {
    BackendPlan { need: Need::Required, ..backend(url) }
}

fn speaking(url: &str) -> BackendPlan {
    BackendPlan { duplex: Duplex::BothWays, ..backend(url) }
}

#[actix_web::test]
async fn every_byte_arrives_as_it_was_sent_and_in_order() {
    let studio = Studio::opens(|_| {}).await;
    let ear = Ear::listening().await;
    let with_word =
        BackendPlan { authorization: Some("Bearer s3cret".into()), ..backend(&ear.url) };

    let mut phone = studio.call(vec![with_word]).await;
    phone.speaks_on(100, Duration::from_millis(1)).await;
    phone.hangs_up().await;

    ear.until_told("stop", 1).await;
    let heard = ear.heard();
    let Heard::Connection { protocol, authorization } = &heard[0] else { panic!("{heard:?}") };
    assert_eq!(protocol, "vestibule.media.v1");
    assert_eq!(authorization.as_deref(), Some("Bearer s3cret"));
    let start = &ear.told("start")[0];
    assert_eq!(start["protocol"], "vestibule.media.v1");
    assert_eq!(start["format"], json!({ "encoding": "mulaw", "sample_rate": 8000, "channels": 1 }));
    assert_eq!((&start["resumed"], &start["missed"]), (&json!(false), &json!(0)));
    assert_eq!(start["parameters"], json!({ "door": "front" }));
    let audio: Vec<_> = heard
        .iter()
        .filter_map(|heard| match heard {
            Heard::Audio(audio) => Some(audio.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(audio, (1..=100).map(frame).collect::<Vec<_>>());
    let stop = &ear.told("stop")[0];
    assert_eq!((&stop["reason"], &stop["frames"]), (&json!("call_ended"), &json!(100)));
    ear.until("it is closed", |all| all.last() == Some(&Heard::Closed(Some(1000)))).await;
    let end = studio.desk.hears_of_the_end().await;
    assert_eq!(reason(&end), EndReason::CallEnded);
    assert_eq!(studio.desk.started.lock().unwrap()[0].call.as_deref(), Some(CALL_SID));
    studio.close().await;
}

/// The story of the room: five backends, of which one freezes, one dawdles and one refuses.
#[actix_web::test]
async fn whoever_is_slow_frozen_or_away_holds_up_nobody_else() {
    const FRAMES: u64 = 4 * RING as u64;
    let studio = Studio::opens(|_| {}).await;
    let (first, second) = (Ear::listening().await, Ear::listening().await);
    let frozen = Ear::listening().await;
    let slow = Ear::in_mood(Mood::Dawdling(Duration::from_millis(15))).await;
    let refusing = Ear::in_mood(Mood::Refusing).await;
    let all = [&first, &second, &frozen, &slow, &refusing];
    let mut phone = studio.call(all.iter().map(|ear| backend(&ear.url)).collect()).await;
    frozen.until_told("start", 1).await;

    // Frozen from the beginning on; ten times faster than a call, so that the ring goes round four times.
    frozen.becomes(Mood::Frozen);
    phone.speaks_on(FRAMES, FRAME / 10).await;

    for ear in [&first, &second] {
        ear.until_frame(FRAMES).await;
        assert_eq!(ear.frames(), (1..=FRAMES).collect::<Vec<_>>());
    }
    let running = &studio.live().snapshot()[0];
    assert_eq!(running.frames, FRAMES);
    let states: Vec<_> = running.backends.iter().map(|backend| backend.state).collect();
    assert_eq!(states[..2], [BackendState::Connected; 2]);
    assert_eq!(states[4], BackendState::Reaching);
    let missed = |place: usize| studio.live().snapshot()[0].backends[place].counts.missed;
    assert_eq!((missed(0), missed(1)), (0, 0));

    // It thaws, and is told how much it slept through.
    frozen.becomes(Mood::Listening);
    let more = async {
        phone.speaks_on(200, FRAME / 2).await;
    };
    tokio::join!(more, frozen.until_told("start", 2));
    frozen.until_frame(FRAMES + 150).await;
    let resumed = frozen.told("start").pop().unwrap();
    assert_eq!(resumed["resumed"], true);
    let slept = resumed["missed"].as_u64().unwrap();
    assert!(slept > RING as u64, "the ring is all that is kept: {slept}");
    // What still lay on its first socket is read beside the second one: in order is what was said since.
    assert!(frozen.frames().into_iter().filter(|frame| *frame > FRAMES).is_sorted());

    phone.hangs_up().await;
    let end = studio.desk.hears_of_the_end().await;
    let StreamReport::Ended { frames, backends, .. } = end else { unreachable!() };
    assert_eq!(frames, FRAMES + 200);
    assert_eq!((backends[0].sent, backends[0].missed), (frames, 0));
    assert!(backends[2].missed >= slept, "{backends:?}");
    assert_eq!(backends[4].connections, 0);
    studio.close().await;
}

/// What is too slow for a call misses the oldest, is told so, and never more than the ring is kept for it.
#[actix_web::test]
async fn a_backend_that_falls_behind_is_told_of_each_gap() {
    let studio = Studio::opens(|settings| settings.backend_silent = Duration::from_secs(20)).await;
    let slow = Ear::listening().await;
    let mut phone = studio.call(vec![backend(&slow.url)]).await;
    slow.until_told("start", 1).await;

    // Frames are large, so that what the system keeps between the two is soon full.
    slow.becomes(Mood::Frozen);
    let large = STANDARD.encode(vec![0x55; 30_000]);
    for n in 0..400 {
        phone.says(json!({ "event": "media", "streamSid": STREAM_SID, "media": { "timestamp": (n * 20).to_string(), "payload": large } })).await;
    }
    let frames = 400 * 30_000_u64.div_ceil(1_024);
    let all_heard = async {
        while studio.live().snapshot()[0].frames < frames {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), all_heard).await.unwrap();
    slow.becomes(Mood::Listening);
    phone.hangs_up().await;

    slow.until_told("stop", 1).await;
    let gaps = slow.told("gap");
    let missed: u64 = gaps.iter().map(|gap| gap["missed"].as_u64().unwrap()).sum();
    let stop = &slow.told("stop")[0];
    assert!(missed > 0, "nothing was missed of {frames}");
    assert_eq!(stop["missed"], missed);
    assert_eq!(stop["frames"].as_u64().unwrap() + missed, frames, "each is sent or counted");
    assert_eq!(slow.told("start").len(), 1, "it was never lost");
    studio.close().await;
}

#[actix_web::test]
async fn a_lost_backend_is_reached_again_and_told_where_it_comes_in() {
    let studio = Studio::opens(|_| {}).await;
    let (ear, other) = (Ear::listening().await, Ear::listening().await);
    let mut phone = studio.call(vec![backend(&ear.url), backend(&other.url)]).await;
    phone.speaks_on(10, FRAME).await;
    ear.until_frame(10).await;

    ear.becomes(Mood::Breaking);
    let lost =
        studio.desk.hears_of("it is lost", |report| matches!(report, StreamReport::Lost { .. }));
    tokio::join!(phone.speaks_on(20, FRAME), lost);
    ear.becomes(Mood::Listening);
    phone.speaks_on(60, FRAME).await;

    studio
        .desk
        .hears_of("it is back", |report| matches!(report, StreamReport::Recovered { .. }))
        .await;
    ear.until_frame(90).await;
    other.until_frame(90).await;
    let starts = ear.told("start");
    let last = starts.last().unwrap();
    assert!(starts.len() >= 2);
    assert_eq!((&starts[0]["resumed"], &last["resumed"]), (&json!(false), &json!(true)));
    assert_eq!(other.frames(), (1..=90).collect::<Vec<_>>());
    // It was away for less than the ring lasts: what came meanwhile was kept for it.
    let heard = ear.frames();
    assert!(heard.is_sorted());
    assert_eq!(heard[heard.len() - 60..], (31..=90).collect::<Vec<_>>());
    studio.close().await;
}

#[actix_web::test]
async fn a_backend_that_says_good_bye_is_not_reached_again() {
    let studio = Studio::opens(|_| {}).await;
    let (ear, other) = (Ear::listening().await, Ear::listening().await);
    let mut phone = studio.call(vec![backend(&ear.url), backend(&other.url)]).await;
    ear.until_told("start", 1).await;

    ear.sends(good_bye());
    studio.desk.hears_of("it is gone", |report| matches!(report, StreamReport::Gone { .. })).await;
    phone.speaks_on(40, FRAME).await;

    other.until_frame(40).await;
    assert_eq!(ear.told("start").len(), 1);
    assert_eq!(studio.live().snapshot()[0].backends[0].state, BackendState::Gone);

    // And when nobody listens any more, the stream is over.
    other.sends(good_bye());
    assert_eq!(phone.is_closed().await, (1000, "every backend gone".to_owned()));
    studio.close().await;
}

#[actix_web::test]
async fn a_call_ends_or_goes_on_without_its_last_required_backend_as_its_plan_says() {
    for then in [OnLost::EndCall, OnLost::CarryOn] {
        let patience = Duration::from_secs(1);
        let studio = Studio::opens(|settings| settings.required_back_within = patience).await;
        let (needed, spare) = (Ear::listening().await, Ear::listening().await);
        let mut plan = plan(vec![required(&needed.url), backend(&spare.url)]);
        plan.on_last_required_lost = then;
        studio.desk.expects(plan);
        let mut phone = Phone::begins(&studio, "quiet").await;
        needed.until_told("start", 1).await;
        spare.until_told("start", 1).await;

        needed.becomes(Mood::Breaking);
        let lost = |report: &StreamReport| matches!(report, StreamReport::Lost { .. });
        studio.desk.hears_of("it is lost", lost).await;
        needed.becomes(Mood::Refusing);

        let said = |report: &StreamReport| *report == StreamReport::RequiredGone { then };
        studio.desk.hears_of("the required one is gone", said).await;
        match then {
            OnLost::EndCall => {
                assert_eq!(phone.is_closed().await, (1011, "required backends gone".to_owned()));
                let end = studio.desk.hears_of_the_end().await;
                assert_eq!(reason(&end), EndReason::RequiredBackendsGone);
                spare.until_told("stop", 1).await;
            }
            OnLost::CarryOn => {
                phone.speaks_on(20, FRAME).await;
                spare.until_frame(20).await;
                let times = studio.desk.reports().into_iter().filter(said).count();
                assert_eq!(times, 1, "it is said once");
                needed.becomes(Mood::Listening);
                needed.until_told("start", 2).await;
            }
        }
        studio.close().await;
    }
}

#[actix_web::test]
async fn a_required_backend_that_is_back_in_time_is_not_missed() {
    let patience = Duration::from_millis(1_500);
    let studio = Studio::opens(|settings| settings.required_back_within = patience).await;
    let ear = Ear::listening().await;
    let mut phone = studio.call(vec![required(&ear.url)]).await;
    ear.until_told("start", 1).await;

    ear.becomes(Mood::Breaking);
    studio.desk.hears_of("it is lost", |report| matches!(report, StreamReport::Lost { .. })).await;
    ear.becomes(Mood::Listening);
    ear.until_told("start", 2).await;
    phone.speaks_on(100, FRAME).await;

    let gone = |report: &StreamReport| matches!(report, StreamReport::RequiredGone { .. });
    assert!(!studio.desk.reports().iter().any(gone));
    studio.close().await;
}

#[actix_web::test]
async fn one_backend_speaks_into_the_call_and_hears_when_it_was_played() {
    let studio = Studio::opens(|_| {}).await;
    let (voice, listener) = (Ear::listening().await, Ear::listening().await);
    let as_samples =
        BackendPlan { audio: AudioFormat::Pcm16, framing: Framing::Json, ..speaking(&voice.url) };
    let mut phone = studio.call(vec![backend(&listener.url), as_samples]).await;
    voice.until_told("start", 1).await;
    listener.until_told("start", 1).await;
    assert_eq!(voice.told("start")[0]["duplex"], "both_ways");
    assert_eq!(voice.told("start")[0]["format"]["encoding"], "pcm_s16le");
    assert_eq!(listener.told("start")[0]["duplex"], "one_way");

    // What the listener says is let pass; what the voice says is heard, in the carrier's own encoding.
    let mulaw: Vec<u8> = (0x80..=0xff).collect();
    listener.sends(Message::binary(vec![1; 160]));
    let samples = g711::ulaw_to_pcm16(&mulaw);
    voice.says(json!({ "event": "audio", "payload": STANDARD.encode(&samples) }));
    voice.says(json!({ "event": "weather", "is": "fine" }));
    voice.sends(Message::binary(samples.clone()));
    voice.says(json!({ "event": "mark", "name": "greeted" }));
    voice.says(json!({ "event": "clear" }));

    for _ in 0..2 {
        let said = phone.hears().await;
        assert_eq!((&said["event"], &said["streamSid"]), (&json!("media"), &json!(STREAM_SID)));
        assert_eq!(said["media"]["payload"], STANDARD.encode(&mulaw));
    }
    assert_eq!(
        phone.hears().await,
        json!({ "event": "mark", "streamSid": STREAM_SID, "mark": { "name": "greeted" } })
    );
    assert_eq!(phone.hears().await, json!({ "event": "clear", "streamSid": STREAM_SID }));

    // The mark comes back, and a key is pressed: the mark is for who spoke, the key for all.
    phone.speaks().await;
    phone
        .says(json!({ "event": "mark", "streamSid": STREAM_SID, "mark": { "name": "greeted" } }))
        .await;
    phone.says(json!({ "event": "dtmf", "streamSid": STREAM_SID, "dtmf": { "track": "inbound_track", "digit": "9" } })).await;
    voice.until_told("dtmf", 1).await;
    listener.until_told("dtmf", 1).await;
    assert_eq!(voice.told("mark"), [json!({ "event": "mark", "name": "greeted" })]);
    assert_eq!(voice.told("dtmf")[0]["digit"], "9");
    assert_eq!(listener.told("mark").len(), 0);
    let audio = &voice.told("audio")[0];
    assert_eq!((&audio["sequence"], &audio["timestamp_ms"]), (&json!(1), &json!(20)));
    let heard = STANDARD.decode(audio["payload"].as_str().unwrap()).unwrap();
    assert_eq!(heard, g711::ulaw_to_pcm16(&frame(1)));
    studio.close().await;
}

#[actix_web::test]
async fn with_both_tracks_bytes_alone_are_the_visitors_and_json_tells_who_speaks() {
    let studio = Studio::opens(|_| {}).await;
    let (bytes, texts) = (Ear::listening().await, Ear::listening().await);
    let in_json = BackendPlan { framing: Framing::Json, ..backend(&texts.url) };
    studio.desk.expects(plan(vec![backend(&bytes.url), in_json]));
    let mut phone = Phone::connects(&studio, "quiet").await;
    let mut start = super::harness::studio::start();
    start["start"]["tracks"] = json!(["inbound", "outbound"]);
    phone.says(start).await;

    for (n, track) in (1..=6).zip(["inbound", "outbound"].into_iter().cycle()) {
        let media =
            json!({ "track": track, "timestamp": "20", "payload": STANDARD.encode(frame(n)) });
        phone.says(json!({ "event": "media", "streamSid": STREAM_SID, "media": media })).await;
    }

    texts.until_told("audio", 6).await;
    bytes.until_frame(5).await;
    assert_eq!(bytes.frames(), [1, 3, 5]);
    assert_eq!(bytes.told("gap").len(), 0, "what is not for it is not missed");
    assert_eq!(bytes.told("start")[0]["tracks"], json!(["inbound"]));
    let tracks: Vec<_> = texts.told("audio").iter().map(|audio| audio["track"].clone()).collect();
    assert_eq!(tracks[..2], [json!("inbound"), json!("outbound")]);
    studio.close().await;
}

#[actix_web::test]
async fn a_private_address_is_reached_only_if_the_operator_says_so() {
    let studio = Studio::opens(|settings| settings.private = Default::default()).await;
    let ear = Ear::listening().await;

    let mut phone = studio.call(vec![backend(&ear.url), backend("wss://127.0.0.1:9443/")]).await;

    assert_eq!(phone.is_closed().await, (1000, "every backend gone".to_owned()));
    studio.desk.hears_of_the_end().await;
    let reports = studio.desk.reports();
    let gone = |report: &&StreamReport| matches!(report, StreamReport::Gone { .. });
    assert_eq!(reports.iter().filter(gone).count(), 2, "{reports:?}");
    assert_eq!(ear.heard(), []);
    studio.close().await;
}

/// A name that answers with a private address is as private as the address.
#[actix_web::test]
async fn a_public_name_that_leads_inside_is_not_followed() {
    #[derive(Debug)]
    struct Inside(std::net::SocketAddr);
    #[async_trait::async_trait]
    impl vestibule::media::Lookup for Inside {
        async fn look_up(&self, _: &str, _: u16) -> std::io::Result<Vec<std::net::SocketAddr>> {
            Ok(vec![self.0])
        }
    }
    let ear = Ear::listening().await;
    let url: url::Url = ear.url.parse().unwrap();
    let inside = url.socket_addrs(|| None).unwrap()[0];
    let studio = Studio::opens(|settings| {
        settings.private = Default::default();
        settings.lookup = std::sync::Arc::new(Inside(inside));
    })
    .await;

    let mut phone = studio.call(vec![backend("wss://audio.example.com/")]).await;

    phone.is_closed().await;
    studio.desk.hears_of_the_end().await;
    let why = |report: &StreamReport| {
        matches!(
            report,
            StreamReport::Gone { why: "the host's address is not on the public internet", .. }
        )
    };
    assert!(studio.desk.reports().iter().any(why));
    assert_eq!(ear.heard(), []);
    studio.close().await;
}

#[actix_web::test]
async fn a_stream_can_be_stopped_and_a_process_that_ends_says_so() {
    let studio = Studio::opens(|_| {}).await;
    let ear = Ear::listening().await;

    let mut phone = studio.call(vec![backend(&ear.url)]).await;
    ear.until_told("start", 1).await;
    assert_eq!(studio.live().count(), 1);
    assert!(studio.live().stop(studio.live().snapshot()[0].stream));
    assert_eq!(phone.is_closed().await, (1000, "stopped".to_owned()));
    studio.desk.hears_of_the_end().await;
    ear.until_told("stop", 1).await;
    let left = async {
        while studio.live().count() > 0 {
            tokio::time::sleep(FRAME).await;
        }
    };
    tokio::time::timeout(PATIENCE, left).await.unwrap();

    let mut phone = studio.call(vec![backend(&ear.url)]).await;
    ear.until_told("start", 2).await;
    studio.stopping.close();
    assert_eq!(phone.is_closed().await, (1001, "server ending".to_owned()));
    ear.until_told("stop", 2).await;
    let reasons: Vec<_> = ear.told("stop").iter().map(|stop| stop["reason"].clone()).collect();
    assert_eq!(reasons, ["stopped", "server_ending"]);
    studio.close().await;
}

#[actix_web::test]
async fn vonages_samples_arrive_as_they_are_and_what_is_said_leaves_in_exact_frames() {
    let studio = Studio::opens(|_| {}).await;
    let voice = Ear::listening().await;
    studio.desk.expects(plan(vec![speaking(&voice.url)]));
    let url = studio.url("vonage", "quiet");
    let signed = vestibule::carriers::twilio::media::signature(
        &url,
        &super::harness::studio::AUTH_TOKEN.into(),
    );
    let mut phone = Phone::upgrades(&url, &[("x-twilio-signature", &signed)]).await.unwrap();

    phone.says(json!({ "event": "websocket:connected", "content-type": "audio/l16;rate=8000", "call": "c1" })).await;
    voice.until_told("start", 1).await;
    assert_eq!(voice.told("start")[0]["format"]["encoding"], "pcm_s16le");
    for n in 1..=5 {
        phone.sends(Message::binary(frame(n).repeat(2))).await;
    }
    phone.says(json!({ "event": "websocket:dtmf", "digit": "5", "duration": 260 })).await;
    voice.until_told("dtmf", 1).await;
    assert_eq!(voice.frames(), [1, 2, 3, 4, 5]);

    voice.sends(Message::binary(vec![7; 500]));
    voice.says(json!({ "event": "mark", "name": "m1" }));
    voice.says(json!({ "event": "mark", "name": "m2" }));
    voice.says(json!({ "event": "clear" }));
    for expected in [vec![7; 320], [vec![7; 180], vec![0; 140]].concat()] {
        let Message::Binary(said) = phone.next().await else { panic!("no audio") };
        assert_eq!(said, expected);
    }
    let notify = |name| json!({ "action": "notify", "payload": { "mark": name } });
    assert_eq!(phone.hears().await, notify("m1"));
    assert_eq!(phone.hears().await, notify("m2"));
    assert_eq!(phone.hears().await, json!({ "action": "clear" }));

    // The first mark was reached; the second comes back because all was cleared.
    phone.says(json!({ "event": "websocket:notify", "payload": { "mark": "m1" } })).await;
    phone.says(json!({ "event": "websocket:cleared" })).await;
    voice.until_told("mark", 2).await;
    let names: Vec<_> = voice.told("mark").iter().map(|mark| mark["name"].clone()).collect();
    assert_eq!(names, ["m1", "m2"]);
    assert_eq!(number(&frame(7)), 7);
    studio.close().await;
}
