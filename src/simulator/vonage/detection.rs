//! Telling a person from a machine, in the simple and the advanced way.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::{
    super::{leg::EndedBy, phone::GREETING},
    Call, Platform, events, fetch,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detection {
    pub mode: Mode,
    pub hang_up: bool,
    pub beep_timeout: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `machine_detection`: the NCCO runs meanwhile.
    Simple,
    /// `default`: the NCCO runs meanwhile, and both events may answer with another.
    Parallel,
    /// `detect`: the NCCO waits for the one event.
    Detect,
    /// `detect_beep`: the NCCO waits for the beep.
    Beep,
}

/// Runs the detection that the call asked for: to its end where the NCCO has to wait for it, else beside the NCCO.
pub async fn run(platform: &Arc<Platform>, call: &Arc<Call>, machine: bool) {
    let Some(detection) = call.detection else { return };
    match detection.mode {
        Mode::Detect | Mode::Beep => detect(platform, call, detection, machine).await,
        Mode::Simple | Mode::Parallel => {
            let (platform, call) = (platform.clone(), call.clone());
            platform.clone().exchange.spawn(async move {
                tokio::select! {
                    biased;
                    () = call.leg.over.cancelled() => {}
                    () = detect(&platform, &call, detection, machine) => {}
                }
            });
        }
    }
}

async fn detect(platform: &Arc<Platform>, call: &Arc<Call>, detection: Detection, machine: bool) {
    let exchange = &platform.exchange;
    exchange.clock.sleep(exchange.settings.detection_takes).await;
    if !machine {
        return tell(platform, call, detection, "human", json!({})).await;
    }
    if detection.mode != Mode::Beep {
        tell(platform, call, detection, "machine", json!({})).await;
    }
    if detection.hang_up {
        if detection.mode == Mode::Beep {
            tell(platform, call, detection, "machine", json!({})).await;
        }
        return call.leg.end(EndedBy::Platform);
    }
    if matches!(detection.mode, Mode::Beep | Mode::Parallel) {
        let beeps_after = GREETING.saturating_sub(exchange.settings.detection_takes);
        exchange.clock.sleep(beeps_after.min(detection.beep_timeout)).await;
        let sub_state =
            if beeps_after <= detection.beep_timeout { "beep_start" } else { "beep_timeout" };
        tell(platform, call, detection, "machine", json!({ "sub_state": sub_state })).await;
    }
}

async fn tell(
    platform: &Arc<Platform>,
    call: &Arc<Call>,
    detection: Detection,
    status: &str,
    extra: Value,
) {
    if detection.mode != Mode::Parallel {
        return events::status(platform, call, status, extra);
    }
    let Some(hook) = events::status_hook(call, status, extra, platform.exchange.clock.now()) else {
        return;
    };
    if let Some(program) = fetch::ask_event(platform, call, &hook).await {
        // The leg may have ended meanwhile; then nobody plays it.
        let _ = call.programs.send(program);
    }
}
