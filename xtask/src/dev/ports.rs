use std::{
    collections::HashMap,
    io::ErrorKind,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener},
};

use clap::Args;

use crate::failure::Failure;

/// A path at Entra's port that responds once the emulator is up.
pub(crate) const ENTRA_PROBE: &str = "/organizations/v2.0/.well-known/openid-configuration";

/// The ports of all servers, which listen on the loopback interface only.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Ports {
    /// The page.
    #[arg(long = "page-port", value_name = "PORT", default_value_t = Self::DEFAULT.page)]
    pub(crate) page: u16,
    /// The emulator of Entra.
    #[arg(long = "entra-port", value_name = "PORT", default_value_t = Self::DEFAULT.entra)]
    pub(crate) entra: u16,
    /// The emulator of Azure Communication Services.
    #[arg(long = "acs-port", value_name = "PORT", default_value_t = Self::DEFAULT.acs)]
    pub(crate) acs: u16,
    /// The exchange service.
    #[arg(long = "service-port", value_name = "PORT", default_value_t = Self::DEFAULT.service)]
    pub(crate) service: u16,
    /// The example portal, which embeds the page.
    #[arg(long = "portal-port", value_name = "PORT", default_value_t = Self::DEFAULT.portal)]
    pub(crate) portal: u16,
    /// The stand-ins for Microsoft's sample backends, for a configuration that names them.
    #[arg(long = "samples-port", value_name = "PORT", default_value_t = Self::DEFAULT.samples)]
    pub(crate) samples: u16,
}

impl Ports {
    /// The ports in the configuration files of the repository.
    pub(crate) const DEFAULT: Self =
        Self { page: 8080, entra: 8401, acs: 8402, service: 8403, portal: 8090, samples: 8404 };

    fn named(&self) -> [(&'static str, u16); 6] {
        [
            ("--page-port", self.page),
            ("--entra-port", self.entra),
            ("--acs-port", self.acs),
            ("--service-port", self.service),
            ("--portal-port", self.portal),
            ("--samples-port", self.samples),
        ]
    }

    /// Checks that all ports are free and different, before anything is built.
    ///
    /// # Errors
    ///
    /// [`Failure::PortTaken`] or [`Failure::PortTwice`] for the first port that is not.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        let mut seen = HashMap::new();
        for (option, port) in self.named() {
            if let Some(other) = seen.insert(port, option) {
                return Err(Failure::PortTwice { port, options: [other, option] });
            }
        }
        for (option, port) in self.named() {
            // Browsers try both addresses of `localhost`, so another program on either one could respond instead.
            for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
                match TcpListener::bind((address, port)) {
                    Err(error) if error.kind() == ErrorKind::AddrInUse => {
                        return Err(Failure::PortTaken { port, option });
                    }
                    Err(error) if address.is_ipv4() => {
                        return Err(Failure::io(format!("listening on port {port} ({option} changes it)"))(error));
                    }
                    // A machine without IPv6 has no such address to listen on.
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Rewrites a configuration from the default ports to these. One pass, so that two ports can be swapped.
    pub(crate) fn rewrite(&self, text: &str) -> String {
        const HOSTS: [&str; 2] = ["localhost:", "127.0.0.1:"];
        let mut rewritten = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = HOSTS.iter().filter_map(|host| rest.find(host).map(|at| at + host.len())).min() {
            let digits = rest[start..].bytes().take_while(u8::is_ascii_digit).count();
            let (before, after) = rest.split_at(start + digits);
            rewritten.push_str(&rest[..start]);
            match before[start..].parse().ok().and_then(|port| self.instead_of(port)) {
                Some(port) => rewritten.push_str(&port.to_string()),
                None => rewritten.push_str(&before[start..]),
            }
            rest = after;
        }
        rewritten + rest
    }

    fn instead_of(&self, default: u16) -> Option<u16> {
        let defaults = Self::DEFAULT.named().map(|(_, port)| port);
        let index = defaults.iter().position(|&port| port == default)?;
        Some(self.named()[index].1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_refused_with_the_option_that_changes_it() {
        let listeners = [(); 6].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap());
        let [page, entra, acs, service, portal, samples] =
            listeners.each_ref().map(|listener| listener.local_addr().unwrap().port());
        let taken = listeners.into_iter().nth(2);
        let ports = Ports { page, entra, acs, service, portal, samples };
        assert!(matches!(ports.check(), Err(Failure::PortTaken { port, option: "--acs-port" }) if port == acs));
        drop(taken);
        assert!(ports.check().is_ok());
    }

    #[test]
    fn one_port_for_two_servers_is_refused() {
        let ports = Ports { acs: 8401, ..Ports::DEFAULT };
        assert!(matches!(
            ports.check(),
            Err(Failure::PortTwice { port: 8401, options: ["--entra-port", "--acs-port"] })
        ));
    }

    #[test]
    fn a_configuration_is_rewritten_for_other_ports() {
        let ports = Ports { page: 9000, ..Ports::DEFAULT };
        let text = "connect-src http://localhost:8401 http://localhost:8080; listen = \"127.0.0.1:8403\" localhost:80";
        assert_eq!(
            ports.rewrite(text),
            "connect-src http://localhost:8401 http://localhost:9000; listen = \"127.0.0.1:8403\" localhost:80"
        );
        assert_eq!(Ports::DEFAULT.rewrite(text), text);
    }

    #[test]
    fn ports_may_be_swapped() {
        let ports = Ports { page: 8403, service: 8080, ..Ports::DEFAULT };
        assert_eq!(ports.rewrite("localhost:8080 localhost:8403"), "localhost:8403 localhost:8080");
    }
}
