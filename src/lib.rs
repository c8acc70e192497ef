//! Vestibule: door intercoms for apartment buildings, run by phone.
//!
//! The rooms, in reading order. Each room's first line says what lives in it; `tests/tidy.rs` holds the arrows between them.

pub mod domain;

pub mod application;

pub mod store;

pub mod simulator;
