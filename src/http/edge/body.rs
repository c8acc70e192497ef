//! How a body may come: as it is, and in time. A head that trickles in is cut off by the server itself; a body would be waited for
//! without end, and a compressed one unpacked before anyone asks how large it is.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{CONTENT_ENCODING, HeaderMap};
use actix_web::middleware::Next;
use actix_web::web::Bytes;
use actix_web::{Error, HttpMessage, HttpResponse, ResponseError};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use crate::http::problem::Problem;

/// What every body gets.
const WITHIN: Duration = Duration::from_secs(8);
/// What it gets besides: a second for so many bytes that came. Less is no line that anybody has.
const BYTES_A_SECOND: u64 = 16 * 1024;
/// Where sockets begin: what comes in there is a conversation, with limits of its own.
const SOCKETS: &str = "/media/";

/// A request's body, shared with the answer.
type Shared = Rc<RefCell<Payload>>;

/// Refuses a body that is compressed, and cuts one off that trickles in: 408, and the end of the connection, as for a head. A body that nobody reads to its end ends the
/// connection as well.
pub async fn in_time<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let payload = request.take_payload();
    if matches!(payload, Payload::None) || request.path().starts_with(SOCKETS) {
        request.set_payload(payload);
        return Ok(next.call(request).await?.map_into_boxed_body());
    }
    let payload = Rc::new(RefCell::new(payload));
    if is_packed(request.headers()) {
        let problem = Problem::OtherMediaType("it without a Content-Encoding").error_response();
        return Ok(holding(request.into_response(problem), payload));
    }
    let is_late = Rc::new(Cell::new(false));
    request.set_payload(timed(Rc::clone(&payload), Rc::clone(&is_late)));
    let mut response = next.call(request).await?.map_into_boxed_body();
    if is_late.get() {
        metrics::counter!("requests_cut_off_total").increment(1);
        response = response.into_response(HttpResponse::RequestTimeout().finish());
    }
    Ok(holding(response, payload))
}

/// Nobody who asks us anything compresses, and 64 KiB can stand for 64 MiB.
fn is_packed(headers: &HeaderMap) -> bool {
    headers
        .get_all(CONTENT_ENCODING)
        .any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

fn holding(response: ServiceResponse<BoxBody>, payload: Shared) -> ServiceResponse<BoxBody> {
    response.map_body(|_, body| BoxBody::new(Answer { body, _request: payload }))
}

fn timed(payload: Shared, is_late: Rc<Cell<bool>>) -> Payload {
    let begun = Instant::now();
    let chunks = stream::unfold(0_u64, move |bytes| {
        let (payload, is_late) = (Rc::clone(&payload), Rc::clone(&is_late));
        let until = begun + WITHIN + Duration::from_secs(bytes / BYTES_A_SECOND);
        async move {
            let chunk = poll_fn(|cx| payload.borrow_mut().poll_next_unpin(cx));
            let Ok(chunk) = timeout_at(until, chunk).await else {
                is_late.set(true);
                return Some((Err(PayloadError::Io(io::ErrorKind::TimedOut.into())), bytes));
            };
            let chunk = chunk?;
            let more = chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
            Some((chunk, bytes + more))
        }
    });
    Payload::Stream { payload: Box::pin(chunks) }
}

/// An answer that holds on to the request's body until it is sent. The server reads a chunked body that nobody holds any more to its
/// end, however long that takes; one that is held, and not at its end, makes it close the connection.
struct Answer {
    body: BoxBody,
    _request: Shared,
}

impl MessageBody for Answer {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.body).poll_next(cx)
    }
}
