//! Tokens for Graph: how they are issued, and what their scopes and the roles of the person allow.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use serde_json::json;

use crate::{
    Emulator,
    accounts::{Account, Persona, account_by_object_id},
    authority::Authority,
    directory::Tenant,
    graph::graph_error::GraphError,
    jwt,
    registrations::GRAPH,
};

/// Microsoft Graph Command Line Tools, for which the tokens are issued.
const COMMAND_LINE_TOOLS: &str = "14d82eec-204b-4c2f-b7e8-296a70dab67e";

/// The lifetime of a token.
const SECONDS: u64 = 3900;

/// The person of a token for Graph.
pub(super) struct Caller {
    pub(super) account: &'static Account,
    pub(super) tenant: &'static Tenant,
    scopes: Vec<String>,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Right {
    /// Reading the directory.
    Read,
    /// Writing applications and service principals.
    Applications,
    /// Granting permissions to applications.
    Grants,
    /// Reading the person's own account, roles and organization.
    Me,
}

impl Right {
    /// The delegated permissions of which one is enough.
    fn scopes(self) -> &'static [&'static str] {
        match self {
            Self::Read => &[
                "Application.Read.All",
                "Application.ReadWrite.All",
                "Directory.Read.All",
                "Directory.AccessAsUser.All",
            ],
            Self::Applications => &["Application.ReadWrite.All", "Directory.AccessAsUser.All"],
            Self::Grants => &["DelegatedPermissionGrant.ReadWrite.All", "Directory.AccessAsUser.All"],
            Self::Me => &["User.Read", "Directory.Read.All", "Directory.AccessAsUser.All"],
        }
    }
}

impl Caller {
    /// Checks the token in `Authorization`.
    ///
    /// # Errors
    /// [`GraphError::Token`] if it is missing, expired, not from the emulator or not for Graph.
    pub(super) fn of(emulator: &Emulator, headers: &HeaderMap) -> Result<Self, GraphError> {
        const INVALID: GraphError = GraphError::Token("Access token validation failure.");
        let token = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        let token = token.ok_or(GraphError::Token("Access token is empty."))?;
        let claims = jwt::verified_claims(token, emulator.state().signing_keys.iter().map(|key| &**key));
        let claims = claims.ok_or(INVALID)?;
        if claims["aud"] != GRAPH.uri {
            return Err(GraphError::Token("Access token validation failure. Invalid audience."));
        }
        let tenant = match claims["tid"].as_str().and_then(Authority::parse) {
            Some(Authority::One(tenant)) if claims["iss"] == emulator.issuer_v1(tenant.id) => tenant,
            _ => return Err(INVALID),
        };
        let expires_at = claims["exp"].as_u64().ok_or(INVALID)?;
        if expires_at <= emulator.entra_now() {
            return Err(GraphError::Token("Lifetime validation failed, the token is expired."));
        }
        let account = claims["oid"].as_str().and_then(account_by_object_id).ok_or(INVALID)?;
        let scopes = claims["scp"].as_str().unwrap_or_default().split(' ').map(str::to_owned).collect();
        Ok(Self { account, tenant, scopes })
    }

    /// Checks that scopes and roles allow the request. Only an administrator can change the directory.
    ///
    /// # Errors
    /// [`GraphError::Denied`].
    pub(super) fn require(&self, right: Right) -> Result<(), GraphError> {
        let changes = matches!(right, Right::Applications | Right::Grants);
        let has_scope = right.scopes().iter().any(|needed| self.scopes.iter().any(|scope| scope == needed));
        let has_role = !changes || self.account.persona == Persona::Administrator;
        if has_scope && has_role { Ok(()) } else { Err(GraphError::Denied) }
    }
}

impl Emulator {
    /// A token for Microsoft Graph with these delegated permissions, as Azure's command-line tools get one for
    /// `account`.
    #[must_use]
    pub fn graph_token(&self, account: &Account, scopes: &str) -> String {
        let now = self.entra_now();
        let claims = json!({
            "aud": GRAPH.uri,
            "iss": self.issuer_v1(account.home.tenant.id),
            "iat": now,
            "nbf": now,
            "exp": now + SECONDS,
            "appid": COMMAND_LINE_TOOLS,
            "appidacr": "0",
            "oid": account.home.id,
            "scp": scopes,
            "sub": account.home.id,
            "tid": account.home.tenant.id,
            "upn": account.username,
            "uti": self.random().short("uti"),
            "ver": "1.0",
        });
        self.state().signing_key().sign(&claims)
    }
}
