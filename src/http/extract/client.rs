//! Where a request comes from. What a proxy says is believed only if the operator named the proxy.

use std::future::{Ready, ready};
use std::net::IpAddr;

use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest};

use crate::http::edge::address::{client, network};
use crate::http::problem::Problem;

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
        network(self.address).to_string()
    }
}

impl FromRequest for Client {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let user_agent = request.headers().get(USER_AGENT).and_then(|value| value.to_str().ok());
        let user_agent = user_agent.unwrap_or_default().chars().filter(|c| !c.is_control());
        ready(Ok(Self {
            address: client(request),
            user_agent: user_agent.take(LONGEST_AGENT).collect(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_counts_as_one() {
        let client =
            |text: &str| Client { address: text.parse().unwrap(), user_agent: String::new() };

        assert_eq!(client("2001:db8:1:2::3").bucket(), client("2001:db8:1:2:ffff::4").bucket());
        assert_ne!(client("2001:db8:1:2::3").bucket(), client("2001:db8:1:3::3").bucket());
    }
}
