//! What would happen: calls that are played with the real rules in a simulated world, and recorded ones that are played again.
//!
//! Nothing here is written, and no rule is repeated: `decide` decides, by a virtual clock.

pub mod change;
mod phones;
pub mod play;
pub mod reaction;
pub mod recording;
pub mod replay;
pub mod simulate;
pub mod summary;
mod tapes;
pub mod verdict;
pub mod world;

#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod stories;
