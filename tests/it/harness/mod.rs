//! What stories need and readers need not see: servers, people, phones.

pub mod broker;
