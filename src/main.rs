//! The command line: names boot and nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    vestibule::boot::main()
}
