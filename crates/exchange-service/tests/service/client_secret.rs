//! Artifact C by a client secret: Microsoft's library against azure-emulator over TLS, because the library sends a
//! secret over TLS only. It is the program, because the trusted certificates come from its environment.

use std::{fs, path::PathBuf, process::Command};

use azure_emulator::{Clock, Emulator, Options, Tls, serve_tls, url_of};
use reqwest::{Certificate, Client, header::LOCATION, redirect::Policy};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::running::Running;

const SECRET: &str = "azure-emulator-secret";
const PAGE: &str = "acc00000-0000-4000-8000-000000000010";
const ALICE: &str = "a11ce000-0000-4000-8000-000000000001";
const TEAMS: &str = "https://auth.msft.communication.azure.com/Teams";

/// Entra and ACS behind TLS, and a client that trusts them.
struct Azure {
    emulator: Emulator,
    entra: String,
    acs: String,
    ca: PathBuf,
    http: Client,
    folder: PathBuf,
}

impl Azure {
    /// `name` is the name of its folder for temporary files.
    async fn start(name: &str) -> Self {
        let tls = Tls::generate(&Clock::system());
        let (entra, acs) = (bind().await, bind().await);
        let url = |listener| url_of(listener).unwrap().replace("http:", "https:");
        let (entra_url, acs_url) = (url(&entra), url(&acs));
        let options =
            Options { entra_url: entra_url.clone(), acs_url: acs_url.clone(), clock: Clock::system(), coop: false };
        let emulator = Emulator::new(options);
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        let ca = folder.join("ca.pem");
        fs::write(&ca, tls.ca_pem()).unwrap();
        let root = Certificate::from_pem(tls.ca_pem().as_bytes()).unwrap();
        let http = Client::builder().tls_certs_only([root]).redirect(Policy::none()).no_proxy().build().unwrap();
        let serving = emulator.clone();
        tokio::spawn(async move { serve_tls(serving, entra, acs, &tls).await });
        Self { emulator, entra: entra_url, acs: acs_url, ca, http, folder }
    }

    /// The program, with this text in its secret file.
    fn exchange_service(&self, secret: &str) -> Command {
        let file = self.folder.join("secret");
        fs::write(&file, secret).unwrap();
        let identity = format!(
            "[acs]\nidentity = \"client_secret\"\nidentity_tenant_id = \"c0700000-0000-4000-8000-000000000002\"\n\
             identity_client_id = \"acc00000-0000-4000-8000-000000000014\"\nidentity_secret_file = '{}'",
            file.display()
        );
        let configuration = include_str!("exchange-service.toml")
            .replace("127.0.0.1:8403", "127.0.0.1:0")
            .replace("http://localhost:8401", &self.entra)
            .replace("http://localhost:8402", &self.acs)
            .replace("[acs]", &identity);
        let path = self.folder.join("exchange-service.toml");
        fs::write(&path, configuration).unwrap();
        let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
        program.env("SSL_CERT_FILE", &self.ca).env_remove("SSL_CERT_DIR").env_remove("ACS_ACCESS_KEY");
        // The default authority of the library, which must get no request.
        program.env("AZURE_AUTHORITY_HOST", "https://localhost:1").arg("--config").arg(path);
        program
    }

    /// Alice's B and A1.
    async fn alice(&self) -> (String, String) {
        let organizations = format!("{}/organizations", self.entra);
        let scope = format!("openid offline_access {TEAMS}.ManageCalls {TEAMS}.ManageChats");
        let ask = form(&[
            ("client_id", PAGE),
            ("response_type", "code"),
            ("redirect_uri", "http://localhost:8080/"),
            ("response_mode", "fragment"),
            ("state", "s"),
            ("nonce", "n"),
            ("scope", &scope),
            // RFC 7636 appendix B.
            ("code_challenge_method", "S256"),
            ("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
        ]);
        let pick = self.http.post(format!("{organizations}/login?{ask}"));
        let back = posted(pick, form(&[("account", ALICE)])).send().await.unwrap();
        let address = back.headers()[LOCATION].to_str().unwrap();
        let code = address.split_once("code=").unwrap().1.split('&').next().unwrap();
        let token = async |fields: &[(&str, &str)]| -> Value {
            let body = [form(&[("client_id", PAGE)]), form(fields)].join("&");
            let request = self.http.post(format!("{organizations}/oauth2/v2.0/token"));
            let response = posted(request.header("origin", "http://localhost:8080"), body).send().await.unwrap();
            serde_json::from_str(&response.text().await.unwrap()).unwrap()
        };
        let redeem = [
            ("grant_type", "authorization_code"),
            ("redirect_uri", "http://localhost:8080/"),
            ("code", code),
            ("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
            ("scope", &scope),
        ];
        let first = token(&redeem).await;
        let text = |response: &Value, name: &str| response[name].as_str().unwrap().to_owned();
        let renew = [
            ("grant_type", "refresh_token"),
            ("refresh_token", first["refresh_token"].as_str().unwrap()),
            ("scope", "api://e8c00000-0000-4000-8000-000000000020/access_as_user"),
        ];
        (text(&token(&renew).await, "access_token"), text(&first, "access_token"))
    }

    /// The response to the page's request.
    async fn exchange(&self, running: &Running, (b, a1): &(String, String)) -> (u16, Value) {
        let request = self.http.post(format!("http://{}/exchange", running.address));
        let request = request.header("authorization", format!("Bearer {b}")).header("content-type", "application/json");
        let response = request.body(json!({ "accessToken": a1 }).to_string()).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    /// The number of token requests with a client secret.
    fn secrets_shown(&self) -> usize {
        let of_programs = |grant: Option<&str>| grant == Some("client_credentials");
        self.emulator.token_requests().iter().filter(|request| of_programs(request.grant_type)).count()
    }
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn posted(request: reqwest::RequestBuilder, body: String) -> reqwest::RequestBuilder {
    request.header("content-type", "application/x-www-form-urlencoded").body(body)
}

#[tokio::test]
async fn authenticates_to_acs_with_a_client_secret() {
    // SEC-112
    let azure = Azure::start("client-secret").await;
    let alice = azure.alice().await;
    let running = Running::start(azure.exchange_service(&format!("{SECRET}\n")));
    for _ in 0..2 {
        let (status, response) = azure.exchange(&running, &alice).await;
        assert_eq!(status, 200, "{response}");
        assert!(response["token"].as_str().is_some_and(|token| !token.is_empty()));
    }
    assert_eq!(azure.secrets_shown(), 1, "one token for both");
}

#[tokio::test]
async fn a_wrong_client_secret_gets_no_token_and_is_not_printed() {
    // SEC-112, SEC-115, SEC-118
    let azure = Azure::start("wrong-client-secret").await;
    let alice = azure.alice().await;
    let mut running = Running::start(azure.exchange_service("canary-secret"));
    let (status, response) = azure.exchange(&running, &alice).await;
    assert_eq!((status, &response["code"]), (503, &"service_identity_unavailable".into()));
    let log = running.end();
    assert!(log.contains("no token for the identity of this service"), "{log}");
    assert!(!log.contains("canary"), "{log}");
    let printed = azure.exchange_service("canary-secret").arg("--print-config").output().unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(printed.contains("# client secret from acs.identity_secret_file"), "{printed}");
    assert!(!printed.contains("canary"), "{printed}");
}

// Two threads, because this test blocks on the log while the emulator responds.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sighup_reads_the_client_secret_again_and_keeps_a_good_one() {
    // SEC-112
    let azure = Azure::start("new-client-secret").await;
    let alice = azure.alice().await;
    let mut running = Running::start(azure.exchange_service("canary-secret"));
    for (secret, log_text, status) in [
        ("canary-other", "the last one stays", 503),
        (SECRET, "the client secret was read again", 200),
        ("", "the last one stays", 200),
    ] {
        fs::write(azure.folder.join("secret"), secret).unwrap();
        running.hang_up();
        running.log_until(log_text);
        assert_eq!(azure.exchange(&running, &alice).await.0, status, "{log_text}");
    }
}
