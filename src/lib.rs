//! Vestibule: door intercoms for apartment buildings, run by phone.
//!
//! The rooms, in reading order. Each room's first line says what lives in it; `tests/tidy.rs` holds the arrows between them.

pub mod domain;

pub mod application;

pub mod store;

pub mod bus;

pub mod carriers;

pub mod media;

pub mod mail;

pub mod prompts;

pub mod webhooks_out;

pub mod workers;

pub mod trace;

pub mod http;

pub mod console;

pub mod simulator;

pub mod boot;
