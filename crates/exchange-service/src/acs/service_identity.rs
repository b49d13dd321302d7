//! Artifact C without a key: a bearer token of the identity that Azure gave to this service.
//!
//! Microsoft's own library asks for it, keeps it, and renews it before it ends.

use std::{sync::Arc, time::Duration};

use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, Transport},
};
use azure_identity::{
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId, WorkloadIdentityCredential,
    WorkloadIdentityCredentialOptions,
};
use protocol::ids::ClientId;
use reqwest::header::HeaderValue;
use tokio::time::Instant;

use crate::{outbound::Outbound, start_error::StartError};

/// Two slashes: the first ends the name of the resource, and the name has one itself.
const SCOPE: &str = "https://communication.azure.com//.default";

/// Part of the time of the exchange; most exchanges find a token at hand.
const TIMEOUT: Duration = Duration::from_secs(4);

/// Which identity is to be used: keys `acs.identity` and `acs.identity_client_id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdentityChoice {
    pub(crate) kind: IdentityKind,
    /// Of a user-assigned identity, or of the workload's application.
    pub(crate) client_id: Option<ClientId>,
}

/// Where the identity comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdentityKind {
    /// Of a virtual machine, an App Service or a Function.
    Managed,
    /// Of a Kubernetes service account.
    Workload,
}

pub(super) struct ServiceIdentity(Arc<dyn TokenCredential>);

impl ServiceIdentity {
    pub(super) fn new(choice: IdentityChoice, outbound: &Outbound) -> Result<Self, StartError> {
        // Our own client: it follows no redirect and no proxy of the environment.
        let transport = Transport::new(Arc::new(outbound.client().clone()));
        let client_options = ClientOptions { transport: Some(transport), ..ClientOptions::default() };
        let client_id = choice.client_id.map(|id| id.as_str().to_owned());
        let credential: Arc<dyn TokenCredential> = match choice.kind {
            IdentityKind::Managed => {
                let user_assigned_id = client_id.map(UserAssignedId::ClientId);
                let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options };
                ManagedIdentityCredential::new(Some(options)).map_err(|_| StartError::NoIdentity)?
            }
            IdentityKind::Workload => {
                let mut options = WorkloadIdentityCredentialOptions { client_id, ..Default::default() };
                options.credential_options.client_options = client_options;
                WorkloadIdentityCredential::new(Some(options)).map_err(|_| StartError::NoIdentity)?
            }
        };
        Ok(Self(credential))
    }

    /// The header `Authorization`, if there is a token in time. The library's error is not logged: it quotes answers.
    pub(super) async fn authorization(&self, deadline: Instant) -> Option<HeaderValue> {
        let deadline = deadline.min(Instant::now() + TIMEOUT);
        let token = match tokio::time::timeout_at(deadline, self.0.get_token(&[SCOPE], None)).await {
            Ok(Ok(token)) => token,
            Ok(Err(_)) => {
                tracing::warn!("no token for the identity of this service: refused");
                return None;
            }
            Err(_elapsed) => {
                tracing::warn!("no token for the identity of this service: out of time");
                return None;
            }
        };
        let mut header = HeaderValue::from_str(&format!("Bearer {}", token.token.secret())).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

#[cfg(test)]
mod tests {
    use azure_core::credentials::{AccessToken, TokenRequestOptions};

    use super::*;

    #[derive(Debug)]
    struct Silent;

    #[async_trait::async_trait]
    impl TokenCredential for Silent {
        async fn get_token(
            &self,
            _scopes: &[&str],
            _options: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            std::future::pending().await
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_identity_that_says_nothing_has_four_seconds_and_never_more_than_are_left() {
        // security 107, 112
        let identity = ServiceIdentity(Arc::new(Silent));
        for (left, waited) in [(8, 4), (2, 2), (0, 0)] {
            let began = Instant::now();
            assert!(identity.authorization(began + Duration::from_secs(left)).await.is_none());
            assert_eq!(began.elapsed().as_secs(), waited);
        }
    }
}
