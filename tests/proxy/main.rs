//! A real proxy, tinyproxy, between the program and the sandbox: with plain HTTP, with HTTPS, and with a wrong login.
//!
//! In real time, since other processes have no virtual time.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy does not know to be tests"
)]

#[path = "../support/authority.rs"]
mod authority;

use authority::{Authority, authority};
use orchestrate::{Sandbox, SandboxOptions};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::{NamedTempFile, TempDir};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

const BUNDLE: &str = r#"{"project":{"name":"shop","logicalId":"shop"},"sharedFiles":[],"resources":[{"logicalId":"home","type":"check","member":true,"payload":{}}]}"#;
const MANIFEST: &str = "version = 1\n[accounts.main]\naccount_id = \"account-1\"\napi_key = { env = \"K\" }\n[[project]]\nname = \"shop\"\nbundle = \"shop.json\"\n";

/// tinyproxy, with the login `me:s3cret`, until it is dropped.
struct Proxy {
    port: u16,
    log: PathBuf,
    _process: Child,
}

impl Proxy {
    async fn start(directory: &Path) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let (settings, log) = (directory.join("tinyproxy.conf"), directory.join("log"));
        let text = format!(
            "Port {port}\nListen 127.0.0.1\nTimeout 600\nLogFile \"{}\"\nLogLevel Connect\nMaxClients 100\nAllow 127.0.0.1\nBasicAuth me s3cret\n",
            log.display()
        );
        std::fs::write(&settings, text).unwrap();
        let mut process = Command::new("tinyproxy")
            .arg("-d")
            .arg("-c")
            .arg(&settings)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("tinyproxy (package tinyproxy): {error}"));
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert_eq!(process.try_wait().unwrap(), None, "it has ended");
        }
        Self {
            port,
            log,
            _process: process,
        }
    }

    fn url(&self, login: &str) -> String {
        format!("http://{login}@127.0.0.1:{}", self.port)
    }

    /// The requests with this beginning. It logs a request before it forwards it.
    fn requests(&self, start: &str) -> usize {
        let log = std::fs::read_to_string(&self.log).unwrap();
        log.lines().filter(|line| line.contains(start)).count()
    }
}

/// A deployment of one project to this API.
async fn deploy(directory: &Path, api: &str, variables: &[(&str, &str)]) -> Output {
    std::fs::write(directory.join("shop.json"), BUNDLE).unwrap();
    std::fs::write(directory.join("projects.toml"), MANIFEST).unwrap();
    Command::new(env!("CARGO_BIN_EXE_orchestrate"))
        .args(["--yes", "--api-url", api])
        .current_dir(directory)
        .env_clear()
        .env("K", "cu_0123456789")
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// HTTPS in front of the sandbox, with a certificate of a private authority, whose file is returned with the port.
async fn https(sandbox: &Sandbox) -> (u16, NamedTempFile) {
    let Authority { file, acceptor } = authority("127.0.0.1", false);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let plain = sandbox.url().replace("http://", "");
    actix_rt::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (acceptor, plain) = (acceptor.clone(), plain.clone());
            actix_rt::spawn(async move {
                let mut socket = acceptor.accept(socket).await.unwrap();
                let mut api = TcpStream::connect(plain).await.unwrap();
                let _closed = copy_bidirectional(&mut socket, &mut api).await;
            });
        }
    });
    (port, file)
}

fn sandbox() -> Sandbox {
    let options = SandboxOptions {
        time_scale: 0.1,
        record: true,
        ..SandboxOptions::default()
    };
    Sandbox::start(options).unwrap()
}

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[actix_rt::test]
async fn plain_http_is_forwarded() {
    let (directory, sandbox) = (directory(), sandbox());
    let proxy = Proxy::start(directory.path()).await;
    let url = proxy.url("me:s3cret");
    let output = deploy(directory.path(), sandbox.url(), &[("http_proxy", &url)]).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let request = format!("POST {}/v1/projects/deploy", sandbox.url());
    assert_eq!(proxy.requests(&request), 1);
}

#[actix_rt::test]
async fn https_goes_through_a_tunnel_that_requests_share() {
    let (directory, sandbox) = (directory(), sandbox());
    let (port, authority) = https(&sandbox).await;
    let file = authority.path().to_str().unwrap();
    let proxy = Proxy::start(directory.path()).await;
    let url = proxy.url("me:s3cret");
    let variables = [("HTTPS_PROXY", url.as_str()), ("NODE_EXTRA_CA_CERTS", file)];
    let api = format!("https://127.0.0.1:{port}");
    let output = deploy(directory.path(), &api, &variables).await;
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let requests = sandbox.requests().len();
    let tunnels = proxy.requests(&format!("CONNECT 127.0.0.1:{port}"));
    assert!((1..requests).contains(&tunnels), "{tunnels} for {requests}");
    let wrong = proxy.url("me:wrong");
    let variables = [("ALL_PROXY", wrong.as_str()), ("NODE_EXTRA_CA_CERTS", file)];
    let refused = deploy(directory.path(), &api, &variables).await;
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    assert!(
        said(&refused).contains("(ALL_PROXY) requires a valid login (HTTP 401)"),
        "{}",
        said(&refused)
    );
    assert!(!said(&refused).contains("wrong"), "{}", said(&refused));
    assert_eq!(
        sandbox.requests().len(),
        requests,
        "nothing was sent with a wrong login"
    );
}
