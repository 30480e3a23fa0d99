//! The one way out. Every request to the network is made by [`Outbound`]: encrypted, to hosts that were named beforehand,
//! at addresses that are not inside, and never somewhere else because an answer says so.

use anyhow::Context;
use reqwest::{
    RequestBuilder, Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
    time::Duration,
};

/// A host and its port, exact; without a port the usual one.
type Host = (String, Option<u16>);

pub struct Outbound {
    http: reqwest::Client,
    hosts: Vec<Host>,
    is_testing: bool,
}

/// Nothing was sent, and nobody was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address that requests may go to")]
pub struct Forbidden;

impl Outbound {
    /// To the hosts of these addresses. `is_testing` allows them to be inside and unencrypted, and this machine beside them.
    ///
    /// # Errors
    /// The client cannot be set up.
    pub fn new(
        hosts: &[&Url],
        timeout: Duration,
        is_testing: bool,
        lookup: Arc<dyn Resolve>,
    ) -> anyhow::Result<Outbound> {
        // Somebody else in the process may have installed the same one.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .timeout(timeout)
            .connect_timeout(timeout.mul_f32(0.5))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .https_only(!is_testing)
            .no_proxy()
            .dns_resolver(Screened { lookup, is_testing })
            .build()?;
        let host = |url: &&Url| Some((url.host_str()?.to_owned(), url.port()));
        let hosts = hosts.iter().map(host).collect::<Option<Vec<Host>>>().context("an address without a host")?;
        Ok(Outbound { http, hosts, is_testing })
    }

    /// # Errors
    /// [`Forbidden`]: a host that was not named, credentials in the address, or an address that is inside.
    pub fn post(&self, url: Url) -> Result<RequestBuilder, Forbidden> {
        let is_encrypted = url.scheme() == "https" || (self.is_testing && url.scheme() == "http");
        let has_credentials = !url.username().is_empty() || url.password().is_some();
        if is_encrypted && !has_credentials && (self.is_named(&url) || (self.is_testing && is_this_machine(&url))) {
            Ok(self.http.post(url))
        } else {
            Err(Forbidden)
        }
    }

    /// A name is looked at once more when it is resolved; a number is not resolved.
    fn is_named(&self, url: &Url) -> bool {
        let is_outside = || literal(url).is_none_or(may_connect) || self.is_testing;
        self.hosts.iter().any(|(host, port)| url.host_str() == Some(host) && url.port() == *port) && is_outside()
    }
}

/// Whether this is the machine we run on, by the names that cannot be anything else.
#[must_use]
pub fn is_this_machine(url: &Url) -> bool {
    matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]"))
}

/// The address that is written down in place of a name.
#[must_use]
pub fn literal(url: &Url) -> Option<IpAddr> {
    url.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

/// Whether this is an address of the public internet: nothing of this machine, its networks, or what its provider keeps
/// beside them, in whatever way it is written.
#[must_use]
pub fn may_connect(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !matches!(
        (a, b, c),
        // This network, this machine, and the private ones.
        (0 | 10 | 127, _, _) | (172, 16..=31, _) | (192, 168, _)
        // Shared by a provider's customers; neighbours on the cable, and with them the metadata of a cloud.
        | (100, 64..=127, _) | (169, 254, _)
        // Protocols, documentation, measurements.
        | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18 | 19, _) | (198, 51, 100) | (203, 0, 113)
        // Many at once, and nobody yet.
        | (224..=255, _, _)
    )
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    // A network without the old addresses reaches them through this prefix.
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let ([g1, g2], [h1, h2]) = (g.to_be_bytes(), h.to_be_bytes());
        return is_public_v4(Ipv4Addr::new(g1, g2, h1, h2));
    }
    let is_global = a & 0xe000 == 0x2000;
    // Tunnels that hide another address, documentation, and what is for protocols only.
    let is_special = a == 0x2002 || (a == 0x2001 && (b < 0x200 || b == 0xdb8)) || (a == 0x3fff && b < 0x1000);
    is_global && !is_special
}

/// Resolves names and passes on only addresses that are not inside, so that nobody's name server leads us there.
struct Screened {
    lookup: Arc<dyn Resolve>,
    is_testing: bool,
}

impl Resolve for Screened {
    fn resolve(&self, name: Name) -> Resolving {
        let (found, is_testing) = (self.lookup.resolve(name), self.is_testing);
        Box::pin(async move {
            let kept: Vec<_> = found.await?.filter(|it| is_testing || may_connect(it.ip())).collect();
            if kept.is_empty() { Err(Forbidden.into()) } else { Ok(Box::new(kept.into_iter()) as Addrs) }
        })
    }
}

/// Asks the operating system.
pub struct System;

impl Resolve for System {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(Box::new(found.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const INSIDE: [(&str, u8); 19] = [
        ("0.0.0.0", 8),
        ("10.0.0.0", 8),
        ("100.64.0.0", 10),
        ("127.0.0.0", 8),
        ("169.254.0.0", 16),
        ("172.16.0.0", 12),
        ("192.0.0.0", 24),
        ("192.168.0.0", 16),
        ("198.18.0.0", 15),
        ("224.0.0.0", 4),
        ("240.0.0.0", 4),
        ("::", 96),
        ("::ffff:0:0", 96),
        ("64:ff9b:1::", 48),
        ("2001:db8::", 32),
        ("2002::", 16),
        ("fc00::", 7),
        ("fe80::", 10),
        ("ff00::", 8),
    ];

    fn is_within(ip: IpAddr, (network, bits): (&str, u8)) -> bool {
        match (ip, network.parse().unwrap()) {
            (IpAddr::V4(ip), IpAddr::V4(network)) => (u32::from(ip) ^ u32::from(network)) >> (32 - bits) == 0,
            (IpAddr::V6(ip), IpAddr::V6(network)) => (u128::from(ip) ^ u128::from(network)) >> (128 - bits) == 0,
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn no_address_of_a_network_inside_is_connected_to(network in 0..INSIDE.len(), rest in any::<u128>()) {
            let (first, bits) = INSIDE[network];
            let ip = match first.parse().unwrap() {
                IpAddr::V4(it) => IpAddr::V4((u32::from(it) | (rest as u32 >> bits)).into()),
                IpAddr::V6(it) => IpAddr::V6((u128::from(it) | (rest >> bits)).into()),
            };
            prop_assert!(is_within(ip, INSIDE[network]));
            prop_assert!(!may_connect(ip), "{ip}");
        }

        #[test]
        fn what_is_not_inside_is_connected_to_unless_it_is_set_aside(bits in any::<u32>()) {
            let ip = IpAddr::V4(bits.into());
            let set_aside = [("192.0.2.0", 24), ("192.88.99.0", 24), ("198.51.100.0", 24), ("203.0.113.0", 24)];
            let is_inside = INSIDE.into_iter().chain(set_aside).any(|network| is_within(ip, network));
            prop_assert_eq!(may_connect(ip), !is_inside);
        }

        #[test]
        fn an_old_address_in_a_new_coat_is_no_way_in(bits in any::<u32>()) {
            let ip = Ipv4Addr::from(bits);
            let [a, b, c, d] = ip.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            prop_assert!(!may_connect(IpAddr::V6(ip.to_ipv6_mapped())));
            prop_assert!(!may_connect(IpAddr::V6(Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1))));
            let translated = Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low);
            prop_assert_eq!(may_connect(IpAddr::V6(translated)), may_connect(IpAddr::V4(ip)));
        }
    }

    #[test]
    fn well_known_addresses_outside_are_connected_to() {
        for ip in ["1.1.1.1", "3.68.56.232", "99.80.0.1", "2606:4700::1111", "2a05:d014::1", "64:ff9b::1.1.1.1"] {
            assert!(may_connect(ip.parse().unwrap()), "{ip}");
        }
    }
}
