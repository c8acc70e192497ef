//! Carriers whose answers never end, or lead elsewhere: none is read for longer than it takes to know that nobody knows.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use vestibule::application::ports::{CarrierClient, PlaceError};

use crate::vonage_people::{self, HandClock, TOKEN};
use crate::{sipgate_rest, twilio_people, twilio_rest, vonage_rest};

/// Every carrier's client, pointed at this address.
fn clients(url: &str) -> [(&'static str, Box<dyn CarrierClient>); 3] {
    let clock = || Arc::new(HandClock::at_noon());
    let vonage = vonage_rest::vonage_at(url, clock());
    let vonage = vonage.client(TOKEN, &vonage_people::credentials()).unwrap();
    let twilio = twilio_rest::twilio_at(url, clock()).client(TOKEN, &twilio_people::credentials());
    [
        ("vonage", Box::new(vonage)),
        ("twilio", Box::new(twilio)),
        ("sipgate", Box::new(sipgate_rest::client(url))),
    ]
}

#[derive(Default)]
struct Met {
    connections: AtomicUsize,
    bytes: AtomicU64,
}

/// A carrier that reads a request, says `head`, and then `piece` again and again with a pause in between.
async fn carrier(head: String, piece: Vec<u8>, pause: Duration) -> (String, Arc<Met>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let met = Arc::<Met>::default();
    let counted = Arc::clone(&met);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            counted.connections.fetch_add(1, Ordering::SeqCst);
            let (counted, head, piece) = (Arc::clone(&counted), head.clone(), piece.clone());
            tokio::spawn(async move {
                let _ = socket.read(&mut [0; 8192]).await;
                let _ = socket.write_all(head.as_bytes()).await;
                while !piece.is_empty() && socket.write_all(&piece).await.is_ok() {
                    counted.bytes.fetch_add(piece.len() as u64, Ordering::SeqCst);
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    (url, met)
}

#[tokio::test]
async fn an_answer_that_never_ends_is_given_up_and_the_call_is_not_placed_again() {
    const CREATED: &str = "HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n";
    let cases = [
        ("a flood", format!("{CREATED}\r\n"), vec![b' '; 64 * 1024], Duration::ZERO),
        (
            "a trickle",
            format!("{CREATED}Content-Length: 100000\r\n\r\n"),
            b"{".to_vec(),
            Duration::from_millis(50),
        ),
        (
            "a head without end",
            CREATED.to_owned(),
            b"X-A: b\r\n".to_vec(),
            Duration::from_millis(1),
        ),
    ];
    for (what, head, piece, pause) in cases {
        for n in 0..3 {
            let (url, met) = carrier(head.clone(), piece.clone(), pause).await;
            let (name, client) = clients(&url).into_iter().nth(n).unwrap();
            let begun = Instant::now();

            let placed = client.place(&vonage_rest::placement()).await;

            assert!(
                matches!(placed, Err(PlaceError::Unknown { .. })),
                "{name}, {what}: {placed:?}"
            );
            assert!(
                begun.elapsed() < Duration::from_secs(3),
                "{name}, {what}: {:?}",
                begun.elapsed()
            );
            assert_eq!(met.connections.load(Ordering::SeqCst), 1, "{name}, {what}");
            drop(client);
            // What fits into the sockets on the way, and not much more.
            let bytes = met.bytes.load(Ordering::SeqCst);
            assert!(bytes < 16 << 20, "{name}, {what}: {bytes} bytes");
        }
    }
}

#[tokio::test]
async fn an_answer_that_leads_elsewhere_is_not_followed() {
    let (elsewhere, met) =
        carrier("HTTP/1.1 201 Created\r\n\r\n{}".to_owned(), vec![], Duration::ZERO).await;
    for status in [301, 302, 303, 307, 308] {
        for n in 0..3 {
            let head = format!(
                "HTTP/1.1 {status} Moved\r\nLocation: {elsewhere}/v1/calls\r\nContent-Length: 0\r\n\r\n"
            );
            let (url, _) = carrier(head, vec![], Duration::ZERO).await;
            let (name, client) = clients(&url).into_iter().nth(n).unwrap();

            let placed = client.place(&vonage_rest::placement()).await;

            assert!(
                matches!(placed, Err(PlaceError::Unknown { .. })),
                "{name} {status}: {placed:?}"
            );
        }
    }
    assert_eq!(met.connections.load(Ordering::SeqCst), 0, "nobody came with our credentials");
}
