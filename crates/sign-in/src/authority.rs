//! The authority and its endpoints: known for Microsoft's clouds, discovered for any other authority.

use std::fmt;

use contract::{ids::TenantId, search};
use messages::json::{self, Malformed};

use crate::address::{Address, AddressError};

/// The hosts of Microsoft's clouds. Their endpoints follow from the host, so they need no discovery request.
pub const KNOWN_HOSTS: [&str; 3] =
    ["login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"];

/// The tenant of personal Microsoft accounts, which ACS does not support. It is refused like `consumers` (REP-08).
pub const PERSONAL_ACCOUNTS: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

/// The authority that signs people in: a host and a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    address: Address,
    tenant: Tenant,
}

/// Microsoft's clouds differ in the names of ACS's permissions. Any other authority counts as public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The global cloud, and any other. No public source has the names of China's ACS permissions, so the page requests
    /// the global ones there, and Entra refuses names that it does not know (`scope_wrong`).
    Public,
    /// The cloud of the United States Government.
    UsGovernment,
}

/// Which accounts an authority serves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tenant {
    /// One organization: a single-tenant application.
    One(TenantId),
    /// Work and school accounts of every organization: a multitenant application.
    Organizations,
}

/// Why a text is not an [`Authority`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorityError {
    /// The text is not a plain URL.
    Address(AddressError),
    /// The path is not exactly one tenant.
    Tenant,
}

impl AuthorityError {
    /// What the text must be.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Address(error) => error.reason(),
            // `common`, `consumers` and the id of their tenant admit personal accounts, which ACS does not support.
            // With a domain name, the tenant in the ID token could not be checked.
            Self::Tenant => "must end with the tenant: its id (a GUID) or organizations",
        }
    }
}

/// What a sign-in needs from its authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoints {
    /// `authorization_endpoint`: the person signs in there.
    pub authorization: String,
    /// `token_endpoint`: the code is redeemed there.
    pub token: String,
    /// `end_session_endpoint`: the person signs out there.
    pub end_session: Option<String>,
    /// `jwks_uri`: the keys of the ID token.
    pub jwks: String,
    /// The issuer of the ID token.
    pub issuer: Issuer,
    /// Whether the authority announces `iss` in every authorization response (RFC 9207).
    pub iss_promised: bool,
}

/// The issuer of an authority: one, or one for each tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// The issuer with `{tenantid}` in place of the tenant.
    template: String,
    tenant: Tenant,
}

impl Issuer {
    /// Whether `iss` and `tid` name each other and belong to the configured tenant.
    pub fn admits(&self, iss: &str, tenant: &TenantId) -> bool {
        let tenant_is_served = match &self.tenant {
            Tenant::One(one) => one == tenant,
            // Entra's `organizations` issues no tokens for personal accounts, so such a token is an error.
            Tenant::Organizations => tenant.as_str() != PERSONAL_ACCOUNTS,
        };
        tenant_is_served && search::replace(&self.template, "{tenantid}", tenant.as_str()) == iss
    }

    /// Whether `iss` of an authorization response (RFC 9207), which comes without a tenant, can be this issuer's.
    pub fn admits_response(&self, iss: &str) -> bool {
        match (&self.tenant, search::split_once(&self.template, "{tenantid}")) {
            (Tenant::One(one), _) => self.admits(iss, one),
            (Tenant::Organizations, None) => self.template == iss,
            (Tenant::Organizations, Some((before, after))) => iss
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|tenant| tenant == "{tenantid}" || tenant.parse().is_ok_and(|id| self.admits(iss, &id))),
        }
    }
}

/// Why a discovery document is refused (OpenID Connect Discovery §4.3; RFC 8414 §3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscoveryError {
    /// An endpoint is not on the authority's own origin, or not a plain URL. Names the member.
    Endpoint(&'static str),
    /// `issuer` is not the configured authority's.
    Issuer,
    /// The text is not the JSON of a discovery document.
    Unreadable,
}

impl fmt::Display for DiscoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(member) => write!(f, "{member} is not a plain URL on the authority's own origin"),
            Self::Issuer => f.write_str("issuer is not the configured authority's"),
            Self::Unreadable => f.write_str("the discovery document cannot be read"),
        }
    }
}

/// The members of a discovery document that a sign-in needs, unchecked.
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: Option<String>,
    iss_promised: bool,
}

impl Document {
    fn from_json(text: &str) -> Result<Self, Malformed> {
        let mut document = json::read_members(
            text,
            &[
                "issuer",
                "authorization_endpoint",
                "token_endpoint",
                "jwks_uri",
                "end_session_endpoint",
                "authorization_response_iss_parameter_supported",
            ],
        )?;
        let read = Self {
            issuer: document.text("issuer"),
            authorization_endpoint: document.text("authorization_endpoint"),
            token_endpoint: document.text("token_endpoint"),
            jwks_uri: document.text("jwks_uri"),
            end_session_endpoint: document.optional_text("end_session_endpoint"),
            iss_promised: document.flag_or_false("authorization_response_iss_parameter_supported"),
        };
        document.finish().map(|()| read)
    }
}

impl Authority {
    /// Parses `https://host/tenant/`.
    ///
    /// # Errors
    /// If the text is not a plain URL, or its path is not one tenant id or `organizations`.
    pub fn parse(text: &str) -> Result<Self, AuthorityError> {
        let address = Address::parse(text).map_err(AuthorityError::Address)?;
        // Exactly one segment, because `//organizations/` is another address.
        let path = address.path();
        let segment = path.strip_prefix('/').map(|path| path.strip_suffix('/').unwrap_or(path));
        let tenant = match segment.ok_or(AuthorityError::Tenant)? {
            "organizations" => Tenant::Organizations,
            other => Tenant::One(other.parse().map_err(|_| AuthorityError::Tenant)?),
        };
        if matches!(&tenant, Tenant::One(one) if one.as_str() == PERSONAL_ACCOUNTS) {
            return Err(AuthorityError::Tenant);
        }
        Ok(Self { address, tenant })
    }

    /// The configured text, without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.address.as_str().trim_end_matches('/')
    }

    /// The endpoints of an authority in one of Microsoft's clouds. `None` for any other authority.
    pub fn known_endpoints(&self) -> Option<Endpoints> {
        if !self.is_microsofts() {
            return None;
        }
        let base = self.as_str();
        Some(Endpoints {
            authorization: format!("{base}/oauth2/v2.0/authorize"),
            token: format!("{base}/oauth2/v2.0/token"),
            end_session: Some(format!("{base}/oauth2/v2.0/logout")),
            jwks: format!("{base}/discovery/v2.0/keys"),
            issuer: self.issuer(),
            iss_promised: false,
        })
    }

    /// Whether one configuration may have both authorities. Otherwise a malicious authority could redirect people to
    /// the other one with the other's client id, and would receive their code and its verifier (mix-up, RFC 9700 §4.4).
    pub fn is_mix_up_safe_with(&self, other: &Self) -> bool {
        self.address.origin() == other.address.origin() || (self.is_microsofts() && other.is_microsofts())
    }

    /// Whether it is one of Microsoft's clouds.
    pub fn is_microsofts(&self) -> bool {
        KNOWN_HOSTS.contains(&self.address.host())
    }

    /// The cloud of this authority.
    pub fn cloud(&self) -> Cloud {
        match self.address.host() {
            "login.microsoftonline.us" => Cloud::UsGovernment,
            _ => Cloud::Public,
        }
    }

    /// The start of the address where an administrator grants consent. `organization` is the person's tenant or domain,
    /// if known; a single-tenant application always uses its own tenant.
    pub fn consent_base(&self, organization: Option<&str>) -> String {
        match (&self.tenant, organization) {
            (Tenant::Organizations, Some(organization)) => format!("{}/{organization}", self.address.origin()),
            _ => self.as_str().to_owned(),
        }
    }

    /// The address of the discovery document.
    pub fn discovery_url(&self) -> String {
        format!("{}/v2.0/.well-known/openid-configuration", self.as_str())
    }

    /// Reads the discovery document. Every endpoint must be on the origin of the configured authority, as a defense
    /// against mix-up (RFC 9700 §4.4).
    ///
    /// ```json
    /// {
    ///   "issuer": "https://login.example/fab00000-0000-4000-8000-000000000001/v2.0",
    ///   "authorization_endpoint": "https://login.example/authorize",
    ///   "token_endpoint": "https://login.example/token",
    ///   "jwks_uri": "https://login.example/keys",
    ///   "authorization_response_iss_parameter_supported": true
    /// }
    /// ```
    ///
    /// # Errors
    /// If the text is not a discovery document, has another issuer, or names an endpoint of another origin.
    pub fn discovered_endpoints(&self, json: &str) -> Result<Endpoints, DiscoveryError> {
        let document = Document::from_json(json).map_err(|Malformed| DiscoveryError::Unreadable)?;
        let issuer = self.issuer();
        let expected = match &self.tenant {
            Tenant::One(tenant) => search::replace(&issuer.template, "{tenantid}", tenant.as_str()),
            Tenant::Organizations => issuer.template.clone(),
        };
        if document.issuer != expected {
            return Err(DiscoveryError::Issuer);
        }
        let own = |member: &'static str, url: String| match Address::parse(&url) {
            Ok(address) if address.origin() == self.address.origin() => Ok(url),
            _ => Err(DiscoveryError::Endpoint(member)),
        };
        Ok(Endpoints {
            authorization: own("authorization_endpoint", document.authorization_endpoint)?,
            token: own("token_endpoint", document.token_endpoint)?,
            end_session: document.end_session_endpoint.map(|url| own("end_session_endpoint", url)).transpose()?,
            jwks: own("jwks_uri", document.jwks_uri)?,
            issuer,
            iss_promised: document.iss_promised,
        })
    }

    fn issuer(&self) -> Issuer {
        Issuer { template: format!("{}/{{tenantid}}/v2.0", self.address.origin()), tenant: self.tenant.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "fab00000-0000-4000-8000-000000000001";
    const OTHER: &str = "c0700000-0000-4000-8000-000000000002";

    fn document(base: &str, tenant: &str) -> serde_json::Value {
        serde_json::json!({
            "issuer": format!("{base}/{tenant}/v2.0"),
            "authorization_endpoint": format!("{base}/organizations/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{base}/organizations/oauth2/v2.0/token"),
            "jwks_uri": format!("{base}/organizations/discovery/v2.0/keys"),
            "end_session_endpoint": format!("{base}/organizations/oauth2/v2.0/logout"),
        })
    }

    #[test]
    fn microsofts_clouds_need_no_discovery_request() {
        for host in KNOWN_HOSTS {
            let endpoints =
                Authority::parse(&format!("https://{host}/organizations/")).unwrap().known_endpoints().unwrap();
            assert_eq!(endpoints.token, format!("https://{host}/organizations/oauth2/v2.0/token"));
        }
        let other = Authority::parse("https://login.microsoftonline.com.evil.example/organizations").unwrap();
        assert_eq!(other.known_endpoints(), None);
    }

    #[test]
    fn an_authority_without_a_usable_tenant_is_refused() {
        for tail in ["", "common", "consumers", "contoso.onmicrosoft.com", "organizations/v2.0"] {
            let text = format!("https://login.microsoftonline.com/{tail}");
            assert_eq!(Authority::parse(&text), Err(AuthorityError::Tenant), "{text}");
        }
    }

    #[test]
    fn rep_08_personal_accounts_and_empty_path_segments_are_refused() {
        let upper = PERSONAL_ACCOUNTS.to_uppercase();
        for tail in [
            PERSONAL_ACCOUNTS,
            &format!("{PERSONAL_ACCOUNTS}/"),
            &upper,
            "/organizations/",
            "organizations//",
            "/",
            "//",
            &format!("/{TENANT}"),
            &format!("{TENANT}//"),
        ] {
            for host in ["login.microsoftonline.com", "login.example"] {
                let text = format!("https://{host}/{tail}");
                assert_eq!(Authority::parse(&text), Err(AuthorityError::Tenant), "{text}");
            }
        }
        for tail in ["organizations", "organizations/", TENANT, &format!("{TENANT}/")] {
            assert!(Authority::parse(&format!("https://login.microsoftonline.com/{tail}")).is_ok(), "{tail}");
        }
        let issuer = Authority::parse("https://login.microsoftonline.com/organizations").unwrap().issuer();
        let iss = format!("https://login.microsoftonline.com/{PERSONAL_ACCOUNTS}/v2.0");
        assert!(!issuer.admits(&iss, &PERSONAL_ACCOUNTS.parse().unwrap()));
        assert!(!issuer.admits_response(&iss));
    }

    #[test]
    fn an_issuer_must_match_its_tenant() {
        // SEC-009: iss exact, tid = expected tenant = the issuer's tenant
        let (tenant, other) = (TENANT.parse::<TenantId>().unwrap(), OTHER.parse::<TenantId>().unwrap());
        let one = Authority::parse(&format!("https://login.microsoftonline.com/{TENANT}/")).unwrap().issuer();
        let any = Authority::parse("https://login.microsoftonline.com/organizations/").unwrap().issuer();
        let iss = |t: &str| format!("https://login.microsoftonline.com/{t}/v2.0");
        assert!(one.admits(&iss(TENANT), &tenant));
        assert!(any.admits(&iss(TENANT), &tenant));
        assert!(any.admits(&iss(OTHER), &other));
        assert!(!one.admits(&iss(OTHER), &other), "another tenant");
        assert!(!any.admits(&iss(OTHER), &tenant), "iss and tid differ");
        assert!(!any.admits(&format!("https://login.microsoftonline.us/{TENANT}/v2.0"), &tenant), "another cloud");
        assert!(!any.admits(&format!("{}/", iss(TENANT)), &tenant), "a trailing slash");
        assert!(any.admits_response(&iss(TENANT)));
        assert!(one.admits_response(&iss(TENANT)));
        assert!(!one.admits_response(&iss(OTHER)));
        assert!(!any.admits_response("https://evil.example/v2.0"));
    }

    #[test]
    fn a_discovery_document_with_endpoints_of_another_origin_is_refused() {
        // SEC-007, SEC-008; RP-30, RP-32
        let authority = Authority::parse("https://login.example/organizations/").unwrap();
        let good = document("https://login.example", "{tenantid}");
        assert!(authority.discovered_endpoints(&good.to_string()).is_ok());

        let mismatch = document("https://login.example", TENANT);
        assert_eq!(authority.discovered_endpoints(&mismatch.to_string()), Err(DiscoveryError::Issuer));
        for (member, url) in [
            ("token_endpoint", "https://evil.example/token"),
            ("token_endpoint", "http://login.example/token"),
            ("jwks_uri", "https://login.example@evil.example/keys"),
            ("authorization_endpoint", "javascript:alert(1)"),
            ("end_session_endpoint", "https://login.example.evil.example/logout"),
        ] {
            let mut bad = good.clone();
            bad[member] = url.into();
            assert_eq!(
                authority.discovered_endpoints(&bad.to_string()),
                Err(DiscoveryError::Endpoint(member)),
                "{url}"
            );
        }
        for bad in ["", "{}", "[]", "<html>"] {
            assert_eq!(authority.discovered_endpoints(bad), Err(DiscoveryError::Unreadable));
        }
    }
}
