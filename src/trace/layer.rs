//! Gives our spans their places in traces, and collects them for who exports them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use tokio::sync::mpsc;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::{TRACEPARENT, Traceparent};

/// Spans of one request or work item that are kept. A loop that makes more is no use to anybody.
const SPANS_MAX: usize = 512;
/// The field that tells a failure of ours, or of a carrier's, from 500 on.
const STATUS: &str = "http.response.status_code";
/// Whose spans: those of libraries may hold anything.
const OURS: &str = "vestibule";

/// A span that is over.
#[derive(Debug)]
pub struct Span {
    pub(super) here: Traceparent,
    pub(super) parent: Option<Traceparent>,
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) began: SystemTime,
    pub(super) ended: SystemTime,
    pub(super) attributes: Vec<(&'static str, Attribute)>,
    pub(super) has_failed: bool,
}

/// What a request or a work item did in this process.
pub type Spans = Vec<Span>;

/// What a span is to its neighbours, as OpenTelemetry counts it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
    Consumer = 5,
}

impl Kind {
    fn of(name: &str) -> Self {
        match name {
            "http.request" => Self::Server,
            "carrier.request" | "hook.deliver" => Self::Client,
            "work.do" => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// What a span says of itself.
#[derive(Debug)]
pub(super) enum Attribute {
    Text(String),
    Number(i64),
}

/// A span that is open.
pub(super) struct Open {
    span: Span,
    together: Arc<Together>,
}

impl Open {
    pub fn here(&self) -> Traceparent {
        self.span.here
    }
}

/// The spans that one request or work item opens in this process: sent once the last of them is over, if the trace is sampled or
/// something went wrong in one of them; else forgotten.
struct Together {
    is_sampled: bool,
    has_failed: AtomicBool,
    over: Mutex<Spans>,
    to: Option<mpsc::Sender<Spans>>,
}

impl Drop for Together {
    fn drop(&mut self) {
        let spans = std::mem::take(self.over.get_mut().unwrap_or_else(PoisonError::into_inner));
        let is_wanted = self.is_sampled || *self.has_failed.get_mut();
        if let Some(to) = self.to.as_ref().filter(|_| is_wanted)
            && to.try_send(spans).is_err()
        {
            metrics::counter!("trace_spans_dropped_total").increment(1);
        }
    }
}

/// Sees our spans and what goes wrong in them, and sends them there; to nobody: only hands traces on.
pub fn layer<S>(to: Option<mpsc::Sender<Spans>>) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let is_seen = |metadata: &Metadata<'_>| {
        metadata.target().starts_with(OURS)
            && *metadata.level() <= if metadata.is_span() { Level::INFO } else { Level::WARN }
    };
    Traces { to }.with_filter(filter_fn(is_seen).with_max_level_hint(LevelFilter::INFO))
}

struct Traces {
    to: Option<mpsc::Sender<Spans>>,
}

impl<S> Layer<S> for Traces
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut said = Said::default();
        attributes.record(&mut said);
        let above = span.scope().skip(1).find_map(|above| {
            let extensions = above.extensions();
            extensions.get::<Open>().map(|open| (open.here(), Arc::clone(&open.together)))
        });
        let (parent, together) = match (said.cause, above) {
            (Some(cause), _) => (Some(cause), None),
            (None, Some((above, together))) => (Some(above), Some(together)),
            (None, None) => (None, None),
        };
        let here = parent.map_or_else(Traceparent::fresh, Traceparent::child);
        let together = together.unwrap_or_else(|| Arc::new(self.together(here)));
        together.has_failed.fetch_or(said.has_failed, Ordering::Relaxed);
        let now = SystemTime::now();
        let span_of = Span {
            here,
            parent,
            name: attributes.metadata().name(),
            kind: Kind::of(attributes.metadata().name()),
            began: now,
            ended: now,
            attributes: said.attributes,
            has_failed: said.has_failed,
        };
        span.extensions_mut().insert(Open { span: span_of, together });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(open) = extensions.get_mut::<Open>() else { return };
        let mut said = Said::default();
        values.record(&mut said);
        open.span.attributes.append(&mut said.attributes);
        open.span.has_failed |= said.has_failed;
        open.together.has_failed.fetch_or(said.has_failed, Ordering::Relaxed);
    }

    /// Only warnings and errors come here. What they say stays in the log.
    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let Some(span) = context.event_span(event) else { return };
        for span in span.scope() {
            if let Some(open) = span.extensions_mut().get_mut::<Open>() {
                open.span.has_failed = true;
                open.together.has_failed.store(true, Ordering::Relaxed);
                return;
            }
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(Open { mut span, together }) = span.extensions_mut().remove::<Open>() else {
            return;
        };
        if together.to.is_some() {
            span.ended = SystemTime::now();
            let mut over = together.over.lock().unwrap_or_else(PoisonError::into_inner);
            if over.len() < SPANS_MAX {
                over.push(span);
            }
        }
    }
}

impl Traces {
    fn together(&self, here: Traceparent) -> Together {
        Together {
            is_sampled: here.is_sampled,
            has_failed: AtomicBool::new(false),
            over: Mutex::default(),
            to: self.to.clone(),
        }
    }
}

/// What a span's fields say. Each is an id, a number or one of a few words: so it is for the log's sake.
#[derive(Default)]
struct Said {
    cause: Option<Traceparent>,
    has_failed: bool,
    attributes: Vec<(&'static str, Attribute)>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            TRACEPARENT => self.cause = Traceparent::parse(value),
            name => self.attributes.push((name, Attribute::Text(value.to_owned()))),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.has_failed |= field.name() == STATUS && value >= 500;
        self.attributes.push((field.name(), Attribute::Number(value)));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.record_i64(field, i64::try_from(value).unwrap_or(i64::MAX));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const NOT_SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

    /// What is sent of this.
    fn sent_of(work: impl FnOnce()) -> Vec<Spans> {
        let (to, mut sent) = mpsc::channel(8);
        let subscriber = tracing_subscriber::registry().with(layer(Some(to)));
        tracing::subscriber::with_default(subscriber, work);
        std::iter::from_fn(|| sent.try_recv().ok()).collect()
    }

    fn request(traceparent: &str, inside: impl FnOnce()) {
        let request = tracing::error_span!(
            "http.request",
            traceparent,
            http.response.status_code = tracing::field::Empty
        );
        request
            .in_scope(|| tracing::info_span!("call.receive", call.id = "a call").in_scope(inside));
        request.record("http.response.status_code", 200);
    }

    #[test]
    fn what_is_sampled_is_sent_together_once_it_is_over() {
        let sent = sent_of(|| request(SAMPLED, || {}));

        let [spans] = &sent[..] else { panic!("{sent:?}") };
        let [inner, outer] = &spans[..] else { panic!("{spans:?}") };
        assert_eq!((inner.name, outer.name), ("call.receive", "http.request"));
        assert_eq!(inner.parent, Some(outer.here));
        assert_eq!(outer.parent, Traceparent::parse(SAMPLED));
        assert!(matches!(outer.kind, Kind::Server));
        assert!(outer.began <= inner.began && inner.ended <= outer.ended);
        assert!(
            matches!(&inner.attributes[..], [("call.id", Attribute::Text(id))] if id == "a call")
        );
        assert!(matches!(
            &outer.attributes[..],
            [("http.response.status_code", Attribute::Number(200))]
        ));
    }

    #[test]
    fn what_is_not_sampled_is_sent_only_if_something_went_wrong() {
        let well = sent_of(|| request(NOT_SAMPLED, || tracing::info!("all is well")));
        let wrong =
            sent_of(|| request(NOT_SAMPLED, || tracing::warn!("the carrier did not do it")));

        assert!(well.is_empty(), "{well:?}");
        let failed: Vec<bool> = wrong.iter().flatten().map(|span| span.has_failed).collect();
        assert_eq!(failed, [true, false]);
    }

    #[test]
    fn an_answer_that_blames_us_is_something_that_went_wrong() {
        let sent = sent_of(|| {
            let request = tracing::error_span!(
                "http.request",
                traceparent = NOT_SAMPLED,
                http.response.status_code = 503_u16
            );
            drop(request);
        });

        assert_eq!(sent.len(), 1);
    }

    #[test]
    fn a_collector_that_takes_nothing_holds_up_nobody() {
        let sent = sent_of(|| (0..20).for_each(|_| request(SAMPLED, || {})));

        assert_eq!(sent.len(), 8);
    }
}
