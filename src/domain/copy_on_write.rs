//! What many read and few change: a building's configuration is handed to every decision, and copied by whoever changes its own.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

/// A value that costs nothing to clone; a clone becomes a copy when it is written to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyOnWrite<T>(Arc<T>);

impl<T> From<T> for CopyOnWrite<T> {
    fn from(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T> Deref for CopyOnWrite<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Clone> DerefMut for CopyOnWrite<T> {
    fn deref_mut(&mut self) -> &mut T {
        Arc::make_mut(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_to_a_clone_leaves_the_others_as_they_were() {
        let standing = CopyOnWrite::from(vec![1]);
        let mut changed = standing.clone();
        changed.push(2);
        assert_eq!((&*standing, &*changed), (&vec![1], &vec![1, 2]));
    }
}
