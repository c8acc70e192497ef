//! The addresses to listen on.

use std::net::{Ipv4Addr, SocketAddr};

use super::{Environment, Refusal};

const API: &str = "VESTIBULE_LISTEN";
const METRICS: &str = "VESTIBULE_METRICS_LISTEN";

/// Where the API, the console and the webhooks are served. The flag wins over the environment.
pub fn api(environment: &Environment, flag: Option<&str>) -> Result<SocketAddr, Refusal> {
    let configured = match flag {
        Some(flag) => Some(flag),
        None => environment.text(API)?,
    };
    parse(API, configured, 8080)
}

/// Where Prometheus scrapes: never the public address.
pub fn metrics(environment: &Environment) -> Result<SocketAddr, Refusal> {
    parse(METRICS, environment.text(METRICS)?, 9464)
}

fn parse(
    name: &'static str,
    configured: Option<&str>,
    default_port: u16,
) -> Result<SocketAddr, Refusal> {
    let Some(text) = configured else { return Ok((Ipv4Addr::LOCALHOST, default_port).into()) };
    let example = if default_port == 8080 { "127.0.0.1:8080" } else { "127.0.0.1:9464" };
    text.parse().map_err(|_| {
        Refusal::value(name, text, "must be an IP address and a port").for_example(example)
    })
}
