//! Journeys.

mod harness;

mod private_broker;
