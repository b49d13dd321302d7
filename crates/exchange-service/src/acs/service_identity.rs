//! Artifact C without an access key: a bearer token of the identity that Azure gave to this service, or of an
//! application in Entra.
//!
//! Microsoft's library requests it, caches it, and renews it before it expires.

use std::{sync::Arc, thread, time::Duration};

use azure_core::{
    cloud::CustomConfiguration,
    credentials::{Secret, TokenCredential},
    http::{ClientOptions, Transport},
};
use azure_identity::{
    ClientSecretCredential, ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use contract::ids::ClientId;
use parking_lot::Mutex;
use reqwest::header::HeaderValue;
use tokio::{sync::oneshot, time::Instant};

use super::client_secret::{Application, ClientSecret};
use crate::{net::outbound::Outbound, start_error::StartError, text_file::warn_if_others_may_read};

/// Two slashes: the resource's name ends in a slash itself, and a second one separates it from `.default`.
const SCOPE: &str = "https://communication.azure.com//.default";

/// The timeout of getting a token, as a part of the exchange's. Most exchanges use a cached token.
const TIMEOUT: Duration = Duration::from_secs(4);

/// The timeout of reading the secret's file: a file system that hangs must not block a reload.
const READ_TIMEOUT: Duration = Duration::from_secs(1);

/// The identity of the service: the keys `acs.identity…`.
#[derive(Debug)]
pub(crate) enum IdentityChoice {
    /// A managed identity of a virtual machine, an App Service or a Function. The client id selects one of several.
    Managed(Option<ClientId>),
    /// A Kubernetes service account. The client id selects another application than the account's own.
    Workload(Option<ClientId>),
    /// An application with a client secret, on any machine.
    Application(Application),
}

pub(super) struct ServiceIdentity {
    credential: Mutex<Arc<dyn TokenCredential>>,
    /// `None` for an identity that Azure gave, which has no secret that could be read again.
    application: Option<Application>,
    outbound: Outbound,
}

impl ServiceIdentity {
    pub(super) fn new(choice: IdentityChoice, outbound: Outbound) -> Result<Self, StartError> {
        let options = client_options(&outbound);
        let text = |id: ClientId| id.as_str().to_owned();
        let (credential, application): (Arc<dyn TokenCredential>, _) = match choice {
            IdentityChoice::Managed(client_id) => {
                let user_assigned_id = client_id.map(text).map(UserAssignedId::ClientId);
                let options = ManagedIdentityCredentialOptions { user_assigned_id, client_options: options };
                (ManagedIdentityCredential::new(Some(options)).map_err(|_| StartError::NoIdentity)?, None)
            }
            IdentityChoice::Workload(client_id) => {
                let client_id = client_id.map(text);
                let mut all = WorkloadIdentityCredentialOptions { client_id, ..Default::default() };
                all.credential_options.client_options = options;
                (WorkloadIdentityCredential::new(Some(all)).map_err(|_| StartError::NoIdentity)?, None)
            }
            IdentityChoice::Application(application) => {
                application.file.iter().for_each(|file| warn_if_others_may_read(application.source, file));
                let credential = signing_in(&application, &application.secret, &outbound)?;
                (credential, Some(application))
            }
        };
        Ok(Self { credential: Mutex::new(credential), application, outbound })
    }

    /// The value of the header `Authorization`; `None` if there is no token in time.
    pub(super) async fn authorization(&self, deadline: Instant) -> Option<HeaderValue> {
        let credential = self.credential.lock().clone();
        header(&*credential, deadline).await
    }

    /// Reads the secret's file again, if there is one. A secret that gets no token does not replace the one in use.
    pub(super) async fn reload(&self) {
        let Some((application, file)) = self.application.as_ref().and_then(|it| Some((it, it.file.clone()?))) else {
            return;
        };
        let (sender, receiver) = oneshot::channel();
        // In a separate thread, because the end of the process waits for the runtime's threads.
        let reading = thread::Builder::new().spawn(move || sender.send(ClientSecret::from_file(&file)).is_ok());
        let read = match reading {
            Ok(_) => tokio::time::timeout(READ_TIMEOUT, receiver).await.ok().and_then(Result::ok).flatten(),
            Err(_) => None,
        };
        let credential = read.and_then(|secret| signing_in(application, &secret, &self.outbound).ok());
        match credential {
            Some(credential) if header(&*credential, Instant::now() + TIMEOUT).await.is_some() => {
                *self.credential.lock() = credential;
                tracing::info!(key = application.source, "the client secret was read again");
            }
            _ => tracing::warn!(key = application.source, "no usable client secret in the file; the last one stays"),
        }
    }
}

fn client_options(outbound: &Outbound) -> ClientOptions {
    // Our own HTTP client, because it follows no redirects and uses no proxies of the environment.
    let transport = Transport::new(Arc::new(outbound.client().clone()));
    ClientOptions { transport: Some(transport), ..ClientOptions::default() }
}

/// A credential with this secret. The library keeps a copy of the secret, which is not wiped.
fn signing_in(
    application: &Application,
    secret: &ClientSecret,
    outbound: &Outbound,
) -> Result<Arc<dyn TokenCredential>, StartError> {
    let Application { authority, tenant, client_id, .. } = application;
    let mut client_options = client_options(outbound);
    // Set explicitly: otherwise the variable AZURE_AUTHORITY_HOST could redirect the secret to another host.
    let mut cloud = CustomConfiguration::default();
    cloud.authority_host.clone_from(authority);
    client_options.cloud = Some(Arc::new(cloud.into()));
    let (client_id, secret) = (client_id.as_str().to_owned(), Secret::new(secret.expose().to_owned()));
    let options = ClientSecretCredentialOptions { client_options };
    match ClientSecretCredential::new(tenant.as_str(), client_id, secret, Some(options)) {
        Ok(credential) => Ok(credential),
        Err(_) => Err(StartError::NoIdentity),
    }
}

/// Requests a token. The library's error is not logged, because it quotes responses.
async fn header(credential: &dyn TokenCredential, deadline: Instant) -> Option<HeaderValue> {
    let deadline = deadline.min(Instant::now() + TIMEOUT);
    let token = match tokio::time::timeout_at(deadline, credential.get_token(&[SCOPE], None)).await {
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
    async fn a_silent_identity_endpoint_times_out_after_four_seconds_or_at_the_deadline() {
        // SEC-107, SEC-112
        for (left, waited) in [(8, 4), (2, 2), (0, 0)] {
            let began = Instant::now();
            assert!(header(&Silent, began + Duration::from_secs(left)).await.is_none());
            assert_eq!(began.elapsed().as_secs(), waited);
        }
    }
}
