//! Streams: calls' audio for the firm's own backends. Which backends there are, who names them, and what streams now.

pub mod backends;
pub mod running;
pub mod sets;
