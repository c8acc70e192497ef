//! Statistics, over the real server.
