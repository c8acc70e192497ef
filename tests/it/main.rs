//! Journeys.
#![expect(clippy::unwrap_used, reason = "a story that can not go on fails")]

mod harness;

mod api;
mod bad_input;
mod catalogue;
mod crossing;
mod directory;
mod faults;
mod golden_events;
mod journal;
mod pools;
mod private_broker;
mod read_models;
mod visits;
mod vonage_parse;
mod vonage_people;
mod vonage_render;
mod vonage_rest;
mod vonage_vendor;
mod vonage_verify;
mod work;
