//! Answering machine detection: what it decides, when, and how the customer learns of it.

use std::{sync::Arc, time::Duration};

use super::{
    super::{network::News, phone::GREETING},
    Call, Platform, Target,
    events::field,
    hooks::Hook,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detection {
    pub mode: Mode,
    pub timeout: Duration,
    /// Absent: the document waits for the decision.
    pub aside: Option<Option<Target>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Enable,
    DetectMessageEnd,
}

/// Runs to its end where the document has to wait for it, else beside the document.
pub async fn run(platform: &Arc<Platform>, call: &Arc<Call>, machine: bool) {
    let Some(detection) = call.detection.clone() else { return };
    match detection.aside {
        None => {
            let (result, _) = decide(platform, detection.mode, detection.timeout, machine).await;
            call.state().answered_by = Some(result);
        }
        Some(target) => aside(platform, call, (detection.mode, detection.timeout), target, machine),
    }
}

fn aside(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    (mode, timeout): (Mode, Duration),
    target: Option<Target>,
    machine: bool,
) {
    let (platform, call) = (platform.clone(), call.clone());
    platform.clone().exchange.spawn(async move {
        let (result, took) = tokio::select! {
            biased;
            () = call.leg.over.cancelled() => return,
            decided = decide(&platform, mode, timeout, machine) => decided,
        };
        call.state().answered_by = Some(result);
        let Some(target) = target else { return };
        call.post(Hook {
            kind: "detection",
            what: result.into(),
            news: if result == "human" { News::Person } else { News::Machine },
            leg: Some(call.leg.clone()),
            account: call.account.clone(),
            target,
            fields: vec![
                field("CallSid", &call.leg.id),
                field("AccountSid", &call.account.sid),
                field("AnsweredBy", result),
                field("MachineDetectionDuration", took.as_millis().to_string()),
            ],
        });
    });
}

async fn decide(
    platform: &Platform,
    mode: Mode,
    timeout: Duration,
    machine: bool,
) -> (&'static str, Duration) {
    let exchange = &platform.exchange;
    let takes = if machine && mode == Mode::DetectMessageEnd {
        GREETING.max(exchange.settings.detection_takes)
    } else {
        exchange.settings.detection_takes
    };
    let took = takes.min(timeout);
    exchange.clock.sleep(took).await;
    let result = match (machine, mode) {
        _ if takes > timeout => "unknown",
        (false, _) => "human",
        (true, Mode::Enable) => "machine_start",
        (true, Mode::DetectMessageEnd) => "machine_end_beep",
    };
    (result, took)
}
