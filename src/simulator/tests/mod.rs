//! Journeys over real HTTP, against a door of the test's own.
