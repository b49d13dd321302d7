use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    checked::{check, is_faultless, loader_of_another_build_is_not_stored},
    folder::{Folder, configuration},
    server::Server,
};

/// Runs nginx with the configuration that `build` wrote, inside of the `http` of a file of its own.
pub(crate) fn start(folder: &Folder) -> Server {
    let at = folder.path();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", at.display()))
        .concat();
    let main = format!(
        "daemon off;\nmaster_process off;\npid {}/pid;\nerror_log stderr notice;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}include {};\n}}\n",
        at.display(),
        folder.out().join("nginx.conf").display()
    );
    fs::write(at.join("main.conf"), main).unwrap();
    // On Debian it is in a directory that only the PATH of root has.
    let program = ["/usr/sbin/nginx", "nginx"].into_iter().find(|path| fs::exists(path).unwrap_or(false));
    let mut command = Command::new(program.unwrap_or("nginx"));
    Server::start(command.arg("-p").arg(at).arg("-c").arg(at.join("main.conf")), "event method")
}

#[test]
fn nginx_sends_each_header_with_each_response() {
    // SEC-056
    let folder = Folder::new();
    folder.build("nginx");
    let _nginx = start(&folder);
    is_faultless(&folder.origin(), &folder.config(), &folder.site());
    loader_of_another_build_is_not_stored(&folder);
}

#[test]
fn a_check_without_a_copy_of_the_page_finds_its_files() {
    let folder = Folder::new();
    folder.build("nginx");
    let _nginx = start(&folder);
    let checked = check(&folder.origin(), &[]);
    assert_eq!(checked.findings, Vec::<String>::new());
    // Seven fixed addresses, and eleven files that these name, each by four requests.
    assert!(checked.responses > 18 * 4, "{}", checked.responses);
}

#[test]
fn nginx_sends_each_header_for_isolated_portals() {
    // SEC-053
    let folder = Folder::new();
    let (status, output) = folder.try_build("nginx", &["--isolated-portals"]);
    assert_eq!(status, Some(0), "{output}");
    let _nginx = start(&folder);
    assert_eq!(check(&folder.origin(), &[Path::new("--isolated-portals")]).findings, Vec::<String>::new());
    let checked = check(&folder.origin(), &[]);
    assert_eq!(checked.status, Some(1), "{checked:?}");
}

#[test]
fn nginx_serves_the_page_by_tls_with_transport_security() {
    // SEC-062
    let folder = Folder::new();
    let (_nginx, certificate) = start_by_tls(&folder);
    // The certificate is not one that the system trusts, so the check trusts this one only.
    let output = Command::new(env!("CARGO_BIN_EXE_page-host"))
        .args(["check", &format!("https://localhost:{}", folder.port)])
        .env("SSL_CERT_FILE", &certificate)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.ends_with(" responses, 0 errors, 0 warnings\n"), "{text} {}", String::from_utf8_lossy(&output.stderr));
}

/// Runs nginx by TLS, with a certificate of its own. Returns the path of the certificate.
pub(crate) fn start_by_tls(folder: &Folder) -> (Server, PathBuf) {
    let origin = format!("https://localhost:{}", folder.port);
    // As in production, all other servers use TLS, too.
    fs::write(folder.config(), configuration(&origin).to_string().replace("http:", "https:")).unwrap();
    let certificate = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (pem, key) = (folder.path().join("page.pem"), folder.path().join("page.key"));
    fs::write(&pem, certificate.cert.pem()).unwrap();
    fs::write(&key, certificate.signing_key.serialize_pem()).unwrap();
    let (pem_text, key_text) = (pem.display().to_string(), key.display().to_string());
    let (status, output) = folder.try_build("nginx", &["--certificate", &pem_text, "--certificate-key", &key_text]);
    assert_eq!(status, Some(0), "{output}");
    (start(folder), pem)
}
