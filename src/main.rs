//! The command line: names boot and nothing else.

fn main() {}
