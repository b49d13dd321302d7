//! The program as `deploy/` runs it: as a user without rights, who can write no file (SEC-125).

use std::{
    fs,
    io::ErrorKind,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::process::geteuid;

use crate::{bench::ACCESS_KEY, running::Running};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/systemd/exchange-service.service");
const CONTAINERFILE: &str = include_str!("../../../../deploy/container/Containerfile");
const EMULATORS_CONTAINERFILE: &str = include_str!("../../../../deploy/container/Containerfile.azure-emulator");
const COMPOSE: &str = include_str!("../../../../deploy/container/compose.yaml");
const DEPLOYMENT: &str = include_str!("../../../../deploy/kubernetes/deployment.yaml");

/// All values of an instruction such as `FROM`, in their order.
fn instructions<'t>(containerfile: &'t str, name: &str) -> Vec<&'t str> {
    containerfile.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).collect()
}

/// The user of the image, who must be a number: Kubernetes cannot tell by a name that it is not root.
fn user_of_the_image() -> u32 {
    let users = instructions(CONTAINERFILE, "USER");
    let [user] = users[..] else { panic!("one user, and not {users:?}") };
    let (user, group) = user.split_once(':').expect("a user and a group");
    assert_eq!(user, group);
    user.parse().expect("the user is a number")
}

/// What a restriction of the systemd unit is for `setpriv`, so that the program runs with what the unit leaves it.
fn setpriv_arguments(unit: &str) -> Vec<&'static str> {
    let directives = [("NoNewPrivileges=yes", "--no-new-privs"), ("CapabilityBoundingSet=", "--bounding-set=-all")];
    for (directive, _) in directives {
        assert!(unit.lines().any(|line| line == directive), "the unit has no line {directive}");
    }
    directives.map(|(_, argument)| argument).to_vec()
}

/// A copy that a user without rights can execute, or nothing: only root can start programs as another user.
fn executable_for_others() -> Option<PathBuf> {
    if !geteuid().is_root() {
        return None;
    }
    let copy = std::env::temp_dir().join(format!("exchange-service-{}", std::process::id()));
    fs::copy(env!("CARGO_BIN_EXE_exchange-service"), &copy).unwrap();
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o555)).unwrap();
    Some(copy)
}

#[tokio::test]
async fn serves_without_root_capabilities_or_writable_files() {
    // SEC-125
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sandbox");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("exchange-service.toml");
    fs::write(&path, include_str!("exchange-service.toml").replace("127.0.0.1:8403", "127.0.0.1:0")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    // Any write to a file ends the process. Its open files are examined below.
    let mut program = Command::new("prlimit");
    program.args(["--fsize=0", "setpriv"]);
    let copy = executable_for_others();
    let user = match copy {
        Some(_) => {
            let user = user_of_the_image();
            program.arg(format!("--reuid={user}")).arg(format!("--regid={user}")).arg("--clear-groups");
            program.args(setpriv_arguments(&fs::read_to_string(UNIT).unwrap()));
            user
        }
        // Another user cannot drop capabilities that it does not have.
        None => {
            program.arg("--no-new-privs");
            geteuid().as_raw()
        }
    };
    program.arg(copy.as_deref().unwrap_or(Path::new(env!("CARGO_BIN_EXE_exchange-service"))));
    program.arg("--config").arg("/dev/stdin").stdin(fs::File::open(&path).unwrap());
    program.env("ACS_ACCESS_KEY", ACCESS_KEY);
    let running = Running::start(program);
    copy.map(fs::remove_file).transpose().unwrap();
    let response = reqwest::get(format!("http://{}/livez", running.address)).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);

    let process = format!("/proc/{}", running.id());
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    assert_ne!(user, 0);
    let users = format!("Uid:\t{user}\t{user}\t{user}\t{user}");
    for line in [users.as_str(), "CapEff:\t0000000000000000", "NoNewPrivs:\t1"] {
        assert!(status.lines().any(|it| it == line), "{line}\n{status}");
    }
    for descriptor in fs::read_dir(format!("{process}/fdinfo")).unwrap() {
        let descriptor = descriptor.unwrap();
        let target = fs::read_link(format!("{process}/fd/{}", descriptor.file_name().display())).unwrap();
        let info = fs::read_to_string(descriptor.path()).unwrap();
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:\t")).unwrap();
        let writes = u32::from_str_radix(flags, 8).unwrap() & 0o3 != 0;
        assert!(!(writes && target.is_file() && !target.starts_with("/dev")), "{}", target.display());
    }
}

#[test]
fn the_image_has_a_base_that_can_be_pinned_no_shell_commands_and_a_user_without_rights() {
    // SEC-125, REV-13
    assert_eq!(instructions(CONTAINERFILE, "FROM"), ["${BASE}"], "a release gives its digest");
    assert_eq!(instructions(CONTAINERFILE, "ARG"), ["BASE=gcr.io/distroless/cc-debian12:nonroot"]);
    assert_eq!(instructions(CONTAINERFILE, "RUN"), [""; 0]);
    let user = user_of_the_image();
    assert_ne!(user, 0);
    let service = [
        "read_only: true".to_owned(),
        format!("user: \"{user}:{user}\""),
        "cap_drop: [ALL]".to_owned(),
        "security_opt: [\"no-new-privileges:true\"]".to_owned(),
    ];
    for member in service {
        assert!(COMPOSE.lines().any(|line| line.trim() == member), "compose.yaml has no {member}");
    }
}

#[test]
fn the_emulators_image_has_the_same_user_and_no_shell_commands() {
    for name in ["FROM", "USER", "RUN"] {
        assert_eq!(instructions(EMULATORS_CONTAINERFILE, name), instructions(CONTAINERFILE, name), "{name}");
    }
    assert_eq!(instructions(EMULATORS_CONTAINERFILE, "ARG"), ["BASE=gcr.io/distroless/static-debian12:nonroot"]);
}

#[test]
fn the_pod_has_no_rights_and_the_memory_of_the_unit() {
    // SEC-125
    let user = user_of_the_image();
    let unit = fs::read_to_string(UNIT).unwrap();
    let memory = unit.lines().find_map(|line| line.strip_prefix("MemoryMax=")).unwrap();
    for member in [
        "automountServiceAccountToken: false".to_owned(),
        "runAsNonRoot: true".to_owned(),
        format!("runAsUser: {user}"),
        format!("runAsGroup: {user}"),
        "type: RuntimeDefault".to_owned(),
        "allowPrivilegeEscalation: false".to_owned(),
        "readOnlyRootFilesystem: true".to_owned(),
        "drop: [ALL]".to_owned(),
        "terminationGracePeriodSeconds: 45".to_owned(),
        format!("memory: {memory}i"),
    ] {
        assert!(DEPLOYMENT.lines().any(|line| line.trim() == member), "deployment.yaml has no {member}");
    }
}

#[test]
fn systemd_rates_the_exposure_of_the_unit_as_two_at_most() {
    // SEC-125. The threshold is ten times the rating, which is from 0 to 10.
    let mut command = Command::new("systemd-analyze");
    match command.args(["security", "--offline=true", "--threshold=20", UNIT]).output() {
        Ok(rated) => assert!(rated.status.success(), "{}", String::from_utf8_lossy(&rated.stdout)),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            println!("skipped: systemd-analyze is not installed on this machine");
        }
        Err(error) => panic!("systemd-analyze: {error}"),
    }
}
