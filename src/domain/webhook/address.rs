//! Where a webhook may be: on the public internet, and nowhere that only we can reach.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// A URL's length, in characters.
pub const LONGEST: usize = 2_000;
/// Ports from 1024 on behind which something answers that is no web server, or is nobody's business.
const DANGEROUS_PORTS: &[std::ops::RangeInclusive<u16>] = &[
    1433..=1434,   // SQL Server
    1521..=1521,   // Oracle
    1723..=1723,   // PPTP
    1883..=1883,   // MQTT
    2049..=2049,   // NFS
    2181..=2181,   // ZooKeeper
    2375..=2380,   // Docker, etcd
    3260..=3260,   // iSCSI
    3306..=3306,   // MySQL
    3389..=3389,   // remote desktop
    4369..=4369,   // Erlang
    5060..=5061,   // SIP
    5432..=5433,   // PostgreSQL
    5671..=5672,   // AMQP
    5900..=5910,   // VNC
    5984..=5986,   // CouchDB, WinRM
    6000..=6063,   // X11
    6379..=6380,   // Redis
    6443..=6443,   // Kubernetes
    6660..=6669,   // IRC
    6697..=6697,   // IRC
    7000..=7001,   // Cassandra
    8086..=8086,   // InfluxDB
    8500..=8502,   // Consul
    8600..=8600,   // Consul
    9042..=9042,   // Cassandra
    9092..=9094,   // Kafka
    9160..=9160,   // Cassandra
    9200..=9200,   // Elasticsearch
    9300..=9300,   // Elasticsearch
    10248..=10259, // Kubernetes
    11211..=11211, // memcached
    15672..=15672, // RabbitMQ
    25672..=25672, // RabbitMQ
    26379..=26379, // Redis
    27017..=27019, // MongoDB
    50070..=50070, // Hadoop
    61613..=61616, // ActiveMQ
];
/// Names that no public server has.
const PRIVATE_SUFFIXES: [&str; 9] =
    ["localhost", "local", "internal", "intranet", "private", "corp", "home", "lan", "arpa"];

/// Whether webhooks may stay inside the operator's own network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PrivateAddresses {
    /// No: public addresses only, by https.
    #[default]
    Refused,
    /// Yes, for a machine of one's own: any address and port, with or without TLS.
    Allowed,
}

/// Where a webhook is.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(Url);

/// Without its path and query: they may hold a secret of its owner's.
impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({})", self.0.host_str().unwrap_or_default())
    }
}

/// Why a webhook may not be there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL.
    #[error("is not a URL: write it like https://hooks.example.com/vestibule")]
    NotAUrl,
    /// Too long.
    #[error("has more than {LONGEST} characters")]
    TooLong,
    /// Something else than the web.
    #[error("must begin with https://")]
    NotHttps,
    /// A name or password before the host.
    #[error("must not hold a user name or password: check the signature instead")]
    UserInfo,
    /// A part that is never sent.
    #[error("must not have a fragment (#…): it is never sent")]
    Fragment,
    /// A port of something else.
    #[error("must use port 443, 80, or one from 1024 on behind which no other service is known")]
    Port,
    /// Not on the public internet.
    #[error("must be on the public internet: this host is private, local or reserved")]
    NotPublic,
}

impl Address {
    /// Reads a URL, and refuses what may not be reached. Numbers in any notation (decimal, octal, hexadecimal) are read as the
    /// addresses that they are.
    pub fn parse(text: &str, private: PrivateAddresses) -> Result<Self, AddressError> {
        if text.chars().count() > LONGEST {
            return Err(AddressError::TooLong);
        }
        // The reader forgives spaces and line breaks; what is stored and shown should be what is used.
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(AddressError::NotAUrl);
        }
        let url = Url::parse(text).map_err(|_| AddressError::NotAUrl)?;
        match (url.scheme(), private) {
            ("https", _) | ("http", PrivateAddresses::Allowed) => {}
            _ => return Err(AddressError::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() || has_user_info(text) {
            return Err(AddressError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(AddressError::Fragment);
        }
        let host = url.host().ok_or(AddressError::NotAUrl)?;
        if private == PrivateAddresses::Refused {
            check_host(&host)?;
            check_port(url.port_or_known_default().unwrap_or_default())?;
        }
        Ok(Self(url))
    }

    /// As it is sent to.
    pub fn url(&self) -> &Url {
        &self.0
    }
}

/// An empty name (`https://@host`) leaves no trace in the parsed URL, but deceives who reads it.
fn has_user_info(text: &str) -> bool {
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme
        .split(['/', '\\', '?', '#'])
        .next()
        .is_some_and(|authority| authority.contains('@'))
}

fn check_host(host: &Host<&str>) -> Result<(), AddressError> {
    let is_public = match host {
        Host::Ipv4(address) => is_public(IpAddr::V4(*address)),
        Host::Ipv6(address) => is_public(IpAddr::V6(*address)),
        Host::Domain(name) => is_public_name(name),
    };
    if is_public { Ok(()) } else { Err(AddressError::NotPublic) }
}

fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    // A name without a dot is looked up among the neighbours.
    name.split_once('.').is_some()
        && name.rsplit('.').next().is_some_and(|last| !PRIVATE_SUFFIXES.contains(&last))
}

fn check_port(port: u16) -> Result<(), AddressError> {
    let is_usual = matches!(port, 443 | 80) || port >= 1024;
    let is_dangerous = DANGEROUS_PORTS.iter().any(|ports| ports.contains(&port));
    if is_usual && !is_dangerous { Ok(()) } else { Err(AddressError::Port) }
}

/// Whether anyone on the internet would reach the same machine at this address.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// From IANA's registry of special addresses, and one that a cloud serves to its guests only.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, d] = address.octets();
    match (a, b, c, d) {
        // this network, private, loopback, multicast and reserved
        (0 | 10 | 127 | 224..=255, ..) => false,
        // shared with the provider
        (100, 64..=127, ..) => false,
        // link-local, where clouds keep their metadata
        (169, 254, ..) => false,
        (172, 16..=31, ..) | (192, 168, ..) => false,
        // protocol assignments, documentation, 6to4 relays, benchmarks
        (192, 0, 0 | 2, _) | (192, 88, 99, _) | (198, 18 | 19, ..) => false,
        (198, 51, 100, _) | (203, 0, 113, _) => false,
        // Azure's host agent
        (168, 63, 129, 16) => false,
        _ => true,
    }
}

/// Only what is routed on the internet at all, 2000::/3, less what stands for something else. IPv4 in disguise (`::ffff:…`,
/// NAT64's `64:ff9b::/96`) and private networks lie outside.
fn is_public_v6(address: Ipv6Addr) -> bool {
    match address.segments() {
        // protocol assignments (Teredo among them), documentation, IPv4 in 6to4
        [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x2002, ..] => false,
        [0x3fff, 0..=0x0fff, ..] => false,
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOT_PUBLIC: &str = "
        127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 0177.0.0.1 017700000001 0 0.0.0.0 10.0.0.1
        10.255.255.255 172.16.0.1 172.31.255.255 192.168.1.1 3232235777 169.254.169.254 0xA9FEA9FE
        2852039166 0251.0376.0251.0376 100.64.0.1 100.100.100.200 100.127.255.255 192.0.0.192 192.0.2.1
        192.88.99.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1
        255.255.255.255 168.63.129.16 [::1] [::] [::ffff:127.0.0.1] [::ffff:8.8.8.8] [::ffff:a9fe:a9fe]
        [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b::8.8.8.8] [64:ff9b:1::1] [fe80::1] [fec0::1] [fc00::1]
        [fd00:ec2::254] [ff02::1] [2001::1] [2001:db8::1] [2002:7f00:1::] [3fff::1] [100::1] localhost
        LOCALHOST localhost. a.localhost db postgres metadata.google.internal printer.local １２７.0.0.1
        ⑯⑨.254.169.254 127。0。0。1
    ";

    fn refused(url: &str) -> Option<AddressError> {
        Address::parse(url, PrivateAddresses::Refused).err()
    }

    #[test]
    fn a_public_https_url_is_taken_as_it_is() {
        for url in [
            "https://hooks.example.com/vestibule?key=1",
            "https://hooks.example.com:8443/",
            "https://hooks.example.com:80/",
            "https://8.8.8.8/",
            "https://[2606:4700:4700::1111]/",
            "https://bücher.example/",
        ] {
            assert_eq!(refused(url), None, "{url}");
        }
    }

    #[test]
    fn an_address_that_is_not_public_is_refused_in_every_notation() {
        for host in NOT_PUBLIC.split_whitespace() {
            let why = refused(&format!("https://{host}/"));
            let is_refused = matches!(why, Some(AddressError::NotPublic | AddressError::NotAUrl));
            assert!(is_refused, "{host}: {why:?}");
        }
        assert!(NOT_PUBLIC.split_whitespace().count() > 50);
    }

    #[test]
    fn only_https_without_user_or_fragment_on_a_web_port_is_taken() {
        for (url, why) in [
            ("http://hooks.example.com/", AddressError::NotHttps),
            ("ftp://hooks.example.com/", AddressError::NotHttps),
            ("file:///etc/passwd", AddressError::NotHttps),
            ("gopher://hooks.example.com:6379/_x", AddressError::NotHttps),
            ("javascript:alert(1)", AddressError::NotHttps),
            ("data:text/plain,x", AddressError::NotHttps),
            ("https://ada@hooks.example.com/", AddressError::UserInfo),
            ("https://ada:secret@hooks.example.com/", AddressError::UserInfo),
            ("https://hooks.example.com@127.0.0.1/", AddressError::UserInfo),
            ("https://@hooks.example.com/", AddressError::UserInfo),
            ("https://:@hooks.example.com/", AddressError::UserInfo),
            ("https:ada@hooks.example.com/", AddressError::UserInfo),
            ("https::secret@hooks.example.com/", AddressError::UserInfo),
            ("https://hooks.example.com/#x", AddressError::Fragment),
            ("https://hooks.example.com:22/", AddressError::Port),
            ("https://hooks.example.com:25/", AddressError::Port),
            ("https://hooks.example.com:0/", AddressError::Port),
            ("https://hooks.example.com:5432/", AddressError::Port),
            ("https://hooks.example.com:6379/", AddressError::Port),
            ("https://hooks.example.com:2375/", AddressError::Port),
            ("https:///", AddressError::NotAUrl),
            ("https://", AddressError::NotAUrl),
            ("hooks.example.com", AddressError::NotAUrl),
            ("", AddressError::NotAUrl),
            ("https://hooks.example.com/a b", AddressError::NotAUrl),
            ("https://hooks.exa\nmple.com/", AddressError::NotAUrl),
            ("https://hooks.example.com:99999/", AddressError::NotAUrl),
        ] {
            assert_eq!(refused(url), Some(why), "{url}");
        }
        let long = format!("https://hooks.example.com/{}", "x".repeat(LONGEST));
        assert_eq!(refused(&long), Some(AddressError::TooLong));
        let longest = &long[..LONGEST];
        assert_eq!(refused(longest), None);
        assert_eq!(refused(&format!("{longest}x")), Some(AddressError::TooLong));
        assert_eq!(refused("https://hooks.example.com:1024/"), None);
        assert_eq!(refused("https://hooks.example.com:1023/"), Some(AddressError::Port));
    }

    #[test]
    fn the_operator_may_allow_private_addresses_but_nothing_else() {
        let allowed = |url| Address::parse(url, PrivateAddresses::Allowed).err();

        assert_eq!(allowed("http://127.0.0.1:8081/hook"), None);
        assert_eq!(allowed("http://localhost/hook"), None);
        assert_eq!(allowed("file:///etc/passwd"), Some(AddressError::NotHttps));
        assert_eq!(allowed("http://a@127.0.0.1/"), Some(AddressError::UserInfo));
    }

    #[test]
    fn debug_output_hides_the_path() {
        let address =
            Address::parse("https://hooks.example.com/s3cret", PrivateAddresses::Refused).unwrap();

        assert_eq!(format!("{address:?}"), "Address(hooks.example.com)");
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "\\PC{0,60}") {
            let _ = Address::parse(&format!("https://{text}"), PrivateAddresses::Refused);
        }

        #[test]
        fn no_private_ipv4_is_public_however_it_is_dressed(low in any::<u32>()) {
            let private = Ipv4Addr::from((10 << 24) | (low & 0x00ff_ffff));
            for dressed in [IpAddr::V4(private), IpAddr::V6(private.to_ipv6_mapped()), IpAddr::V6(private.to_ipv6_compatible())] {
                prop_assert!(!is_public(dressed));
            }
        }
    }
}
