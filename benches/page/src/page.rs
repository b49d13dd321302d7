use clap::ValueEnum;

/// A page that signs a person in and shows the ACS token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Page {
    /// Our page.
    Ours,
    /// msal-browser without a framework.
    Msal,
    /// React with msal-react.
    React,
    /// oidc-client-ts.
    Oidc,
    /// A page that makes the requests of the protocol and nothing else.
    Floor,
    /// The same, which prepares the exchange while it waits for Entra.
    Early,
    /// Our page, configured for a portal.
    #[value(skip)]
    Framed,
}

impl Page {
    /// The heading of its column.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Self::Ours => "ours",
            Self::Msal => "msal-browser",
            Self::React => "React + msal-react",
            Self::Oidc => "oidc-client-ts",
            Self::Floor => "floor",
            Self::Early => "floor, exchange prepared",
            Self::Framed => "ours, in frames",
        }
    }

    /// The folder of a peer. `None` for our page.
    pub(crate) fn folder(self) -> Option<&'static str> {
        match self {
            Self::Ours | Self::Framed => None,
            Self::Msal => Some("msal"),
            Self::React => Some("react"),
            Self::Oidc => Some("oidc"),
            Self::Floor => Some("floor"),
            Self::Early => Some("early"),
        }
    }
}
