//! The program itself, as an administrator or a script runs it.

use std::{fs, path::PathBuf};

use azure_emulator::account;
use serde_json::{Value, json};
use tokio::process::Command;

use crate::tenant::{ADMINISTRATOR, ALL, Tenant};

/// The end of a run.
struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs the program in the folder of the tenant, with a token of this account.
async fn run(tenant: &Tenant, username: &str, scopes: &str, arguments: &[&str]) -> Run {
    let folder = tenant.folder.path();
    fs::write(folder.join("setup.toml"), tenant.text()).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_acs-sign-in-setup"));
    command.args(arguments).current_dir(folder).kill_on_drop(true);
    let token = tenant.emulator.graph_token(account(username).unwrap(), scopes);
    let output = command.env("ACS_SIGN_IN_GRAPH_TOKEN", token).output().await.unwrap();
    Run {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

fn record(tenant: &Tenant) -> PathBuf {
    tenant.folder.path().join("setup.record.json")
}

#[tokio::test]
async fn refuses_a_registration_that_a_stranger_made_under_its_name() {
    let tenant = Tenant::start_without_tls().await;
    // By default, each member of a tenant may register applications, under each name and with each tag.
    let stranger = tenant
        .register(json!({
            "displayName": "Calls",
            "tags": ["acs-sign-in-setup"],
            "spa": { "redirectUris": ["https://attacker.example/"] },
        }))
        .await;
    let before = tenant.objects("applications").await;
    let app_id = stranger["appId"].as_str().unwrap();
    for arguments in [&["plan"][..], &["apply", "--yes"], &["check"]] {
        let run = run(&tenant, ADMINISTRATOR, ALL, arguments).await;
        assert_eq!(run.code, Some(2), "{arguments:?}: {}", run.stdout);
        for named in [app_id, "https://attacker.example/", "--adopt-page", "owners", "credentials"] {
            assert!(run.stderr.contains(named), "{named}: {}", run.stderr);
        }
        assert_eq!(tenant.objects("applications").await, before);
        assert_eq!(tenant.objects("servicePrincipals").await.len(), 1);
        assert_eq!(tenant.objects("oauth2PermissionGrants").await, Vec::<Value>::new());
        assert!(!tenant.folder.path().join("config.json").exists());
    }
    // A person who chooses it sees what others could do with it.
    let plan = run(&tenant, ADMINISTRATOR, ALL, &["plan", "--adopt-page", app_id]).await;
    assert_eq!(plan.code, Some(0), "{}", plan.stderr);
    let stays = "stays: the registration Calls has other redirect URIs: https://attacker.example/\n";
    assert!(plan.stdout.contains(stays), "{}", plan.stdout);
    assert!(!record(&tenant).exists());
}

#[tokio::test]
async fn removes_nothing_with_a_token_of_another_tenant() {
    let tenant = Tenant::start_without_tls().await;
    let apply = run(&tenant, ADMINISTRATOR, ALL, &["apply", "--yes"]).await;
    assert_eq!(apply.code, Some(0), "{}", apply.stderr);
    let before = fs::read_to_string(record(&tenant)).unwrap();
    for (username, scopes, expected) in [
        ("bob@contoso.example", ALL, "the token is for the tenant"),
        // Without the right to read the tenant, it is unknown.
        ("bob@contoso.example", "Application.ReadWrite.All", "User.Read"),
        (ADMINISTRATOR, "Application.ReadWrite.All", "User.Read"),
    ] {
        for arguments in [&["remove", "--yes"][..], &["check"], &["plan"], &["apply", "--yes"]] {
            let run = run(&tenant, username, scopes, arguments).await;
            assert_eq!(run.code, Some(2), "{username} {arguments:?}: {}", run.stdout);
            assert!(run.stderr.contains(expected), "{}", run.stderr);
            assert_eq!(fs::read_to_string(record(&tenant)).unwrap(), before);
        }
    }
    assert_eq!(tenant.objects("applications").await.len(), 2);
}
