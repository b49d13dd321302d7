use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use page_host::{Choices, Configuration, HeaderProfile, Host, HostHeaders, TransportSecurity};

/// Builds the page for a web server, serves it on loopback, and checks a deployed page.
#[derive(Debug, Parser)]
#[command(name = "page-host", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Writes the files to upload and the configuration of the web server.
    Build(Build),
    /// Serves a built page on this computer, with the headers of production.
    Serve(Serve),
    /// Fetches every path of a deployed page and names each wrong header. Exit status: 0 no error, 1 errors, 2 failed.
    Check(Check),
}

#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The configuration of the page.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The web server.
    #[arg(long = "for", value_enum)]
    pub(crate) host: HostName,
    /// The folder that `cargo xtask dist` writes.
    #[arg(long, value_name = "FOLDER", default_value = "dist")]
    pub(crate) from: PathBuf,
    /// A new folder: `site/` in it is for the server, with the server's configuration next to it or in it.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// The address of the page, to compare it with `redirectUri`.
    #[arg(long, value_name = "URL")]
    pub(crate) address: Option<String>,
    /// The path of `site/` on the server, for nginx and Caddy. Without it, the path of `site/` here.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) root: Option<String>,
    /// The TLS certificate on the server, for nginx.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate: Option<String>,
    /// The key of the certificate.
    #[arg(long, value_name = "FILE")]
    pub(crate) certificate_key: Option<String>,
    #[command(flatten)]
    pub(crate) header_options: HeaderOptions,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The configuration of the page.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// The folder `site/` that `build` wrote.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) from: PathBuf,
    /// The port on loopback. Without it, that of `redirectUri`.
    #[arg(long)]
    pub(crate) port: Option<u16>,
    #[command(flatten)]
    pub(crate) header_options: HeaderOptions,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// The address of the page, such as https://signin.example.com/.
    pub(crate) url: String,
    /// The configuration that should be deployed. Without it, the deployed one is used.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The folder `site/` that should be deployed. Each of its files is fetched and compared.
    #[arg(long, value_name = "FOLDER")]
    pub(crate) site: Option<PathBuf>,
    /// Prints the findings as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) header_options: HeaderOptions,
}

/// The operator's choices that are not in `config.json`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct HeaderOptions {
    /// For portals that isolate themselves with Cross-Origin-Embedder-Policy.
    #[arg(long)]
    isolated_portals: bool,
    /// Leaves includeSubDomains out of Strict-Transport-Security.
    #[arg(long)]
    hsts_host_only: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HostName {
    Nginx,
    Caddy,
    AzureStaticWebApps,
    Cloudflare,
    Netlify,
}

impl From<HostName> for Host {
    fn from(name: HostName) -> Self {
        match name {
            HostName::Nginx => Self::Nginx,
            HostName::Caddy => Self::Caddy,
            HostName::AzureStaticWebApps => Self::AzureStaticWebApps,
            HostName::Cloudflare => Self::Cloudflare,
            HostName::Netlify => Self::Netlify,
        }
    }
}

impl HeaderOptions {
    /// The profile of the page's files.
    pub(crate) fn headers(self, configuration: &Configuration) -> HeaderProfile {
        HeaderProfile::new(configuration.addresses(), Choices { isolated_portals: self.isolated_portals })
    }

    /// What a host at this origin sends.
    pub(crate) fn host_headers(self, configuration: &Configuration, origin: &str) -> HostHeaders {
        let scope = if self.hsts_host_only { TransportSecurity::Host } else { TransportSecurity::Subdomains };
        HostHeaders::new(self.headers(configuration), origin, scope)
    }
}
