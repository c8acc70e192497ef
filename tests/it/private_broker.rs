//! The broker that tests may kill does what they will rely on.

use std::{sync::Once, time::Duration};

use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions},
    types::FieldTable,
};

use crate::harness::broker::Broker;

#[expect(clippy::unwrap_used, reason = "a broker that does not answer should fail the test")]
async fn open(broker: &Broker) -> Channel {
    static CRYPTO: Once = Once::new();
    CRYPTO.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    let connection =
        Connection::connect(&broker.amqp_url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    channel
}

/// Declares the queue and says how many messages it holds.
#[expect(clippy::unwrap_used, reason = "a broker that does not answer should fail the test")]
async fn depth(channel: &Channel) -> u32 {
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel
        .queue_declare("rings".into(), durable, FieldTable::default())
        .await
        .unwrap()
        .message_count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_message_survives_a_power_cut_and_a_pause_only_delays_it() {
    let broker = Broker::start();
    let channel = open(&broker).await;
    assert_eq!(depth(&channel).await, 0);
    let persistent = BasicProperties::default().with_delivery_mode(2);
    let sent = channel.basic_publish(
        "".into(),
        "rings".into(),
        BasicPublishOptions::default(),
        b"1204",
        persistent,
    );
    assert!(sent.await.unwrap().await.unwrap().is_ack());

    broker.kill();
    broker.restart();
    let channel = open(&broker).await;
    // Right after its start a broker may still be reading what it kept, and a busy machine gives it little time for that.
    for _ in 0..600 {
        if depth(&channel).await == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(depth(&channel).await, 1);

    broker.pause();
    assert!(tokio::time::timeout(Duration::from_millis(300), depth(&channel)).await.is_err());
    broker.resume();
    assert_eq!(depth(&open(&broker).await).await, 1);
}
