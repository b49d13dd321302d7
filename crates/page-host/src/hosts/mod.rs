//! The configuration of each kind of web server, written from the header profile.

mod azure_static_web_apps;
mod caddy;
mod headers_file;
mod nginx;
mod rules;

use thiserror::Error;

use crate::HostHeaders;

/// A kind of web server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Host {
    /// nginx 1.22 or later.
    Nginx,
    /// Caddy 2.6 or later.
    Caddy,
    /// Azure Static Web Apps.
    AzureStaticWebApps,
    /// Cloudflare Workers with static assets.
    Cloudflare,
    /// Netlify.
    Netlify,
}

/// What the configuration of a host depends on.
#[derive(Debug, Clone, Copy)]
pub struct Installation<'a> {
    /// The headers of each response.
    pub headers: &'a HostHeaders,
    /// The origin of the page, such as `https://signin.example.com`.
    pub origin: &'a str,
    /// The folder of the page's files on the server.
    pub root: &'a str,
    /// The paths of all files, such as `/index.html`.
    pub files: &'a [String],
    /// The certificate and its key, where the host reads them from files.
    pub certificate: (&'a str, &'a str),
}

impl<'a> Installation<'a> {
    /// The paths of all files, and the address of the page itself, for hosts that name each path.
    fn paths(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        ["/"].into_iter().chain(self.files.iter().map(String::as_str))
    }
}

/// A file of a host's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostFile {
    /// The path below the output folder, such as `site/_headers`.
    pub path: &'static str,
    /// The content.
    pub text: String,
}

/// Why a host cannot serve the page.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum HostError {
    /// A text has a character that the host's syntax cannot express.
    #[error("the configuration of {host} cannot have the character {character:?} in {text}")]
    Character {
        /// The host.
        host: &'static str,
        /// The character.
        character: char,
        /// The text with it.
        text: String,
    },
    /// The configuration is larger than the host accepts.
    #[error("{file} has {size} bytes, but the host accepts at most {limit}: name fewer portals or profiles")]
    TooLarge {
        /// The file, or one line of it.
        file: &'static str,
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
}

impl Host {
    /// The files of the host's configuration.
    ///
    /// # Errors
    /// If the host's syntax or its limits do not allow what the page needs.
    pub fn files(self, installation: &Installation) -> Result<Vec<HostFile>, HostError> {
        match self {
            Self::Nginx => nginx::files(installation),
            Self::Caddy => caddy::files(installation),
            Self::AzureStaticWebApps => azure_static_web_apps::files(installation),
            Self::Cloudflare => headers_file::cloudflare(installation),
            Self::Netlify => headers_file::netlify(installation),
        }
    }

    /// Whether the host sends the files `.br` and `.gz`. The others compress by themselves.
    pub fn sends_compressed_files(self) -> bool {
        matches!(self, Self::Nginx | Self::Caddy)
    }
}

/// The name of a header as it is usually written, such as `Content-Security-Policy`. Some hosts replace their own
/// headers only by the same spelling.
fn usual_spelling(name: &str) -> String {
    let mut starts = true;
    let spelled = name.chars().map(|c| {
        let spelled = if starts { c.to_ascii_uppercase() } else { c };
        starts = c == '-';
        spelled
    });
    spelled.collect()
}

#[cfg(test)]
mod tests;
