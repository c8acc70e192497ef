//! What stories need and readers need not see: servers, people, phones.
#![expect(clippy::unwrap_used, reason = "a harness that can not go on fails its test")]

pub mod broker;
pub mod database;
pub mod door;
pub mod ledger;
