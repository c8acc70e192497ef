//! Visits, end to end, on real wire traffic: signed webhooks in, NCCOs, TwiML or XML and REST requests out. Each on both transports and
//! at every carrier: what one can not do is stated in the scenario's file.

use vestibule::simulator::RunView;

use crate::harness::door::{Door, Transport};

/// Each story is told four times: with work straight from the database, through RabbitMQ, and at the other carriers.
macro_rules! everywhere {
    ($($(#[$doc:meta])* async fn $story:ident($door:ident: &Door) $body:block)+) => { $(
        mod $story {
            use super::*;

            async fn story($door: &Door) $body

            #[actix_web::test]
            async fn straight_from_the_database() {
                let door = Door::open(Transport::Database).await;
                story(&door).await;
                door.close().await;
            }

            #[actix_web::test]
            async fn at_the_second_carrier() {
                let door = Door::open_at_twilio().await;
                story(&door).await;
                assert!(door.simulator.complaints().is_empty(), "{:#?}", door.simulator.complaints());
                door.close().await;
            }

            #[actix_web::test]
            async fn at_the_third_carrier() {
                let door = Door::open_at_sipgate().await;
                story(&door).await;
                assert!(door.simulator.complaints().is_empty(), "{:#?}", door.simulator.complaints());
                door.close().await;
            }

            #[actix_web::test]
            async fn through_rabbitmq() {
                let door = Door::open(Transport::Broker).await;
                story(&door).await;
                door.close().await;
            }
        }
    )+ };
}

/// What the scenario file expects, the carrier saw.
fn all_hold(run: &RunView) {
    assert!(run.passed, "{:#?}", run.checks);
}

everywhere! {
    async fn two_residents_ring_one_mailbox_is_kept_out_the_other_talks_then_opens(door: &Door) {
        let run = door.plays("two_residents_one_voicemail").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!(call["outcome"], door.expects("two_residents_one_voicemail"));
        if !door.hears_keys() {
            return;
        }
        assert_eq!(call["opened_by"]["by"], "resident");
        assert!(call["first_ring_at"].is_string() && call["accepted_at"].is_string() && call["opened_at"].is_string(), "{call}");
        let mailbox = call["legs"].as_array().unwrap().iter().find(|leg| leg["number"] == "+447700900101").unwrap();
        assert!(mailbox["accepted_at"].is_null(), "{mailbox}");
    }

    async fn a_stranger_is_rejected_within_a_second_and_nobody_rings(door: &Door) {
        let run = door.plays("stranger").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!((&call["outcome"], &call["cause"]), (&"rejected".into(), &"stranger_rejected".into()));
        assert!(door.simulator.placed(None).is_empty());
        let spam = door.eventually("the stranger is in the spam statistics", async || {
            let spam = door.get("/v1/statistics/spam").await;
            spam[0].is_object().then(|| spam[0].clone())
        }).await;
        assert_eq!(spam["rejected"], 1);
    }

    async fn who_declines_is_not_rung_again(door: &Door) {
        let run = door.plays("decline_is_final").await;
        let seen = door.carrier_saw(run).await;

        all_hold(&seen);
        assert_eq!(door.simulator.placed(Some("+447700900101")).len(), 1);
    }

    async fn nobody_answers_and_the_visitor_is_told(door: &Door) {
        let run = door.plays("nobody_answers").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!((&call["outcome"], &call["cause"]), (&"nobody_came".into(), &"nobody_answered".into()));
        if door.speaks() {
            assert!(spoken(&seen).contains("nobody answers"), "{}", spoken(&seen));
        }
    }

    async fn the_visitor_hangs_up_first_and_every_leg_is_cancelled(door: &Door) {
        let run = door.plays("visitor_hangs_up_first").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!((&call["outcome"], &call["cause"]), (&"visitor_left".into(), &"visitor_hung_up".into()));
        assert!(seen.legs.iter().all(|leg| leg.ended_at.is_some()), "{:#?}", seen.legs);
    }

    async fn the_open_key_alone_accepts_and_opens(door: &Door) {
        let run = door.plays("open_directly").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!(call["outcome"], door.expects("open_directly"));
    }

    async fn with_two_units_behind_the_door_the_right_code_rings_its_unit(door: &Door) {
        door.has_another_unit("1205").await;
        let run = door.plays("unit_code").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!(call["outcome"], door.expects("unit_code"));
        if door.speaks() {
            assert!(spoken(&seen).contains("code"), "{}", spoken(&seen));
        }
    }

    async fn a_network_that_doubles_and_shuffles_changes_nothing(door: &Door) {
        let run = door.plays("awkward_network").await;
        let seen = door.carrier_saw(run).await;
        let call = door.history().await;

        all_hold(&seen);
        assert_eq!(call["outcome"], door.expects("awkward_network"));
    }
}

/// All that the visitor heard, in lower case.
fn spoken(run: &RunView) -> String {
    format!("{:?}", run.legs[0].heard).to_lowercase()
}
