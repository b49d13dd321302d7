//! Web servers of operators, with the files and the configuration that `page-host build` makes.

use std::{fs, path::Path};

use page_host::{Choices, Configuration, HeaderProfile, HostHeaders, Installation, SiteFiles, TransportSecurity};
use tempfile::TempDir;

use crate::{program::Program, stack::dist};

/// A web server that serves the page without recording its messages.
#[derive(Debug, Clone, Copy)]
pub enum WebServer {
    /// Caddy.
    Caddy,
    /// nginx.
    Nginx,
}

/// A running web server.
pub(crate) struct Serving {
    // Dropped in this order: the program uses the folder.
    _program: Program,
    _folder: TempDir,
}

impl WebServer {
    /// Serves the page with this configuration at the origin of its `redirectUri`, on this port.
    pub(crate) async fn serve(self, config: &str, port: u16) -> Serving {
        let folder = tempfile::tempdir().expect("a folder for the web server");
        let at = folder.path();
        self.build(config, at);
        let (name, main, text) = match self {
            Self::Caddy => ("caddy", "Caddyfile", "{\n\tadmin off\n}\nimport page/Caddyfile\n".to_owned()),
            Self::Nginx => (nginx(), "nginx.conf", main_of_nginx(at)),
        };
        let main = at.join(main);
        fs::write(&main, text).expect("a file in a new folder");
        let mut program = Program::start(name.into(), at, |command| {
            match self {
                Self::Caddy => command.args(["run", "--adapter", "caddyfile", "--config"]).arg(&main),
                Self::Nginx => command.arg("-p").arg(at).arg("-c").arg(&main),
            };
        });
        assert!(program.listens(port).await, "{self:?} ended");
        Serving { _program: program, _folder: folder }
    }

    /// Writes the page to `page/site`, and the configuration to `page`, as `page-host build` does.
    fn build(self, config: &str, folder: &Path) {
        let configuration = Configuration::parse(config).unwrap_or_else(|finding| panic!("{}", finding.message));
        let profile = HeaderProfile::new(configuration.addresses(), Choices::default());
        let files = SiteFiles::build(&dist(), configuration.text(), &profile).expect("a build of the page");
        let page = folder.join("page");
        let site = page.join("site");
        files.write(&site).expect("files in a new folder");
        let origin = configuration.page().origin();
        let paths: Vec<_> = files.paths().map(str::to_owned).collect();
        let installation = Installation {
            headers: &HostHeaders::new(profile, origin, TransportSecurity::Host),
            origin,
            root: &site.display().to_string(),
            files: &paths,
            // Not for http.
            certificate: ("", ""),
        };
        let host = match self {
            Self::Caddy => page_host::Host::Caddy,
            Self::Nginx => page_host::Host::Nginx,
        };
        for file in host.files(&installation).expect("a configuration of the web server") {
            fs::write(page.join(file.path), file.text).expect("a file in a new folder");
        }
    }
}

/// On Debian it is in a directory that only the PATH of root has.
fn nginx() -> &'static str {
    ["/usr/sbin/nginx"].into_iter().find(|path| Path::new(path).exists()).unwrap_or("nginx")
}

/// The file that includes the page's, as the one in `/etc/nginx` does. All files of nginx are in the folder.
fn main_of_nginx(folder: &Path) -> String {
    let at = folder.display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {at}/{kind};\n"))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log {at}/errors.log;\nevents {{}}\n\
         http {{\naccess_log off;\n{temporary}include {at}/page/nginx.conf;\n}}\n"
    )
}
