//! Where a request comes from: the peer, unless the peer is a proxy of the operator's, whose word then counts.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;
use actix_web::web::Data;
use ipnet::IpNet;

use crate::http::App;

/// Proxies that the operator runs. Anyone else could write what they like into the header.
#[derive(Clone, Debug, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// These networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether none is configured.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn trust(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client's address: from the right, the first that is no proxy of ours. What stands left of it may be invented.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = plain(peer);
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .map(|value| value.to_str().unwrap_or_default())
            .flat_map(|line| line.split(','))
            .collect();
        for hop in forwarded.into_iter().rev() {
            if !self.trust(client) {
                break;
            }
            let Some(hop) = read(hop) else { break };
            client = hop;
        }
        client
    }
}

/// Where this request comes from.
pub fn client(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map_or(Ipv4Addr::UNSPECIFIED.into(), |peer| peer.ip());
    match request.app_data::<Data<App>>() {
        Some(app) => app.proxies.client(peer, request.headers()),
        None => plain(peer),
    }
}

/// Whom a limit counts: a household or a customer has a whole /64 of IPv6.
pub fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// `203.0.113.7`, `203.0.113.7:4711`, `2001:db8::1`, `[2001:db8::1]:4711`.
fn read(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim();
    let bare = hop.parse().ok();
    let in_brackets =
        || hop.strip_prefix('[')?.split_once(']').and_then(|(address, _)| address.parse().ok());
    let with_port = || hop.parse::<std::net::SocketAddr>().ok().map(|address| address.ip());
    bare.or_else(with_port).or_else(in_brackets).map(plain)
}

/// `::ffff:203.0.113.7` is `203.0.113.7`.
fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn client(trusted: &[&str], peer: &str, lines: &[&str]) -> String {
        let proxies =
            Proxies::new(trusted.iter().map(|network| network.parse().unwrap()).collect());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(
                HeaderName::from_static("x-forwarded-for"),
                HeaderValue::from_str(line).unwrap(),
            );
        }
        proxies.client(peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn who_is_no_proxy_of_ours_speaks_for_nobody_else() {
        assert_eq!(client(&[], "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
        assert_eq!(client(&["10.0.0.0/8"], "203.0.113.7", &["198.51.100.1"]), "203.0.113.7");
    }

    #[test]
    fn behind_our_proxies_the_first_stranger_from_the_right_is_the_client() {
        let ours = ["10.0.0.0/8", "fd00::/8"];

        assert_eq!(client(&ours, "10.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&ours, "::ffff:10.0.0.1", &["198.51.100.1:4711"]), "198.51.100.1");
        assert_eq!(client(&ours, "fd00::1", &["[2001:db8::1]:4711, 10.0.0.2"]), "2001:db8::1");
        // invented by the client, left of what our proxy saw
        assert_eq!(client(&ours, "10.0.0.1", &["192.0.2.9, 198.51.100.1"]), "198.51.100.1");
        assert_eq!(client(&ours, "10.0.0.1", &["192.0.2.9", "198.51.100.1"]), "198.51.100.1");
    }

    #[test]
    fn a_proxy_that_says_nothing_readable_is_the_client_itself() {
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["unknown"]), "10.0.0.1");
        assert_eq!(client(&["10.0.0.0/8"], "10.0.0.1", &["192.0.2.9, _hidden"]), "10.0.0.1");
    }

    #[test]
    fn neighbours_in_one_network_count_as_one() {
        let of = |address: &str| network(address.parse().unwrap());

        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_ne!(of("203.0.113.7"), of("203.0.113.8"));
    }
}
