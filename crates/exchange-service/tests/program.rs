//! The program: its arguments, what it prints, and how it ends.

#![expect(clippy::unwrap_used, reason = "clippy does not see that what a test calls is a test")]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==";

fn program(configuration: &str, name: &str) -> Command {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, configuration).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program
        .env_remove("ACS_CONNECTION_STRING")
        .env_remove("ACS_SECONDARY_ACCESS_KEY")
        .env("ACS_ACCESS_KEY", KEY)
        .arg("--config")
        .arg(path);
    program
}

fn development(listen: &str) -> String {
    include_str!("../exchange-service.dev.toml").replace("127.0.0.1:8403", listen)
}

fn text(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_check_tells_good_from_bad_by_its_exit_code() {
    // security 124
    let good = program(&development("127.0.0.1:0"), "good.toml").arg("--check").output().unwrap();
    assert_eq!(text(&good), (Some(0), String::new(), String::new()));
    let bad = include_str!("../exchange-service.example.toml").replace("access_key_file", "# access_key_file");
    let (code, _, told) = text(&program(&bad, "example.toml").arg("--check").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(told.ends_with("acs.endpoint: still has the example's placeholder\n"), "{told}");
}

#[test]
fn a_key_is_never_printed() {
    // security 115
    let mut print = program(&development("127.0.0.1:0"), "print.toml");
    let (code, printed, _) = text(&print.arg("--print-config").output().unwrap());
    assert_eq!(code, Some(0));
    assert!(printed.contains("64 bytes from ACS_ACCESS_KEY") && !printed.contains(&KEY[..8]), "{printed}");

    let mut bad = program(&development("127.0.0.1:0"), "bad.toml");
    let (code, _, told) = text(&bad.env("ACS_ACCESS_KEY", "canary-key").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(told.contains("ACS_ACCESS_KEY") && !told.contains("canary"), "{told}");

    let mut argument = program(&development("127.0.0.1:0"), "argument.toml");
    let (code, _, told) = text(&argument.arg("--access-key=canary").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(!told.contains("canary"), "{told}");
}

#[test]
fn a_taken_port_is_named_with_the_key_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let (code, _, told) = text(&program(&development(&listen), "taken.toml").output().unwrap());
    assert_eq!(code, Some(1));
    assert_eq!(told, format!("exchange-service: {listen} is taken; the key `listen` changes it\n"));
}

#[test]
#[cfg(unix)]
fn it_ends_in_good_order_when_told_to() {
    // security 123
    let mut service = program(&development("127.0.0.1:0"), "serve.toml").stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(service.stderr.take().unwrap()).lines();
    assert!(log.next().unwrap().unwrap().contains("listening"));
    assert!(Command::new("kill").arg(service.id().to_string()).status().unwrap().success());
    assert!(service.wait().unwrap().success());
    assert!(log.next().unwrap().unwrap().contains("draining"));
}
