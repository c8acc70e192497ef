//! Watches over a stream's backends, and tells whoever wants to know of their comings and goings.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::backend::Shared;
use crate::application::ports::streams::{
    EndReason, Need, OnLost, StreamPlan, StreamReport, Streams,
};

/// Reports that wait to be taken. They are few: a backend's comings and goings.
pub(super) const REPORTS_MAX: usize = 256;
/// How often a report is tried before it is given up.
const REPORT_TRIES: u32 = 5;
/// How long the last report may hold up the end.
const LAST_REPORT_WITHIN: Duration = Duration::from_secs(5);

/// Watches the backends' comings and goings, until the stream is worth nothing without those that left.
pub(super) async fn watch(
    shared: &Shared,
    mut news: mpsc::Receiver<(usize, StreamReport)>,
    reports: &Reports,
) -> EndReason {
    let plan = &shared.plan;
    let mut presence = vec![Presence::Away; plan.backends.len()];
    let mut away_since = Some(Instant::now());
    loop {
        if presence.iter().all(|presence| *presence == Presence::Gone) {
            required_gone(plan, reports, away_since);
            return EndReason::EveryBackendGone;
        }
        let required = || {
            let all = plan.backends.iter().zip(&presence);
            all.filter(|(backend, _)| backend.need == Need::Required).map(|(_, presence)| *presence)
        };
        let is_there = required().any(|presence| presence == Presence::There);
        let all_gone = required().count() > 0 && required().all(|one| one == Presence::Gone);
        let deadline = away_since
            .filter(|_| required().count() > 0)
            .map(|since| since + shared.settings.required_back_within);
        let is_too_late = async {
            match deadline {
                Some(_) if all_gone => {}
                Some(deadline) => sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            Some((place, report)) = news.recv() => {
                presence[place] = Presence::after(&report, presence[place]);
                reports.tell(report);
                let now_there = required_there(plan, &presence);
                if now_there {
                    away_since = None;
                } else if is_there {
                    away_since = Some(Instant::now());
                }
            }
            () = is_too_late => {
                required_gone(plan, reports, away_since);
                // Said once, until one of them was back.
                away_since = None;
                if plan.on_last_required_lost == OnLost::EndCall {
                    return EndReason::RequiredBackendsGone;
                }
            }
        }
    }
}

fn required_there(plan: &StreamPlan, presence: &[Presence]) -> bool {
    plan.backends
        .iter()
        .zip(presence)
        .any(|(backend, presence)| backend.need == Need::Required && *presence == Presence::There)
}

/// Says so, if there are such and it was not said before.
fn required_gone(plan: &StreamPlan, reports: &Reports, away_since: Option<Instant>) {
    let has_required = plan.backends.iter().any(|backend| backend.need == Need::Required);
    if has_required && away_since.is_some() {
        reports.tell(StreamReport::RequiredGone { then: plan.on_last_required_lost });
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    There,
    Away,
    Gone,
}

impl Presence {
    fn after(report: &StreamReport, before: Self) -> Self {
        match report {
            StreamReport::Connected { .. } | StreamReport::Recovered { .. } => Self::There,
            StreamReport::Lost { .. } => Self::Away,
            StreamReport::Gone { .. } => Self::Gone,
            StreamReport::Started
            | StreamReport::RequiredGone { .. }
            | StreamReport::Ended { .. } => before,
        }
    }
}

/// On their way to whoever wants to know, beside the audio: a database that is slow makes no call wait.
pub(super) struct Reports {
    reports: mpsc::Sender<StreamReport>,
    task: JoinHandle<()>,
}

impl Reports {
    /// Nothing is told yet.
    pub fn start(streams: Arc<dyn Streams>, plan: &StreamPlan) -> Self {
        let (reports, waiting) = mpsc::channel(REPORTS_MAX);
        let task = tokio::spawn(report(streams, plan.clone(), waiting));
        Self { reports, task }
    }

    pub fn tell(&self, report: StreamReport) {
        if self.reports.try_send(report).is_err() {
            metrics::counter!("media_reports_dropped_total").increment(1);
        }
    }

    pub async fn end(self, last: StreamReport) {
        let all = async {
            let _ = self.reports.send(last).await;
            drop(self.reports);
            let _ = self.task.await;
        };
        if timeout(LAST_REPORT_WITHIN, all).await.is_err() {
            tracing::warn!("what became of a stream is still being reported");
        }
    }
}

async fn report(
    streams: Arc<dyn Streams>,
    plan: StreamPlan,
    mut waiting: mpsc::Receiver<StreamReport>,
) {
    while let Some(report) = waiting.recv().await {
        for again in 0..REPORT_TRIES {
            let Err(error) = streams.report(&plan, &report).await else { break };
            tracing::warn!(%error, stream.id = %plan.stream, again, "what became of a stream could not be reported");
            sleep(Duration::from_millis(200) * 2_u32.pow(again)).await;
        }
    }
}
