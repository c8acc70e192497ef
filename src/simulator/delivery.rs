//! An answer of a carrier's API on its way to us: it arrives, is lost, or never comes.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use actix_web::{
    HttpResponse,
    body::{BodySize, MessageBody},
    web::Bytes,
};

use super::exchange::Exchange;

/// Longer than any client waits.
const STALL: Duration = Duration::from_secs(60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Arrives,
    Lost,
    Stalls,
}

impl Delivery {
    /// What takes the place of an answer that does not arrive: a connection that closes with nothing said.
    pub async fn fails(self, exchange: &Exchange) -> Option<HttpResponse> {
        match self {
            Self::Arrives => return None,
            Self::Lost => {}
            Self::Stalls => {
                tokio::select! {
                    () = tokio::time::sleep(STALL) => {}
                    () = exchange.stopped.cancelled() => {}
                }
            }
        }
        Some(HttpResponse::Ok().body(Severed))
    }
}

/// A body that fails before its first byte: the server then closes the connection.
struct Severed;

impl MessageBody for Severed {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionReset.into())))
    }
}
