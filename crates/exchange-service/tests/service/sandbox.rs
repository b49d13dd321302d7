//! The program as it is meant to be run: by nobody in particular, who may write nothing.

use std::{fs, os::unix::fs::PermissionsExt, path::PathBuf, process::Command};

use crate::{bench::ACCESS_KEY, running::Running};

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/systemd/exchange-service.service");

#[tokio::test]
async fn it_serves_as_a_user_without_rights_who_may_write_no_file() {
    // SEC-125
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("sandbox");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join("exchange-service.toml");
    fs::write(&path, include_str!("exchange-service.toml").replace("127.0.0.1:8403", "127.0.0.1:0")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    // A file that grows beyond nothing ends the process. What it holds open is looked at below.
    let mut program = Command::new("prlimit");
    program.arg("--fsize=0");
    let is_root = rustix::process::geteuid().is_root();
    let copy = if is_root {
        program.args([
            "setpriv",
            "--reuid=65532",
            "--regid=65532",
            "--clear-groups",
            "--bounding-set=-all",
            "--no-new-privs",
        ]);
        // Where a user without rights finds it, too.
        let copy = std::env::temp_dir().join(format!("exchange-service-{}", std::process::id()));
        fs::copy(env!("CARGO_BIN_EXE_exchange-service"), &copy).unwrap();
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o555)).unwrap();
        program.arg(&copy);
        Some(copy)
    } else {
        program.arg(env!("CARGO_BIN_EXE_exchange-service"));
        None
    };
    program.arg("--config").arg("/dev/stdin").stdin(fs::File::open(&path).unwrap());
    program.env("ACS_ACCESS_KEY", ACCESS_KEY);
    let running = Running::start(program);
    copy.map(fs::remove_file).transpose().unwrap();
    let answer = reqwest::get(format!("http://{}/livez", running.address)).await.unwrap();
    assert_eq!(answer.status().as_u16(), 200);

    let process = format!("/proc/{}", running.id());
    let status = fs::read_to_string(format!("{process}/status")).unwrap();
    if is_root {
        for line in ["Uid:\t65532\t65532\t65532\t65532", "CapEff:\t0000000000000000", "NoNewPrivs:\t1"] {
            assert!(status.lines().any(|it| it == line), "{line}\n{status}");
        }
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
fn the_unit_of_systemd_leaves_little_open_and_the_image_is_nobodys() {
    // SEC-125
    let unit = fs::read_to_string(UNIT).unwrap();
    for line in ["User=exchange-service", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet="] {
        assert!(unit.lines().any(|it| it == line), "{line}");
    }
    let image = include_str!("../../../../deploy/container/Containerfile");
    assert!(image.contains("\nUSER 65532:65532\n") && image.contains("BASE=gcr.io/distroless/"), "{image}");
    // REV-13: the base is an argument, so that a release can name its digest.
    assert!(image.contains("\nFROM ${BASE}\n") && !image.contains("RUN "), "{image}");
    let compose = include_str!("../../../../deploy/container/compose.yaml");
    assert!(compose.contains("read_only: true"), "{compose}");
    // Where systemd is; the lines above are what it looks at.
    let judged = Command::new("systemd-analyze").args(["security", "--offline=true", "--threshold=20", UNIT]).output();
    if let Ok(judged) = judged {
        assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    }
}
