use azure_emulator::{Clock, Emulator, Options, Tls};
use tokio::task::JoinSet;

use crate::loopback::{listen, url};

/// The emulated Entra over https, which Microsoft's own client requires. It ends when this is dropped.
pub struct Entra {
    /// The origin of Entra. Its certificate is not trusted by default.
    pub origin: String,
    /// Controls the emulator, and knows what it issued.
    pub emulator: Emulator,
    _servers: JoinSet<std::io::Result<()>>,
}

impl Entra {
    /// Starts it. With `coop`, its pages send `Cross-Origin-Opener-Policy`, which cuts them off from their openers.
    pub async fn start(coop: bool) -> Self {
        let [entra, acs] = [listen().await, listen().await];
        let [entra_url, acs_url] = [&entra, &acs].map(|listener| url(listener).replacen("http", "https", 1));
        let clock = Clock::system();
        let tls = Tls::generate(&clock);
        let emulator = Emulator::new(Options { entra_url: entra_url.clone(), acs_url, clock, coop });
        let mut servers = JoinSet::new();
        let served = emulator.clone();
        servers.spawn(async move { azure_emulator::serve_tls(served, entra, acs, &tls).await });
        Self { origin: entra_url, emulator, _servers: servers }
    }
}
