//! What a visit, a rule, a resident is. Pure: no clock, no chance, no I/O, no carrier's word.
#![warn(clippy::wildcard_enum_match_arm)]

pub mod access;
pub mod audit;
pub mod call;
pub mod copy_on_write;
pub mod email;
pub mod ids;
pub mod local_time;
pub mod personal;
pub mod phone_number;
pub mod pin_gate;
pub mod policy;
pub mod statistics;
pub mod webhook;
