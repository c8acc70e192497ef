//! Journeys.
#![expect(clippy::unwrap_used, reason = "a story that can not go on fails")]

mod harness;

mod access;
mod access_factor;
mod access_keys;
mod access_people;
mod api;
mod bad_input;
mod directory;
mod calls_actions;
mod calls_history;
mod calls_outbound;
mod faults;
mod golden_events;
mod journal;
mod pools;
mod private_broker;
mod read_models;
mod simulations;
mod statistics;
mod visits;
mod vonage_parse;
mod vonage_people;
mod vonage_render;
mod vonage_rest;
mod vonage_vendor;
mod vonage_verify;
mod webhooks;
mod webhooks_api;
mod webhooks_guard;
mod webhooks_stage;
mod work;
