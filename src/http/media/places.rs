//! How many sockets there may be at a time: in all, and on one connection, so that one firm can not take the places of all others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::domain::ids::ConnectionId;

/// The places, and who has them.
#[derive(Clone, Debug)]
pub(super) struct Places {
    all: usize,
    each: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by: HashMap<ConnectionId, usize>,
}

/// A place, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Places,
    connection: Option<ConnectionId>,
}

impl Places {
    pub fn new(all: usize, each: usize) -> Self {
        Self { all, each, taken: Arc::default() }
    }

    /// A place for whom it may concern. None if all are taken.
    pub fn one(&self) -> Option<Place> {
        let mut taken = self.lock();
        if taken.all >= self.all {
            return None;
        }
        taken.all += 1;
        Some(Place { places: self.clone(), connection: None })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        // Nothing panics while it is held; and if it did, the counts would still be right.
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// The place, once it is known for whom. None if theirs are taken.
    pub fn on(mut self, connection: ConnectionId) -> Option<Self> {
        let mut taken = self.places.lock();
        let theirs = taken.by.entry(connection).or_default();
        if *theirs >= self.places.each {
            drop(taken);
            return None;
        }
        *theirs += 1;
        drop(taken);
        self.connection = Some(connection);
        Some(self)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all -= 1;
        let Some(connection) = self.connection else { return };
        if let Some(theirs) = taken.by.get_mut(&connection) {
            *theirs -= 1;
            if *theirs == 0 {
                taken.by.remove(&connection);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn connection(n: u128) -> ConnectionId {
        Uuid::from_u128(n).into()
    }

    #[test]
    fn one_connection_can_not_take_the_places_of_all_others() {
        let places = Places::new(3, 2);
        let take = |n| places.one().and_then(|place| place.on(connection(n)));

        let (first, _second) = (take(1).unwrap(), take(1).unwrap());
        assert!(take(1).is_none());
        let _other = take(2).unwrap();
        assert!(take(3).is_none(), "all three are taken");

        drop(first);
        assert!(take(1).is_some());
    }

    #[test]
    fn whoever_leaves_before_it_is_known_who_it_is_gives_the_place_back() {
        let places = Places::new(1, 1);

        drop(places.one());
        assert!(places.one().is_some());
    }
}
