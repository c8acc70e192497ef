//! The audit: who changed what, and the proof that nobody changed what happened.

pub mod chain;
mod csv;
pub mod log;
