//! Gather and Play: keys during a sound and after it, the three ways of entering nothing, and sounds that are no good.

use super::{
    sipgate_stage::{CONCIERGE, SipgateStage, form, keys, phone, visitor, xml},
    *,
};
use crate::simulator::sound::tests::{dialled, wav};

const GATHER: &str = "<Gather onData=\"BASE/data?step=pin1\" maxDigits=\"4\" timeout=\"6000\"><Play><Url>BASE/sound.wav</Url></Play></Gather>";

/// Asks once, with a sound of three seconds, and then hangs up.
fn asks(gather: &'static str) -> impl Fn(&Got, usize) -> Reply + Send + Sync {
    move |got, _| match got.path.as_str() {
        "/in" => xml(got, gather),
        "/sound.wav" => Reply::Bytes("audio/x-wav", wav(1, 16, &[0; 48_000])),
        "/data" => xml(got, "<Hangup/>"),
        _ => Reply::Nothing,
    }
}

async fn stage() -> SipgateStage {
    SipgateStage::with(asks(GATHER)).await
}

#[tokio::test]
async fn keys_are_told_where_the_gather_wanted_them() {
    let stage = stage().await;
    stage.visit(&visitor("keys = [{ press = '0482', since = 'prompt', after = '1s' }]"));
    stage.pass(10_000).await;

    let data = &stage.got_at("/data")[0];
    assert_eq!((data.method.as_str(), data.query.as_str()), ("POST", "step=pin1"));
    let said = form(data);
    assert_eq!((said["event"].as_str(), said["dtmf"].as_str()), ("dtmf", "0482"));
    assert_eq!(said["callId"], form(&stage.got_at("/in")[0])["callId"]);
    assert_eq!(stage.story(), ["newCall", "dtmf", "hangup normalClearing"]);
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn the_first_key_stops_the_sound_and_begins_the_wait() {
    let stage = stage().await;
    let run = stage.visit(&visitor("keys = [{ press = '04', after = '1s' }]"));
    stage.pass(1100).await;
    assert!(stage.door(run).heard[0].cut_short, "{:?}", stage.door(run).heard);
    stage.pass(5800).await;
    assert_eq!(stage.got_at("/data").len(), 0, "6 s from 1 s are not over at 6.9 s");
    stage.pass(300).await;

    assert_eq!(form(&stage.got_at("/data")[0])["dtmf"], "04");
}

#[tokio::test]
async fn the_wait_begins_when_the_sound_is_over_and_nothing_entered_is_told_too() {
    for (habit, entered) in
        [(NothingEntered::Absent, None), (NothingEntered::Empty, Some(String::new()))]
    {
        let stage =
            SipgateStage::set(|_, account| account.habits.nothing_entered = habit, asks(GATHER))
                .await;
        stage.visit("");
        stage.pass(8900).await;
        assert_eq!(stage.got_at("/data").len(), 0, "3 s of sound and 6 s are not over");
        stage.pass(300).await;

        let said = form(&stage.got_at("/data")[0]);
        assert_eq!((said["event"].as_str(), said.get("dtmf").cloned()), ("dtmf", entered));
    }
}

#[tokio::test]
async fn whoever_hangs_up_during_the_sound_entered_minus_one() {
    let stage = stage().await;
    stage.visit(&visitor("hang_up_after = '2s'"));
    stage.pass(10_000).await;

    assert_eq!(form(&stage.got_at("/data")[0])["dtmf"], "-1");
    assert_eq!(stage.story(), ["newCall", "dtmf", "hangup cancel"]);
}

#[tokio::test]
async fn a_network_may_not_wait_for_keys_at_all() {
    let hasty = format!(
        "{}[network]\non_news = [{{ phone = 'door', news = 'keys', does = 'hasty', nth = 1 }}]\n",
        visitor("keys = [{ press = '0482', after = '1s' }]")
    );
    let stage = SipgateStage::with(|got, before| match got.path.as_str() {
        "/data" if before < 2 => xml(got, GATHER),
        _ => asks(GATHER)(got, before),
    })
    .await;
    stage.visit(&hasty);
    stage.pass(500).await;
    assert_eq!(form(&stage.got_at("/data")[0]).get("dtmf"), None);
    stage.pass(9_500).await;

    let entered: Vec<_> =
        stage.forms_at("/data").iter().map(|said| said.get("dtmf").cloned()).collect();
    assert_eq!(entered, [None, Some("0482".to_owned())]);
}

#[tokio::test]
async fn one_answer_leads_to_the_next_until_somebody_is_rung() {
    let stage = SipgateStage::with(|got, before| match got.path.as_str() {
        "/data" if form(got).get("dtmf").map(String::as_str) == Some("1204") => {
            xml(got, "<Dial><Number>+447700900101</Number></Dial>")
        }
        "/data" => xml(got, GATHER),
        _ => asks(GATHER)(got, before),
    })
    .await;
    let run = stage.visit(&format!(
        "{}{}",
        visitor(
            "keys = [{ press = '9999', since = 'prompt', after = '1s' }, { press = '1204', since = 'prompt', after = '1s' }]"
        ),
        phone(ADA, "Ada", "does = 'answer'\nkeys = [{ press = '9', since = 'joined', after = '1s' }]\nhang_up_after = '3s'")
    ));
    stage.pass(20_000).await;

    assert_eq!(stage.story(), ["newCall", "dtmf", "dtmf", "answer", "hangup normalClearing"]);
    assert_eq!(keys(&stage.door(run)), "9");
    assert_eq!(stage.simulator.run(run).unwrap().placed["Ada"], 1);
}

#[tokio::test]
async fn what_follows_a_sound_that_was_only_played_is_the_line_s_own_way() {
    let stage = SipgateStage::with(|got, _| match got.path.as_str() {
        "/in" => xml(got, "<Play><Url>BASE/9.wav</Url></Play>"),
        "/9.wav" => Reply::Bytes("audio/x-wav", dialled("9", 150)),
        _ => Reply::Nothing,
    })
    .await;
    let run = stage.visit(&phone(CONCIERGE, "Concierge", "does = 'answer'"));
    stage.pass(300).await;
    assert_eq!(keys(&stage.door(run)), "9", "the panel hears the tone in the sound");
    stage.pass(3000).await;

    assert_eq!(stage.simulator.run(run).unwrap().placed["Concierge"], 1);
    assert_eq!(stage.story(), ["newCall", "answer"]);
    assert_eq!(stage.complaints(), [""; 0]);
}

#[tokio::test]
async fn a_sound_in_another_format_is_complained_of_and_not_heard() {
    type Sound = (fn() -> Reply, &'static str);
    let wrong: [Sound; 5] = [
        (|| Reply::Bytes("audio/x-wav", wav(7, 8, &[0; 8000])), "format 7"),
        (|| Reply::Bytes("audio/mpeg", b"ID3".to_vec()), "no WAV"),
        (
            || {
                let mut fast = wav(1, 16, &[0; 8000]);
                fast[24..28].copy_from_slice(&16_000u32.to_le_bytes());
                Reply::Bytes("audio/x-wav", fast)
            },
            "16000 Hz",
        ),
        (
            || {
                let mut stereo = wav(1, 16, &[0; 8000]);
                stereo[22] = 2;
                Reply::Bytes("audio/x-wav", stereo)
            },
            "2 channels",
        ),
        (|| Reply::Raw(404, "text/plain", ""), "answered 404"),
    ];
    for (sound, words) in wrong {
        let stage = SipgateStage::with(move |got, before| match got.path.as_str() {
            "/sound.wav" => sound(),
            _ => asks(GATHER)(got, before),
        })
        .await;
        let run = stage.visit("");
        stage.pass(7000).await;

        assert!(stage.complained_of(words), "{words}: {:?}", stage.complaints());
        assert!(stage.door(run).heard.is_empty(), "{words}");
        assert_eq!(stage.got_at("/data").len(), 1, "{words}: keys were waited for all the same");
    }
}
