//! One binary for all targets: `VESTIBULE_FUZZ` names the one that is tried.
#![no_main]

use std::sync::LazyLock;

use vestibule_fuzz::bodies::{Body, TARGETS};

static BODY: LazyLock<Body> = LazyLock::new(|| {
    let wanted = std::env::var("VESTIBULE_FUZZ").unwrap_or_default();
    let target = TARGETS.iter().find(|(name, _)| *name == wanted);
    target.unwrap_or_else(|| panic!("VESTIBULE_FUZZ is no target: {TARGETS:?}")).1
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| BODY(data));
