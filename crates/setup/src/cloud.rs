//! The public cloud, with its fixed hosts, or an emulator of it. The token goes to no other host.

use std::{fs, net::IpAddr};

use reqwest::{Certificate, Url};
use serde::Deserialize;

use crate::failure::Failure;

/// Microsoft's public cloud, or an emulator of it on this machine.
#[derive(Clone, Debug)]
pub struct Cloud {
    /// The origin of Entra.
    pub authority: String,
    /// The base of Graph, with a slash at its end.
    pub(crate) graph: Url,
    /// The only authority of certificates that is trusted, for an emulator.
    pub(crate) certificate: Option<Certificate>,
}

/// An emulator of Entra and Graph, for trials and tests.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Emulator {
    url: String,
    ca_file: Option<String>,
}

impl Cloud {
    /// The public cloud.
    pub(crate) fn public() -> Self {
        let graph = Url::parse("https://graph.microsoft.com/v1.0/").expect("the constant is an address");
        Self { authority: "https://login.microsoftonline.com".to_owned(), graph, certificate: None }
    }

    /// An emulator, which must be on this machine.
    ///
    /// # Errors
    /// [`Failure::Settings`] for any other host, or a certificate that cannot be read.
    pub(crate) fn emulated(emulator: &Emulator) -> Result<Self, Failure> {
        let settings = |key: &str, reason: &str| Failure::Settings { key: key.to_owned(), reason: reason.to_owned() };
        let url = Url::parse(&emulator.url).ok().filter(is_loopback);
        let url = url.ok_or_else(|| settings("emulator.url", "must be an origin on this machine"))?;
        let graph = url.join("/v1.0/").map_err(|_| settings("emulator.url", "must be an origin on this machine"))?;
        let certificate = match &emulator.ca_file {
            None => None,
            Some(path) => {
                let pem = fs::read(path).map_err(|error| settings("emulator.ca_file", &error.to_string()))?;
                Some(Certificate::from_pem(&pem).map_err(|_| settings("emulator.ca_file", "is not a certificate"))?)
            }
        };
        Ok(Self { authority: url.origin().ascii_serialization(), graph, certificate })
    }
}

/// Whether this is an origin of this machine, so that nothing sent there leaves it.
fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let is_this_machine = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let is_origin = url.path() == "/" && url.query().is_none() && url.username().is_empty() && url.password().is_none();
    is_this_machine && is_origin && matches!(url.scheme(), "http" | "https")
}

#[cfg(test)]
mod tests {
    use super::{Cloud, Emulator};

    #[test]
    fn an_emulator_is_on_this_machine_only() {
        let read = |url: &str| Cloud::emulated(&Emulator { url: url.to_owned(), ca_file: None });
        for url in ["https://localhost:8401", "http://127.0.0.1:8401/", "http://[::1]:8401"] {
            assert!(read(url).is_ok(), "{url}");
        }
        for url in [
            "https://graph.attacker.example",
            "https://localhost.attacker.example",
            "https://localhost@attacker.example",
            "http://127.0.0.1.attacker.example/",
            "https://user@localhost/",
            "https://localhost/path",
            "ftp://localhost/",
            "http://10.0.0.1/",
            "localhost",
        ] {
            assert!(read(url).is_err(), "{url}");
        }
    }
}
