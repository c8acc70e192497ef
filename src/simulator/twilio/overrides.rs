//! Connection overrides: how long to wait and what to try again, said in the fragment of a webhook's URL.

use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overrides {
    pub connect: Duration,
    pub read: Duration,
    pub total: Duration,
    pub retries: u32,
    pub retry: Vec<Retry>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retry {
    ClientError,
    ServerError,
    Connect,
    Read,
}

const EDGES: [&str; 8] =
    ["ashburn", "dublin", "frankfurt", "sao-paulo", "singapore", "sydney", "tokyo", "umatilla"];

impl Overrides {
    /// Reads the fragment. Refused (11243) with the part that is no good.
    pub fn read(url: &str, total_max: Duration) -> Result<Self, String> {
        let mut read = Self {
            connect: Duration::from_secs(5),
            read: total_max,
            total: total_max,
            retries: 1,
            retry: vec![Retry::Connect],
        };
        let Some((_, fragment)) = url.split_once('#') else { return Ok(read) };
        for part in fragment.split('&').filter(|part| !part.is_empty()) {
            let refused = || format!("connection override {part:?} means nothing (11243)");
            let (key, value) = part.split_once('=').ok_or_else(refused)?;
            let between = |most: u64| {
                let number = value.parse::<u64>().ok().filter(|ms| (100..=most).contains(ms));
                number.map(Duration::from_millis).ok_or_else(refused)
            };
            match key {
                "ct" => read.connect = between(10_000)?,
                "rt" => read.read = between(15_000)?,
                "tt" => read.total = between(15_000)?,
                "rc" => {
                    read.retries =
                        value.parse().ok().filter(|count| *count <= 5).ok_or_else(refused)?;
                }
                "rp" => read.retry = policies(value).ok_or_else(refused)?,
                "sni" if matches!(value, "y" | "n") => {}
                "e" if value.split(',').all(is_edge) => {}
                _ => return Err(refused()),
            }
        }
        // The hard limit holds whatever the overrides say.
        read.total = read.total.min(total_max);
        read.read = read.read.min(read.total);
        Ok(read)
    }
}

fn is_edge(edge: &str) -> bool {
    EDGES.contains(&edge) || edge.ends_with("-ix")
}

fn policies(value: &str) -> Option<Vec<Retry>> {
    let mut all = Vec::new();
    for policy in value.split(',') {
        match policy {
            "4xx" => all.push(Retry::ClientError),
            "5xx" => all.push(Retry::ServerError),
            "ct" => all.push(Retry::Connect),
            "rt" => all.push(Retry::Read),
            "all" => {
                all.extend([Retry::ClientError, Retry::ServerError, Retry::Connect, Retry::Read])
            }
            _ => return None,
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: Duration = Duration::from_secs(15);

    #[test]
    fn the_fragment_says_how_long_and_what_again() {
        let read = Overrides::read("https://h/p?q=1#ct=2000&rt=5000&rc=2&rp=ct,rt", MAX).unwrap();

        assert_eq!(
            (read.connect.as_millis(), read.read.as_millis(), read.retries),
            (2000, 5000, 2)
        );
        assert_eq!(read.retry, [Retry::Connect, Retry::Read]);
        assert_eq!(Overrides::read("https://h/p", MAX).unwrap().retry, [Retry::Connect]);
    }

    #[test]
    fn what_is_out_of_range_is_refused() {
        for fragment in ["rp=6xx", "rc=6", "ct=50", "colour=red", "ct"] {
            assert!(
                Overrides::read(&format!("https://h/p#{fragment}"), MAX).is_err(),
                "{fragment}"
            );
        }
    }
}
