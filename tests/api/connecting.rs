//! Connections: TLS with a private authority, and proxies.

use crate::api::{Client, Endpoint, Identity, Network};
use crate::model::{Failure, FailureKind};
use crate::tests::api::{credentials, id, identity};
use crate::tests::support::authority::{Authority, authority};
use std::cell::RefCell;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What a server was sent: request lines, and the logins to proxies.
type Seen = Rc<RefCell<Vec<String>>>;

/// The head of a request or of a response.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = vec![];
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await.ok()?);
    }
    Some(String::from_utf8(bytes).unwrap())
}

fn record(seen: &Seen, head: &str) {
    let is_login = |line: &&str| line.to_ascii_lowercase().starts_with("proxy-authorization");
    let mut line = head.lines().next().unwrap().to_owned();
    for login in head.lines().filter(is_login) {
        line.push_str("; ");
        line.push_str(&login.to_ascii_lowercase());
    }
    seen.borrow_mut().push(line);
}

/// Serves a running deployment to every request of a connection.
async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, seen: Seen) {
    while let Some(head) = head(&mut stream).await {
        record(&seen, &head);
        let body = r#"{"id":"d1","status":"RUNNING","progress":40}"#;
        let length = body.len();
        let response = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}");
        stream.write_all(response.as_bytes()).await.unwrap();
    }
}

/// An API at this address: with HTTPS, if there is an acceptor. Returns its port.
async fn api(address: &str, tls: Option<TlsAcceptor>, seen: Seen) -> u16 {
    let listener = TcpListener::bind((address, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    actix::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (tls, seen) = (tls.clone(), seen.clone());
            actix::spawn(async move {
                match tls {
                    None => serve(socket, seen).await,
                    Some(tls) => {
                        if let Ok(socket) = tls.accept(socket).await {
                            serve(socket, seen).await;
                        }
                    }
                }
            });
        }
    });
    port
}

/// A proxy that opens tunnels, and serves other requests itself; or that responds to everything with these bytes.
async fn proxy(response: Option<&'static str>, seen: Seen) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    actix::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let seen = seen.clone();
            actix::spawn(async move {
                let mut peeked = [0; 8];
                socket.peek(&mut peeked).await.unwrap();
                if let Some(response) = response {
                    let _gone = socket.write_all(response.as_bytes()).await;
                    let _request = head(&mut socket).await;
                } else if peeked == *b"CONNECT " {
                    let head = head(&mut socket).await.unwrap();
                    record(&seen, &head);
                    let target = head.split(' ').nth(1).unwrap().to_owned();
                    let mut api = TcpStream::connect(target).await.unwrap();
                    let open = b"HTTP/1.1 200 Connection established\r\n\r\n";
                    socket.write_all(open).await.unwrap();
                    let _closed = copy_bidirectional(&mut socket, &mut api).await;
                } else {
                    serve(socket, seen).await;
                }
            });
        }
    });
    port
}

fn client(url: String, variables: &[(&str, &str)]) -> Client {
    let env = |name: &str| {
        let value = variables.iter().find(|(known, _)| *known == name);
        value.map(|(_, value)| (*value).to_owned())
    };
    let endpoint = Endpoint {
        base_url: url,
        network: Network::from_env(&env),
    };
    let identity: Identity = identity();
    Client::new(&endpoint, &identity).unwrap()
}

async fn get(client: &Client) -> Result<(), Failure> {
    client
        .get(&credentials(), "shop", &id("d1"))
        .await
        .map(drop)
}

const PATH: &str = "/v1/projects/shop/deployments/d1";

#[actix::test]
async fn a_private_authority_is_trusted_if_a_variable_names_it() {
    for address in ["127.0.0.1", "::1"] {
        let Authority { file, acceptor } = authority(address, false);
        let port = api(address, Some(acceptor), Seen::default()).await;
        let host = if address.contains(':') {
            format!("[{address}]")
        } else {
            address.to_owned()
        };
        for variable in ["SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
            let path = file.path().to_str().unwrap();
            let client = client(format!("https://{host}:{port}"), &[(variable, path)]);
            assert_eq!(get(&client).await, Ok(()));
        }
    }
}

#[actix::test]
async fn a_certificate_that_is_not_accepted_is_permanent_and_explained() {
    let trusted = authority("localhost", false);
    let path = trusted.file.path().to_str().unwrap().to_owned();
    let mut messages = vec![];
    for (name, is_expired, is_trusted) in [
        ("127.0.0.1", false, false),
        ("127.0.0.1", true, true),
        ("api.example", false, true),
    ] {
        let Authority { file, acceptor } = authority(name, is_expired);
        let port = api("127.0.0.1", Some(acceptor), Seen::default()).await;
        let own = file.path().to_str().unwrap();
        let path = if is_trusted { own } else { &path };
        let client = client(
            format!("https://127.0.0.1:{port}"),
            &[("SSL_CERT_FILE", path)],
        );
        let failure = get(&client).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Certificate);
        assert!(!failure.is_transient());
        let message = failure.error.message.replace(path, "<file>");
        messages.push(message.replace(&port.to_string(), "<port>"));
    }
    insta::assert_snapshot!(messages.join("\n"), @r"
    The certificate of 127.0.0.1:<port> is not accepted: its issuer is not trusted; trusted are the certificate authorities of <file> (SSL_CERT_FILE).
    The certificate of 127.0.0.1:<port> is not accepted: it has expired; trusted are the certificate authorities of <file> (SSL_CERT_FILE).
    The certificate of 127.0.0.1:<port> is not accepted: it is for another host; trusted are the certificate authorities of <file> (SSL_CERT_FILE).
    ");
}

#[actix::test]
async fn a_server_without_tls_cannot_be_connected_to_securely() {
    let Authority { file, .. } = authority("127.0.0.1", false);
    let port = proxy(Some("HTTP/1.1 400 Bad Request\r\n\r\n"), Seen::default()).await;
    let variables = [("SSL_CERT_FILE", file.path().to_str().unwrap())];
    let client = client(format!("https://127.0.0.1:{port}"), &variables);
    let failure = get(&client).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Connection);
    let message = failure.error.message.replace(&port.to_string(), "<port>");
    insta::assert_snapshot!(message, @"Cannot establish a secure connection to 127.0.0.1:<port>: received corrupt message of type InvalidContentType.");
}

#[actix::test]
async fn requests_share_a_tunnel_and_only_the_proxy_gets_its_login() {
    let (at_api, at_proxy) = (Seen::default(), Seen::default());
    let Authority { file, acceptor } = authority("127.0.0.1", false);
    let port = api("127.0.0.1", Some(acceptor), at_api.clone()).await;
    let proxy = proxy(None, at_proxy.clone()).await;
    let client = client(
        format!("https://127.0.0.1:{port}"),
        &[
            (
                "https_proxy",
                &format!("http://me:s%20ecret@127.0.0.1:{proxy}"),
            ),
            ("SSL_CERT_FILE", file.path().to_str().unwrap()),
        ],
    );
    assert_eq!(get(&client).await, Ok(()));
    assert_eq!(get(&client).await, Ok(()));
    // printf 'me:s ecret' | base64 | tr A-Z a-z
    let login = "proxy-authorization: basic bwu6cybly3jlda==";
    let connect = format!("CONNECT 127.0.0.1:{port} HTTP/1.1; {login}");
    assert_eq!(*at_proxy.borrow(), [connect]);
    let request = format!("GET {PATH} HTTP/1.1");
    assert_eq!(*at_api.borrow(), [request.clone(), request]);
}

#[actix::test]
async fn plain_http_is_requested_from_the_proxy_by_its_whole_url() {
    let seen = Seen::default();
    let port = proxy(None, seen.clone()).await;
    let variable = format!("http://me:x@127.0.0.1:{port}");
    let client = client(
        "http://api.example/base".to_owned(),
        &[("ALL_PROXY", &variable)],
    );
    assert_eq!(get(&client).await, Ok(()));
    assert_eq!(get(&client).await, Ok(()));
    // printf me:x | base64 | tr A-Z a-z
    let request =
        format!("GET http://api.example/base{PATH} HTTP/1.1; proxy-authorization: basic bwu6ea==");
    assert_eq!(*seen.borrow(), [request.clone(), request]);
}

#[actix::test]
async fn a_host_in_no_proxy_is_reached_directly() {
    let seen = Seen::default();
    let port = api("127.0.0.1", None, seen.clone()).await;
    let client = client(
        format!("http://127.0.0.1:{port}"),
        &[
            ("HTTP_PROXY", "http://127.0.0.1:1"),
            ("NO_PROXY", "127.0.0.1"),
        ],
    );
    assert_eq!(get(&client).await, Ok(()));
    assert_eq!(*seen.borrow(), [format!("GET {PATH} HTTP/1.1")]);
}

#[actix::test]
async fn a_proxy_that_does_not_connect_is_named_without_its_login() {
    let refused = FailureKind::Refused;
    let connection = FailureKind::Connection;
    let mut messages = vec![];
    for (response, kind) in [
        (
            "HTTP/1.1 407 X\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n",
            refused,
        ),
        ("HTTP/1.1 403 X\r\ncontent-length: 2\r\n\r\nno", refused),
        ("HTTP/1.1 503 X\r\n\r\n", connection),
        ("HTTP/1.1 200", connection),
        ("SSH-2.0-OpenSSH\r\n", connection),
    ] {
        let port = proxy(Some(response), Seen::default()).await;
        let variable = format!("http://me:secret@127.0.0.1:{port}");
        let client = client(
            "https://api.example".to_owned(),
            &[("HTTPS_PROXY", &variable)],
        );
        let failure = get(&client).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{response}");
        assert_eq!(failure.error.http_status, None, "it is not the API's");
        let message = format!("{} {}", failure.error.message, failure.error.hint.unwrap());
        messages.push(message.replace(&port.to_string(), "<port>"));
    }
    let gone = [("HTTPS_PROXY", "http://me:secret@127.0.0.1:1")];
    let failure = get(&client("https://api.example".to_owned(), &gone))
        .await
        .unwrap_err();
    assert_eq!(failure.kind, connection);
    messages.push(failure.error.message);
    assert!(!messages.concat().contains("secret"));
    insta::assert_snapshot!(messages.join("\n"), @r"
    The proxy 127.0.0.1:<port> (HTTPS_PROXY) requires a valid login (HTTP 407). Check the login in the variable that names the proxy: http://user:password@host:port.
    The proxy 127.0.0.1:<port> (HTTPS_PROXY) does not connect to api.example (HTTP 403 Forbidden). Check the proxy and the variable that names it; NO_PROXY names hosts that are reached without it.
    The proxy 127.0.0.1:<port> (HTTPS_PROXY) does not connect to api.example (HTTP 503 Service Unavailable). Check the proxy and the variable that names it; NO_PROXY names hosts that are reached without it.
    Cannot connect to the proxy 127.0.0.1:<port> (HTTPS_PROXY): unexpected end of file. Check the proxy and the variable that names it; NO_PROXY names hosts that are reached without it.
    Cannot connect to the proxy 127.0.0.1:<port> (HTTPS_PROXY): invalid HTTP version. Check the proxy and the variable that names it; NO_PROXY names hosts that are reached without it.
    Cannot connect to the proxy 127.0.0.1:1 (HTTPS_PROXY): connection refused.
    ");
}
