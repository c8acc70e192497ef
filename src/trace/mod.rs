//! What caused what, across processes: a webhook hands its trace to its events, they to their work, and that to the request that a carrier
//! gets. W3C Trace Context (www.w3.org/TR/trace-context); the spans are those of the log lines.

mod layer;
mod otlp;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use reqwest::header::{HeaderMap, HeaderName};
use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;

pub use self::layer::{Spans, layer};
pub use self::otlp::Exporter;

/// The header; and the field of a span that says what caused it.
pub const TRACEPARENT: &str = "traceparent";

/// Of traces that begin here those are marked as sampled whose id's last eight bytes are below this.
static SAMPLED_BELOW: AtomicU64 = AtomicU64::new(0);

/// A place in a trace, as it is handed on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Traceparent {
    trace: u128,
    span: u64,
    is_sampled: bool,
}

impl Traceparent {
    /// A trace begins.
    pub fn fresh() -> Self {
        // Neither may be zero.
        let trace = rand::random::<u128>().max(1);
        #[expect(clippy::cast_possible_truncation, reason = "the last eight bytes are meant")]
        let is_sampled = (trace as u64) < SAMPLED_BELOW.load(Ordering::Relaxed);
        Self { trace, span: fresh_span(), is_sampled }
    }

    /// As it stands in a header, of this version of the format or a later one. What can not be read begins a new trace.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().split('-');
        let (version, trace, span, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_hex = |part: &str, length: usize| {
            part.len() == length
                && part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        };
        let is_ours = version == "00" && parts.next().is_none();
        let is_later = is_hex(version, 2) && !["00", "ff"].contains(&version);
        if !(is_ours || is_later) || !is_hex(trace, 32) || !is_hex(span, 16) || !is_hex(flags, 2) {
            return None;
        }
        let trace = u128::from_str_radix(trace, 16).ok().filter(|trace| *trace != 0)?;
        let span = u64::from_str_radix(span, 16).ok().filter(|span| *span != 0)?;
        let is_sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
        Some(Self { trace, span, is_sampled })
    }

    /// What was handed to us, or the beginning of a trace.
    pub fn given_or_fresh(text: Option<&str>) -> Self {
        text.and_then(Self::parse).unwrap_or_else(Self::fresh)
    }

    /// A span below this one.
    fn child(self) -> Self {
        Self { span: fresh_span(), ..self }
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "00-{:032x}-{:016x}-{:02x}", self.trace, self.span, u8::from(self.is_sampled))
    }
}

impl fmt::Debug for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

fn fresh_span() -> u64 {
    rand::random::<u64>().max(1)
}

/// Where we are: to be handed on with whatever is caused here. None, if no span is open that `layer` has seen.
pub fn current() -> Option<Traceparent> {
    tracing::dispatcher::get_default(|dispatch| {
        let registry = dispatch.downcast_ref::<Registry>()?;
        let current = dispatch.current_span();
        let span = registry.span(current.id()?)?;
        span.scope().find_map(|span| span.extensions().get::<layer::Open>().map(layer::Open::here))
    })
}

/// For a request to someone else.
pub fn headers() -> HeaderMap {
    let here = current().and_then(|here| here.to_string().parse().ok());
    here.map(|here| (HeaderName::from_static(TRACEPARENT), here)).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    const GIVEN: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn a_traceparent_is_written_as_it_was_read() {
        assert_eq!(Traceparent::parse(GIVEN).unwrap().to_string(), GIVEN);
        let fresh = Traceparent::fresh();
        assert_eq!(Traceparent::parse(&fresh.to_string()), Some(fresh));
    }

    #[test]
    fn a_later_version_is_read_as_far_as_it_is_known() {
        let later = GIVEN.replacen("00", "01", 1) + "-what-the-future-brings";

        assert_eq!(Traceparent::parse(&later).unwrap().to_string(), GIVEN);
    }

    #[test]
    fn what_is_no_traceparent_is_none() {
        for text in [
            "",
            "00",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e47361-0f067aa0ba902b7-01",
            "0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Traceparent::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_caused_in_a_span_belongs_to_its_trace() {
        let subscriber = tracing_subscriber::registry().with(layer(None));
        let here = tracing::subscriber::with_default(subscriber, || {
            assert_eq!(current(), None);
            let given = tracing::info_span!("given", traceparent = GIVEN);
            let inner = given.in_scope(|| tracing::info_span!("inner"));
            let own = tracing::info_span!("own");
            [given.in_scope(current), inner.in_scope(current), own.in_scope(current)]
        });
        let [given, inner, own] = here.map(Option::unwrap);

        assert_eq!(given.trace, Traceparent::parse(GIVEN).unwrap().trace);
        assert_eq!(inner.trace, given.trace);
        assert!(inner.is_sampled);
        assert_ne!(inner.span, given.span);
        assert_ne!(own.trace, given.trace);
    }
}
