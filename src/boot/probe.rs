//! Asks a running server whether it is well: a container's health check, without curl in the image.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;

use super::config::{Environment, listen};

const PATIENCE: Duration = Duration::from_secs(3);

/// Success when the answer is a 2xx within the time allowed.
pub async fn ask(
    environment: &Environment,
    address: Option<SocketAddr>,
    path: &str,
) -> anyhow::Result<ExitCode> {
    let address = match address {
        Some(address) => address,
        None => listen::api(environment, None)?,
    };
    let url = format!("http://{}{path}", reachable(address));
    let client = reqwest::Client::builder()
        .timeout(PATIENCE)
        .no_proxy()
        .build()
        .context("no HTTP client")?;
    let answer =
        client.get(&url).send().await.with_context(|| format!("nobody answers at {url}"))?;
    if answer.status().is_success() {
        return Ok(ExitCode::SUCCESS);
    }
    anyhow::bail!("{url} answered {}", answer.status())
}

/// Where a server that listens on every interface can be asked from inside its own container.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_interface_is_asked_on_the_loopback_one() {
        assert_eq!(reachable("0.0.0.0:8080".parse().unwrap()).to_string(), "127.0.0.1:8080");
        assert_eq!(reachable("[::]:8080".parse().unwrap()).to_string(), "[::1]:8080");
        assert_eq!(reachable("10.0.0.7:80".parse().unwrap()).to_string(), "10.0.0.7:80");
    }
}
