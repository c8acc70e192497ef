//! What Linux knows of this process, in Prometheus' text format and under the names that every client library uses. Elsewhere: nothing.

use std::fmt::{Display, Write};
use std::fs;
use std::sync::LazyLock;
use std::time::SystemTime;

/// Ticks a second in `/proc`: part of Linux' interface, whatever the kernel's own timer does.
const TICKS_A_SECOND: f64 = 100.0;

static STARTED: LazyLock<SystemTime> = LazyLock::new(SystemTime::now);

/// From now on the process counts as running.
pub fn begins() {
    LazyLock::force(&STARTED);
}

/// As a scrape gets it.
pub fn text() -> String {
    let mut text = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let build = format!("vestibule_build_info{{version=\"{version}\"}}");
    write(&mut text, &build, "gauge", "1, with the running version.", Some(1));
    let started = STARTED.duration_since(SystemTime::UNIX_EPOCH).ok();
    let started = started.map(|since| since.as_secs_f64());
    write(
        &mut text,
        "process_start_time_seconds",
        "gauge",
        "When the process started, in seconds since 1970.",
        started,
    );
    write(
        &mut text,
        "process_cpu_seconds_total",
        "counter",
        "Processor time used, in seconds.",
        cpu_seconds(),
    );
    write(&mut text, "process_resident_memory_bytes", "gauge", "Memory in use.", resident_bytes());
    write(&mut text, "process_threads", "gauge", "Threads.", status("Threads:"));
    let open = fs::read_dir("/proc/self/fd").ok().map(Iterator::count);
    write(&mut text, "process_open_fds", "gauge", "Files and sockets that are open.", open);
    write(&mut text, "process_max_fds", "gauge", "Files and sockets that may be open.", max_fds());
    text
}

fn write(text: &mut String, series: &str, kind: &str, help: &str, value: Option<impl Display>) {
    let Some(value) = value else { return };
    let name = series.split('{').next().unwrap_or(series);
    // A string takes whatever is written to it.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{series} {value}\n");
}

fn cpu_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // The second field is the program's name in brackets, and may hold anything; what is counted comes after it.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<f64>().ok();
    Some((ticks()? + ticks()?) / TICKS_A_SECOND)
}

fn resident_bytes() -> Option<u64> {
    status("VmRSS:").map(|kibibytes| kibibytes * 1024)
}

fn status(field: &str) -> Option<u64> {
    number_after(&fs::read_to_string("/proc/self/status").ok()?, field)
}

fn max_fds() -> Option<u64> {
    number_after(&fs::read_to_string("/proc/self/limits").ok()?, "Max open files")
}

fn number_after(text: &str, field: &str) -> Option<u64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(field))?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use crate::boot::telemetry::catalogue::OF_THE_PROCESS;

    #[test]
    fn a_process_knows_what_it_uses() {
        let text = text();

        for name in OF_THE_PROCESS {
            assert!(text.contains(&format!("\n# TYPE {name} ")), "{name}: {text}");
        }
        let value = |name: &str| -> f64 {
            let line = text.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap();
            line.split(' ').nth(1).unwrap().parse().unwrap()
        };
        assert!(value("process_resident_memory_bytes") > 1_000_000.0, "{text}");
        assert!(value("process_open_fds") >= 3.0, "{text}");
        assert!(value("process_open_fds") < value("process_max_fds"), "{text}");
        assert!(value("process_start_time_seconds") > 1_700_000_000.0, "{text}");
    }
}
