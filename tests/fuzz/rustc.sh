#!/bin/sh
# Cargo calls this in place of rustc: our own crates get counters for libFuzzer, all others are compiled as ever, and once for tests and
# fuzz targets alike. Nothing in here needs more than a stable compiler.
case " $* " in
    *' --crate-name vestibule '* | *' --crate-name vestibule_fuzz '*) ;;
    *) exec "$@" ;;
esac
exec "$@" -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
    -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares
