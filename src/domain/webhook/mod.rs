//! Webhooks that go out: what a firm's own programs are told, where they may be, and how often it is tried.

pub mod address;
pub mod announcement;
pub mod attempt;
pub mod topic;
