//! Announcements: something that one participant, or all of them, are made to hear inside the conference.

use std::sync::Arc;

use futures_util::future;

use super::{
    super::{
        super::network::News, Call, Platform, Target, events::field, fetch, hooks::Hook, run::play,
    },
    Conference,
    events::{about, tell},
};

/// Fetches it and plays it to those; its end is told. That a fetch failed is not: only the carrier's own failure would be.
pub fn announce(
    platform: &Arc<Platform>,
    conference: &Arc<Conference>,
    to: Vec<Arc<Call>>,
    target: Target,
    participant: Option<String>,
) {
    let (platform, conference) = (platform.clone(), conference.clone());
    platform.clone().exchange.spawn(async move {
        let mut fields = vec![
            field("AccountSid", &conference.account.sid),
            field("ConferenceSid", &conference.sid),
            field("FriendlyName", &conference.name),
        ];
        if let Some(sid) = &participant {
            fields.push(field("CallSid", sid));
        }
        let hook = Hook {
            kind: "announce",
            what: "announcement".into(),
            news: News::Other,
            leg: None,
            account: conference.account.clone(),
            target: target.clone(),
            fields,
        };
        let (verbs, source) = match fetch::media(&platform, hook).await {
            Ok(found) => found,
            Err(refusal) => {
                let (code, what) = (refusal.code, refusal.what);
                let url = &target.url;
                platform.exchange.complain(format!("{code} at {url}: no announcement: {what}"));
                return;
            }
        };
        let plays = to.iter().map(|call| {
            let (platform, verbs, source) = (&platform, &verbs, &source);
            async move {
                let all = async {
                    for verb in verbs {
                        play::verb(platform, call, verb, Some(source)).await;
                    }
                };
                tokio::select! {
                    biased;
                    () = call.leg.over.cancelled() => {}
                    () = all => {}
                }
            }
        });
        future::join_all(plays).await;
        over(&platform, &conference, participant.as_deref(), &target);
    });
}

fn over(platform: &Platform, conference: &Conference, participant: Option<&str>, target: &Target) {
    let mut room = conference.room();
    let member = participant.and_then(|sid| room.member(sid));
    let call = member.map(|member| member.call.clone());
    let mut said = member.map(about).unwrap_or_default();
    said.push(field("AnnounceUrl", &target.url));
    tell(platform, conference, &mut room, "announcement-end", call.as_deref(), said);
}
