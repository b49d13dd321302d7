//! The program: arguments, output, signals, and operation as an Azure Function.

#![expect(clippy::unwrap_used, reason = "clippy does not see that what a test calls is a test")]

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

use serde_json::Value;

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
fn check_exits_with_1_for_a_bad_configuration() {
    // SEC-124
    let good = program(&development("127.0.0.1:0"), "good.toml").arg("--check").output().unwrap();
    assert_eq!(text(&good), (Some(0), String::new(), String::new()));
    let bad = include_str!("../exchange-service.example.toml").replace("access_key_file", "# access_key_file");
    let (code, _, message) = text(&program(&bad, "example.toml").arg("--check").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(message.ends_with("page.client_id: still has the example's placeholder\n"), "{message}");
}

#[test]
fn rep_03_files_written_on_windows_are_read_and_utf_16_is_named() {
    let directory = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let (key, secret, redis) =
        (directory.join("rep-03.key"), directory.join("rep-03.secret"), directory.join("rep-03.redis"));
    let key_section = format!("[acs]\naccess_key_file = {key:?}");
    let mailbox = format!("store = \"redis\"\nredis_url_file = {redis:?}\nsecret_file = {secret:?}");
    let configuration = development("127.0.0.1:0").replacen("[acs]", &key_section, 1);
    let configuration = configuration.replacen("store = \"memory\"", &mailbox, 1);
    let check = |encode: fn(&str) -> Vec<u8>, file: Option<&PathBuf>| {
        let plain = |text: &str| text.as_bytes().to_vec();
        for (path, text) in [(&key, KEY), (&secret, KEY), (&redis, "redis://localhost:9/")] {
            let encode = if file.is_none_or(|file| file == path) { encode } else { plain };
            fs::write(path, encode(text)).unwrap();
        }
        let mut check = program(&configuration, "rep-03.toml");
        if file.is_none() {
            fs::write(directory.join("rep-03.toml"), encode(&configuration)).unwrap();
        }
        text(&check.env_remove("ACS_ACCESS_KEY").arg("--check").output().unwrap())
    };
    let byte_order_mark = |text: &str| format!("\u{FEFF}{}\r\n", text.replace('\n', "\r\n")).into_bytes();
    assert_eq!(check(byte_order_mark, None), (Some(0), String::new(), String::new()));
    let utf_16 = |text: &str| format!("\u{FEFF}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (file, name) in [
        (None, "rep-03.toml"),
        (Some(&key), "acs.access_key_file"),
        (Some(&secret), "mailbox.secret_file"),
        (Some(&redis), "mailbox.redis_url_file"),
    ] {
        let (code, _, message) = check(utf_16, file);
        assert_eq!(code, Some(1), "{name}: {message}");
        assert!(message.contains(name), "{name}: {message}");
        assert!(message.contains("UTF-16"), "{name}: {message}");
        assert!(!message.contains(&KEY[..8]), "{name}: {message}");
    }
}

#[test]
fn prints_its_version_without_a_configuration() {
    let printed = Command::new(env!("CARGO_BIN_EXE_exchange-service")).arg("--version").output().unwrap();
    let version = concat!("exchange-service ", env!("CARGO_PKG_VERSION"), "\n").to_owned();
    assert_eq!(text(&printed), (Some(0), version, String::new()));
}

#[test]
#[cfg(target_os = "linux")]
fn notifies_systemd_when_it_serves_and_when_it_ends() {
    use std::os::unix::net::UnixDatagram;
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("notify.socket");
    let _ = fs::remove_file(&path);
    let systemd = UnixDatagram::bind(&path).unwrap();
    systemd.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let received = || {
        let mut state = [0; 64];
        let length = systemd.recv(&mut state).unwrap();
        String::from_utf8(state[..length].to_vec()).unwrap()
    };
    let (mut service, listening, _log) =
        serving(program(&development("127.0.0.1:0"), "notify.toml").env("NOTIFY_SOCKET", &path));
    assert!(listening.contains(concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\"")), "{listening}");
    assert_eq!(received(), "READY=1");
    assert!(Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert_eq!(received(), "STOPPING=1");
    assert!(service.0.wait().unwrap().success());
}

#[test]
fn a_key_is_never_printed() {
    // SEC-115
    let mut print = program(&development("127.0.0.1:0"), "print.toml");
    let (code, printed, _) = text(&print.arg("--print-config").output().unwrap());
    assert_eq!(code, Some(0));
    assert!(printed.contains("64 bytes from ACS_ACCESS_KEY"), "{printed}");
    assert!(!printed.contains(&KEY[..8]), "{printed}");

    let mut bad = program(&development("127.0.0.1:0"), "bad.toml");
    let (code, _, message) = text(&bad.env("ACS_ACCESS_KEY", "canary-key").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(message.contains("ACS_ACCESS_KEY"), "{message}");
    assert!(!message.contains("canary"), "{message}");

    let mut argument = program(&development("127.0.0.1:0"), "argument.toml");
    let (code, _, message) = text(&argument.arg("--access-key=canary").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(!message.contains("canary"), "{message}");
}

#[test]
fn a_taken_port_is_named_with_the_key_that_changes_it() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let (code, _, message) = text(&program(&development(&listen), "taken.toml").output().unwrap());
    assert_eq!(code, Some(1));
    assert_eq!(message, format!("exchange-service: {listen} is taken; the key `listen` changes it\n"));
}

/// Kills the program when it is dropped, so that it ends with its test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts the program. Returns it with the log line that names its address, and the lines that follow.
fn serving(program: &mut Command) -> (Running, String, impl Iterator<Item = String> + use<>) {
    let mut service = Running(program.stderr(Stdio::piped()).spawn().unwrap());
    let mut log = BufReader::new(service.0.stderr.take().unwrap()).lines().map_while(Result::ok);
    let listening = log.find(|line| line.contains("listening")).unwrap();
    (service, listening, log)
}

#[test]
#[cfg(unix)]
fn sigterm_drains_and_exits_with_0() {
    // SEC-123
    let (mut service, _, mut log) = serving(&mut program(&development("127.0.0.1:0"), "serve.toml"));
    assert!(Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert!(service.0.wait().unwrap().success());
    let next: Value = serde_json::from_str(&log.next().unwrap()).unwrap();
    assert_eq!(next["fields"]["message"], "draining");
}

/// Sends a request without a body to the address in the log line `listening`. Returns the response.
fn ask(listening: &Value, line: &str) -> String {
    let mut stream = TcpStream::connect(listening["fields"]["address"].as_str().unwrap()).unwrap();
    stream.write_all(format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes()).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

#[test]
#[cfg(unix)]
fn serves_after_the_reader_of_its_log_has_closed_the_pipe() {
    // SEC-099, SEC-123
    let (mut service, listening, log) = serving(&mut program(&development("127.0.0.1:0"), "no-log.toml"));
    drop(log);
    let listening: Value = serde_json::from_str(&listening).unwrap();
    for _ in 0..3 {
        let response = ask(&listening, "GET /nowhere");
        assert!(response.starts_with("HTTP/1.1 404 "), "{response}");
    }
    assert!(Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert!(service.0.wait().unwrap().success());
}

/// Requests an unknown path over one connection, each time from another forwarded address.
fn refused(listening: &Value, times: u32) -> TcpStream {
    let mut stream = TcpStream::connect(listening["fields"]["address"].as_str().unwrap()).unwrap();
    // If the log stops everything, this test must fail and not hang.
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let mut answers = BufReader::new(stream.try_clone().unwrap());
    for number in 0..times {
        let (high, low) = (number / 250, number % 250);
        let head = format!("GET /nothing HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 10.0.{high}.{low}\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut length = 0;
        loop {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            match line.to_ascii_lowercase().strip_prefix("content-length: ") {
                Some(number) => length = number.trim().parse().unwrap(),
                None if line == "\r\n" => break,
                None => assert!(!line.is_empty(), "closed"),
            }
        }
        answers.read_exact(&mut vec![0; length]).unwrap();
    }
    stream
}

#[test]
#[cfg(unix)]
fn serves_while_the_reader_of_its_log_does_not_read() {
    // REV-04
    let proxied = development("127.0.0.1:0").replace("[mailbox]", "[limits]\ntrusted_proxies = 1\n[mailbox]");
    let (mut service, listening, _log) = serving(&mut program(&proxied, "stalled-log.toml"));
    let listening: Value = serde_json::from_str(&listening).unwrap();
    // More lines than the pipe holds (64 KiB) and the queue (1024).
    let _connection = refused(&listening, 2_000);
    assert!(ask(&listening, "GET /livez").starts_with("HTTP/1.1 200 "));
    assert!(Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert!(service.0.wait().unwrap().success());
}

#[test]
#[cfg(target_os = "linux")]
fn counts_lost_log_lines_and_serves_while_the_disk_is_full() {
    // REV-04
    // The log cannot be read, so the ports are chosen here.
    let port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (listen, metrics) = (port(), port());
    let configuration =
        format!("metrics_listen = \"127.0.0.1:{metrics}\"\n{}", development(&format!("127.0.0.1:{listen}")));
    let mut program = program(&configuration, "full-disk.toml");
    // Each write fails as on a full disk.
    program.stderr(fs::OpenOptions::new().write(true).open("/dev/full").unwrap());
    let mut service = Running(program.spawn().unwrap());
    let at = |port: u16| serde_json::json!({ "fields": { "address": format!("127.0.0.1:{port}") } });
    while TcpStream::connect(("127.0.0.1", listen)).is_err() {
        assert!(service.0.try_wait().unwrap().is_none(), "it ended");
        thread::yield_now();
    }
    let lost = |page: &str| -> u32 {
        let line = page.lines().find_map(|line| line.strip_prefix("exchange_log_lines_lost_total ")).unwrap();
        line.parse().unwrap()
    };
    // Ten refusals and the line `listening`.
    drop(refused(&at(listen), 10));
    // Polled so often that a failure means that the lines are never counted.
    let is_counted = (0..10_000).any(|_| lost(&ask(&at(metrics), "GET /metrics")) >= 11);
    assert!(is_counted);
    assert!(ask(&at(metrics), "GET /livez").starts_with("HTTP/1.1 200 "));
    assert!(Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert!(service.0.wait().unwrap().success());
}

#[test]
#[cfg(target_os = "linux")]
fn serves_and_drains_in_one_thread_on_one_core() {
    // SEC-123
    let several = program(&development("127.0.0.1:0"), "one-core.toml");
    let mut one = Command::new("taskset");
    one.args(["-c", "0"]).arg(several.get_program()).args(several.get_args()).env("ACS_ACCESS_KEY", KEY);
    let (mut service, listening, _log) = serving(&mut one);
    let listening: Value = serde_json::from_str(&listening).unwrap();
    let response = ask(&listening, "GET /livez");
    assert!(response.starts_with("HTTP/1.1 200 "), "{response}");
    let threads = fs::read_dir(format!("/proc/{}/task", service.0.id())).unwrap();
    let names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).unwrap());
    let mut names: Vec<_> = names.map(|name| name.trim().to_owned()).collect();
    names.sort_unstable();
    // The two threads of the log only write.
    assert_eq!(names, ["exchange-servic", "log", "log-records"]);
    assert!(Command::new("kill").arg(service.0.id().to_string()).status().unwrap().success());
    assert!(service.0.wait().unwrap().success());
}

#[test]
#[cfg(unix)]
fn sighup_reloads_keys_without_ending_the_program() {
    // SEC-085, SEC-111
    let (mut service, _, mut log) = serving(&mut program(&development("127.0.0.1:0"), "hangup.toml"));
    for _ in 0..2 {
        let id = service.0.id().to_string();
        assert!(Command::new("kill").args(["-HUP", &id]).status().unwrap().success());
        // Nothing listens at the issuer's address.
        assert!(log.any(|line| line.contains("the keys of these issuers could not be fetched")));
    }
    assert!(service.0.try_wait().unwrap().is_none());
}

#[test]
#[cfg(target_os = "linux")]
fn core_dumps_are_off_so_that_none_has_the_key() {
    // SEC-116
    let (service, _, _) = serving(&mut program(&development("127.0.0.1:0"), "core.toml"));
    let limits = fs::read_to_string(format!("/proc/{}/limits", service.0.id())).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"], "{core}");
}

#[test]
fn reach_names_what_cannot_be_reached_and_exits_with_1() {
    // SEC-124
    let unused_port = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port().to_string();
    let configuration = development("127.0.0.1:0").replace("8401", &unused_port()).replace("8402", &unused_port());
    let (code, message, error) = text(&program(&configuration, "reach.toml").arg("--reach").output().unwrap());
    assert_eq!(code, Some(1));
    for line in
        ["keys of fab00000-0000-4000-8000-000000000001: no usable keys", "ACS: cannot be reached", "the clock: good"]
    {
        assert!(message.lines().any(|printed| printed.starts_with(line)), "no line begins with {line}: {message}");
    }
    assert!(error.contains("not all of what"), "{error}");
}

/// The Functions host starts the program of `host.json` in its folder, and forwards requests unchanged.
#[test]
fn as_a_function_listens_on_the_hosts_port_and_trusts_its_forwarded_address() {
    let host: Value = serde_json::from_str(include_str!("../../../deploy/function/host.json")).unwrap();
    let handler = &host["customHandler"];
    assert_eq!(handler["description"]["defaultExecutablePath"], "exchange-service");
    assert_eq!(handler["enableProxyingHttpRequest"], true);
    assert_eq!(host["extensions"]["http"]["routePrefix"], "", "the paths have no prefix, as elsewhere");

    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("function");
    fs::create_dir_all(&folder).unwrap();
    // The port in the file is taken: if the program used it, it could not start.
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let configuration = development(&taken.local_addr().unwrap().to_string())
        // Several instances need a Redis. The service connects to it at the first mailbox or request to ACS.
        .replace("store = \"memory\"\n", "store = \"redis\"\n[limits]\ntrusted_proxies = 1\n");
    fs::write(folder.join("exchange-service.toml"), configuration).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let arguments = handler["description"]["arguments"].as_array().unwrap().iter();
    let mut program = Command::new(env!("CARGO_BIN_EXE_exchange-service"));
    program
        .args(arguments.map(|argument| argument.as_str().unwrap()))
        .current_dir(&folder)
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .env("EXCHANGE_SERVICE_INSTANCES", "40")
        .env("MAILBOX_REDIS_URL", "redis://localhost:9")
        .env("MAILBOX_SECRET", KEY)
        .env("ACS_ACCESS_KEY", KEY);
    let (_service, listening, mut log) = serving(&mut program);
    let listening: Value = serde_json::from_str(&listening).unwrap();
    assert_eq!(listening["fields"]["address"], format!("127.0.0.1:{port}"));

    let forward = |head: &str, body: &str| {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let request = format!(
            "{head} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Forwarded-For: 192.0.2.9, 203.0.113.7:50000\r\n\
             X-Original-URL: /exchange\r\nX-ARR-LOG-ID: 1\r\nX-AppService-Proto: https\r\nConnection: close\r\n\
             Origin: http://localhost:8080\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
             {:x}\r\n{body}\r\n0\r\n\r\n",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    };
    assert!(forward("GET /livez", "{}").starts_with("HTTP/1.1 200 "));
    let response = forward("POST /exchange", "{\"accessToken\":\"x\"}");
    assert!(response.starts_with("HTTP/1.1 401 "), "{response}");
    assert!(response.contains("\"code\":\"caller_token_refused\""), "{response}");
    assert!(forward("POST /api/exchange", "{}").starts_with("HTTP/1.1 404 "), "there is no prefix");
    let message = log.find(|line| line.contains("caller_token_refused")).unwrap();
    assert!(message.contains("\"address\":\"203.0.113.7\""), "{message}");
}

#[test]
fn the_functions_configuration_is_valid_once_its_placeholders_are_replaced() {
    let function: Value =
        serde_json::from_str(include_str!("../../../deploy/function/exchange/function.json")).unwrap();
    let trigger = &function["bindings"][0];
    assert_eq!((&trigger["authLevel"], &trigger["route"]), (&Value::from("anonymous"), &Value::from("{*path}")));
    assert_eq!(trigger["methods"], serde_json::json!(["get", "post", "delete", "options"]));

    let empty = include_str!("../../../deploy/function/exchange-service.toml");
    let (code, _, message) = text(&program(empty, "function-empty.toml").arg("--check").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(message.contains("placeholder"), "{message}");
    let id = "acc00000-0000-4000-8000-000000000010";
    let filled = ["REPLACE-WITH-THE-PAGES-CLIENT-ID", "REPLACE-WITH-THE-APIS-CLIENT-ID", "REPLACE-WITH-A-TENANT-ID"]
        .iter()
        .fold(empty.to_owned(), |text, placeholder| text.replace(placeholder, id))
        .replace(&format!("audience = \"{id}\""), "audience = \"e8c00000-0000-4000-8000-000000000020\"")
        .replace("REPLACE-WITH-YOUR-RESOURCE", "contoso")
        .replace("REPLACE-WITH-THE-PAGES-HOST", "signin.contoso.example");
    // With the application settings of the template.
    let deployed = |name: &str, configuration: &str| {
        let mut check = program(configuration, name);
        check.env("FUNCTIONS_CUSTOMHANDLER_PORT", "0").env("EXCHANGE_SERVICE_INSTANCES", "40");
        check.env("MAILBOX_REDIS_URL", "rediss://:p@redis.example:6380").env("MAILBOX_SECRET", KEY);
        text(&check.arg("--check").output().unwrap())
    };
    assert_eq!(deployed("function-filled.toml", &filled), (Some(0), String::new(), String::new()));
    // REV-02: 40 instances without a Redis would each leave a tenant a single request at a time.
    let (code, _, message) = deployed("function-alone.toml", &filled.replace("[mailbox]\nstore = \"redis\"\n", ""));
    assert_eq!(code, Some(1));
    assert!(message.contains("limits.instances"), "{message}");
    assert!(message.contains("configure a Redis"), "{message}");
}
