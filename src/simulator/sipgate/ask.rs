//! Asking the customer what to do, and what counts as an answer: 200, XML, in time. Anything else puts the call through.

use std::sync::Arc;

use super::{
    super::network::{Fate, News},
    Call, NothingEntered, Platform, Way,
    push::{self, Failure, Push, Reply},
    tell,
    xml::{self, Action, Answer, Gather, Whom},
};

/// What is to be done with a call.
#[derive(Clone, Debug)]
pub enum Next {
    Do(Action),
    /// Nobody said anything special, or nothing that could be understood.
    OwnSettings,
}

/// What a caller did while keys were waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entered {
    /// Perhaps none.
    Keys(String),
    HungUpDuringSound,
}

/// Tells of a call and asks for what to do with it.
pub async fn about_call(platform: &Arc<Platform>, call: &Arc<Call>) -> Next {
    let url = match call.way {
        Way::In => &call.account.incoming_url,
        Way::Out => &call.account.outgoing_url,
    };
    let Some(url) = url.clone().filter(|_| call.account.tells(&call.users)) else {
        return Next::OwnSettings;
    };
    let fate = push::fate(platform, call, News::Question);
    let push = Push {
        kind: "answer",
        what: "newCall",
        news: News::Question,
        call: call.clone(),
        url,
        fields: tell::new_call(call),
    };
    ask(platform, &push, &fate).await
}

/// Takes the keys of a gather to where it wanted them.
pub async fn about_keys(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    gather: &Gather,
    entered: Entered,
    fate: &Fate,
) -> Next {
    let nothing = match call.account.habits.nothing_entered {
        NothingEntered::Absent => None,
        NothingEntered::Empty => Some(String::new()),
    };
    let digits = match entered {
        Entered::Keys(keys) if keys.is_empty() => nothing,
        Entered::Keys(keys) => Some(keys),
        Entered::HungUpDuringSound => Some("-1".into()),
    };
    let mut fields = vec![("event", "dtmf".to_owned()), ("callId", call.id.clone())];
    fields.extend(digits.map(|digits| ("dtmf", digits)));
    let push = Push {
        kind: "action",
        what: "dtmf",
        news: News::Keys,
        call: call.clone(),
        url: gather.on_data.clone(),
        fields,
    };
    ask(platform, &push, fate).await
}

async fn ask(platform: &Arc<Platform>, push: &Push, fate: &Fate) -> Next {
    let answer = match push::send(platform, push, fate).await {
        Err(Failure::Lost) => return Next::OwnSettings,
        // Who is not told who asks, may well refuse.
        Ok(reply) if fate.unsigned && reply.status != 200 => return Next::OwnSettings,
        Ok(reply) => read(&reply),
        Err(failure) => Err(failure.reason().into()),
    };
    let call = &push.call;
    match answer {
        Ok(answer) => {
            doubt(platform, call, &answer);
            let mut state = call.state();
            (state.on_answer, state.on_hangup) = (answer.on_answer, answer.on_hangup);
            answer.action.map_or(Next::OwnSettings, Next::Do)
        }
        Err(what) => {
            platform.exchange.complain(format!(
                "the answer to {} from {} counts for nothing: {what}; the call is put through",
                push.what, push.url
            ));
            Next::OwnSettings
        }
    }
}

fn read(reply: &Reply) -> Result<Answer, String> {
    if reply.status != 200 {
        return Err(format!("status {}", reply.status));
    }
    let kind = reply.content_type.as_deref().unwrap_or("");
    let kind = kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    // Nothing at all needs no type.
    if !reply.body.is_empty() && !matches!(kind.as_str(), "application/xml" | "text/xml") {
        return Err(format!("content type {kind:?}"));
    }
    xml::read(&reply.text())
}

/// What is let pass, though nobody knows how the carrier takes it.
fn doubt(platform: &Platform, call: &Call, answer: &Answer) {
    let Some(Action::Dial(dial)) = &answer.action else { return };
    let Whom::Numbers(numbers) = &dial.whom else { return };
    let mut once = numbers.clone();
    once.sort_unstable();
    once.dedup();
    if once.len() < numbers.len() {
        platform.exchange.complain("<Dial> names one number twice");
    }
    if call.way == Way::Out && numbers.len() > 1 {
        platform.exchange.complain("<Dial> of a call that goes out takes one number");
    }
    if call.way == Way::Out && dial.caller_id.is_some() && numbers.first() != Some(&call.to) {
        platform
            .exchange
            .complain("<Dial callerId> of a call that goes out needs the number that was dialled");
    }
}
