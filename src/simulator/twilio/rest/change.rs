//! A call under way is ended, or given another document.

use std::sync::Arc;

use super::{
    super::{
        super::{leg::EndedBy, settings::Method},
        Call, Callback, Platform, fetch,
    },
    Answer, Asked, Refusal, calls, place,
};

const KNOWN: &[&str] = &[
    "Url",
    "Method",
    "Status",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
    "Twiml",
    "TimeLimit",
];

pub fn update(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    asked: &Asked,
) -> Result<Answer, Refusal> {
    let form = &asked.form;
    form.check(platform, "POST Calls/{Sid}", KNOWN);
    if call.leg.over.is_cancelled() {
        return Err(not_in_progress());
    }
    let (url, twiml) = (form.target("Url", "Method", Method::Post)?, form.filled("Twiml"));
    if form.filled("StatusCallback").is_some() && url.is_none() {
        platform
            .exchange
            .complain("StatusCallback changes nothing without Url in the same request");
    }
    match form.filled("Status") {
        Some(status @ ("canceled" | "completed")) => end(platform, call, status)?,
        Some(_) => return Err(Refusal::bad(21_218, "Status is neither canceled nor completed")),
        None if url.is_some() || twiml.is_some() => {
            if !call.leg.is_up() {
                return Err(not_in_progress());
            }
            redirect(platform, call, asked)?;
        }
        None if form.filled("TimeLimit").is_some() => {
            call.state().time_limit = form.seconds("TimeLimit", (1, 86_400), 14_400)?;
        }
        None => return Err(Refusal::bad(21_218, "nothing to change")),
    }
    call.state().updated_at = Some(platform.exchange.clock.now());
    platform.exchange.touch();
    Ok(Answer::ok(calls::view(call)))
}

fn not_in_progress() -> Refusal {
    Refusal::bad(21_220, "Call is not in-progress. Cannot redirect or end.")
}

/// `canceled` is for calls that nobody answered yet; `completed` ends any.
fn end(platform: &Platform, call: &Arc<Call>, status: &str) -> Result<(), Refusal> {
    if status == "canceled" && call.leg.state().answered_at.is_some() {
        platform.exchange.complain("Status=canceled for a call that is answered");
        return Err(not_in_progress());
    }
    if call.leg.state().answered_at.is_none() {
        call.state().ending = Some("canceled");
    }
    call.leg.end(EndedBy::Platform);
    Ok(())
}

/// Another document takes over; it takes a member out of its conference.
fn redirect(platform: &Arc<Platform>, call: &Arc<Call>, asked: &Asked) -> Result<(), Refusal> {
    let form = &asked.form;
    if let Some(fallback) = form.target("FallbackUrl", "FallbackMethod", Method::Post)? {
        call.state().fallback = Some(fallback);
    }
    let Some(target) = form.target("Url", "Method", Method::Post)? else {
        let program = place::inline(platform, form.text("Twiml").unwrap_or(""))?;
        // The call may have ended meanwhile; then nobody plays it.
        let _ = call.programs.send(program);
        return Ok(());
    };
    if let Some(status) = form.target("StatusCallback", "StatusCallbackMethod", Method::Post)? {
        call.state().callback = Some(Callback { target: status, events: vec!["completed".into()] });
    }
    let (platform, call) = (platform.clone(), call.clone());
    platform.clone().exchange.spawn(async move {
        let program = tokio::select! {
            biased;
            () = call.leg.over.cancelled() => return,
            program = fetch::ask(&platform, &call, "action", &target, Vec::new()) => program,
        };
        let _ = call.programs.send(program);
    });
    Ok(())
}
