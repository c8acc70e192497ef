//! Where a request comes from. What a proxy says is believed only if the operator named the proxy.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr};

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, USER_AGENT};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest};
use ipnet::IpNet;

use crate::http::App;
use crate::http::problem::Problem;

const FORWARDED_FOR: &str = "X-Forwarded-For";
const LONGEST_AGENT: usize = 200;

/// Whoever sends a request.
#[derive(Clone, Debug)]
pub struct Client {
    /// Their address.
    pub address: IpAddr,
    /// What they call their program.
    pub user_agent: String,
}

impl Client {
    /// What attempts are counted by: a household has one IPv4 address, but as many IPv6 addresses as it likes.
    pub fn bucket(&self) -> String {
        match self.address {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let proxies = request.app_data::<Data<App>>().map_or(&[][..], |app| &app.proxies);
        let peer = request.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = user_agent.unwrap_or_default().chars().filter(|c| !c.is_control());
        ready(Ok(Self {
            address: address(peer, request.headers(), proxies),
            user_agent: user_agent.take(LONGEST_AGENT).collect(),
        }))
    }
}

/// The last address in the chain that is not a proxy of ours: whatever stands before it, anyone could have written.
fn address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> IpAddr {
    let is_ours = |address: &IpAddr| proxies.iter().any(|net| net.contains(address));
    let mut address = peer.to_canonical();
    let values: Vec<_> =
        headers.get_all(FORWARDED_FOR).filter_map(|value| value.to_str().ok()).collect();
    let mut said = values.iter().rev().flat_map(|value| value.rsplit(','));
    while is_ours(&address) {
        match said.next().map(|text| text.trim().parse::<IpAddr>()) {
            Some(Ok(before)) => address = before.to_canonical(),
            Some(Err(_)) | None => break,
        }
    }
    address
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn said(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            let name = HeaderName::from_static("x-forwarded-for");
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_header_is_believed_from_a_named_proxy_only() {
        let proxy: IpAddr = "10.0.0.1".parse().unwrap();
        let stranger: IpAddr = "203.0.113.9".parse().unwrap();
        let ours = ["10.0.0.0/8".parse().unwrap()];
        let headers = said(&["198.51.100.7, 192.0.2.1", "10.0.0.2"]);

        assert_eq!(address(stranger, &headers, &ours), stranger);
        assert_eq!(address(proxy, &headers, &[]), proxy);
        assert_eq!(address(proxy, &headers, &ours), "192.0.2.1".parse::<IpAddr>().unwrap());
        assert_eq!(address(proxy, &said(&["nonsense"]), &ours), proxy);
    }

    #[test]
    fn a_household_counts_as_one() {
        let client =
            |text: &str| Client { address: text.parse().unwrap(), user_agent: String::new() };

        assert_eq!(client("2001:db8:1:2::3").bucket(), client("2001:db8:1:2:ffff::4").bucket());
        assert_ne!(client("2001:db8:1:2::3").bucket(), client("2001:db8:1:3::3").bucket());
    }
}
