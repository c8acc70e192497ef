//! The fuzz targets' saved inputs, each once, on whatever toolchain there is. `make fuzz` looks for more.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

/// No input takes longer: what parses is asked thousands of times a second. Generous, for a build without optimisation.
const AT_ONCE: Duration = Duration::from_secs(2);
const TRIES: usize = 3;

#[test]
fn every_saved_input_of_the_fuzzer_holds() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for (target, body) in bodies::TARGETS {
        let folder = corpus.join(target);
        let mut inputs: Vec<_> =
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        inputs.sort();
        assert!(inputs.len() >= 3, "{target}: {} inputs", inputs.len());
        for input in inputs {
            let bytes = fs::read(&input).unwrap();
            // A busy machine may hold up one of them, and not each time.
            let is_fast = (0..TRIES).any(|_| {
                let begun = Instant::now();
                let held = std::panic::catch_unwind(|| body(&bytes));
                assert!(held.is_ok(), "{} does not hold", input.display());
                begun.elapsed() < AT_ONCE
            });
            assert!(is_fast, "{} takes long", input.display());
        }
        body(b"");
    }
}

#[test]
fn every_folder_of_the_corpus_has_its_target() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    for folder in fs::read_dir(corpus).unwrap() {
        let name = folder.unwrap().file_name();
        assert!(bodies::TARGETS.iter().any(|(target, _)| name == *target), "{name:?}");
    }
}
