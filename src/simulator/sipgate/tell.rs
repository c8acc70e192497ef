//! What pushes say: the fields of each event, in the carrier's order.

use std::sync::Arc;

use super::{
    super::network::News,
    Call, Cause, Platform, SipgateUser, Way,
    push::{Fields, Push},
};

/// What the mailbox is called where a user would be.
pub const VOICEMAIL: &str = "voicemail";

fn basics(call: &Call, event: &str) -> Fields {
    vec![
        ("event", event.to_owned()),
        ("direction", call.way.word().to_owned()),
        ("from", call.from.clone()),
        ("to", call.to.clone()),
        ("callId", call.id.clone()),
        ("origCallId", call.origin.clone()),
    ]
}

fn trailer(call: &Call, fields: &mut Fields) {
    fields.push(("xcid", call.xcid.clone()));
    fields.extend(call.diversion.clone().map(|number| ("diversion", number)));
}

#[must_use]
pub fn new_call(call: &Call) -> Fields {
    let mut fields = basics(call, "newCall");
    fields.extend(users(call));
    trailer(call, &mut fields);
    fields
}

/// A line without a user has one empty name, and no ids.
fn users(call: &Call) -> Fields {
    if call.users.is_empty() {
        return vec![("user[]", String::new())];
    }
    let ids = || call.users.iter().filter_map(|user| user.id.as_deref());
    let names = call.users.iter().map(|user| ("user[]", user.name.clone()));
    let plain = ids().map(|id| ("userId[]", id.to_owned()));
    let full = ids().map(|id| ("fullUserId[]", call.account.full(id)));
    names.chain(plain).chain(full).collect()
}

/// Somebody picked up. The user is only told of the account's own phones.
pub fn answer(call: &Arc<Call>, user: Option<&SipgateUser>) {
    let (url, number) = {
        let state = call.state();
        (state.on_answer.clone(), state.answering_number.clone())
    };
    let Some(url) = url else { return };
    let mut fields = basics(call, "answer");
    if let Some(user) = user {
        fields.push(("user", user.name.clone()));
        if let Some(id) = &user.id {
            fields.push(("userId", id.clone()));
            fields.push(("fullUserId", call.account.full(id)));
        }
    }
    fields.extend(number.map(|number| ("answeringNumber", number)));
    trailer(call, &mut fields);
    let call = call.clone();
    let push = Push { kind: "event", what: "answer", news: News::Answered, call, url, fields };
    post(push);
}

/// The call is over. Nothing, if nobody wants to know.
#[must_use]
pub fn hangup(call: &Arc<Call>, cause: Cause) -> Option<Push> {
    let (url, number) = {
        let state = call.state();
        (state.on_hangup.clone(), state.answering_number.clone())
    };
    let url = url?;
    let mut fields = basics(call, "hangup");
    fields.push(("cause", cause.word().to_owned()));
    fields.extend(number.map(|number| ("answeringNumber", number)));
    trailer(call, &mut fields);
    let call = call.clone();
    Some(Push { kind: "event", what: "hangup", news: News::Ended, call, url, fields })
}

fn post(push: Push) {
    let call = push.call.clone();
    call.post(push);
}

/// A placed call, told once more as the one that comes in at the caller's own device.
pub fn device_rings(platform: &Platform, call: &Arc<Call>) {
    let url = call.account.incoming_url.clone().filter(|_| call.account.habits.tells_device);
    let Some(url) = url else { return };
    let fields = vec![
        ("event", "newCall".to_owned()),
        ("direction", Way::In.word().to_owned()),
        ("from", call.to.clone()),
        ("to", call.from.clone()),
        ("callId", platform.call_id(Way::In)),
        ("origCallId", call.id.clone()),
        ("user[]", String::new()),
        ("xcid", call.xcid.clone()),
    ];
    let call = call.clone();
    let push = Push { kind: "event", what: "newCall", news: News::Other, call, url, fields };
    post(push);
}
