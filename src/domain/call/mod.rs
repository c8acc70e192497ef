//! A call: one visit, from the first ring to its one outcome.

pub mod script;
pub mod signal;
