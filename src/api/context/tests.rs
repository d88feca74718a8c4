use super::*;
use crate::api::connect;
use crate::api::{Endpoint, Timeouts};

fn context() -> RequestContext {
    RequestContext {
        request: "POST /v1/projects/deploy".to_owned(),
        may_change: true,
        host: "api.example:444".to_owned(),
        account: "3f2a".to_owned(),
        key: Secret::new("cu_0123"),
    }
}

fn connecting(error: ConnectError) -> (FailureKind, String) {
    let failure = context().not_answered(SendRequestError::Connect(error));
    let hint = failure.error.hint.unwrap_or_default();
    (failure.kind, format!("{} {hint}", failure.error.message))
}

#[test]
fn a_failed_connection_says_what_to_check() {
    let eof = io::Error::new(io::ErrorKind::UnexpectedEof, "tls handshake eof");
    let mut lines = Vec::new();
    for error in [
        DialError::Resolve("Name or service not known".to_owned()),
        DialError::TimedOut,
        DialError::Connect(io::ErrorKind::ConnectionRefused.into()),
        DialError::Connect(io::ErrorKind::NetworkUnreachable.into()),
        DialError::Tls(eof),
        DialError::Certificate("it has expired".to_owned()),
    ] {
        let is_permanent = matches!(error, DialError::Certificate(_));
        let (kind, line) = connecting(ConnectError::Io(io::Error::other(error)));
        assert_eq!(kind == FailureKind::Certificate, is_permanent);
        assert_eq!(kind == FailureKind::Connection, !is_permanent);
        lines.push(line);
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    Cannot resolve the host name of api.example:444: Name or service not known. Check the spelling of the API URL, and that this machine can resolve host names.
    Connecting to api.example:444 timed out. Check the network, VPN, and firewall between this machine and the API; HTTPS_PROXY is not used.
    Cannot connect to api.example:444: connection refused. No server listens there: check the API URL, and that the API is running.
    Cannot connect to api.example:444: network unreachable. Check the network, VPN, and firewall between this machine and the API; HTTPS_PROXY is not used.
    Cannot establish a secure connection to api.example:444: tls handshake eof. Check that the API URL supports HTTPS.
    The certificate of api.example:444 is not accepted: it has expired. Check the API URL; if a proxy intercepts HTTPS, set SSL_CERT_FILE to a PEM file with its certificate.
    ");
}

#[test]
fn a_connection_closed_before_the_response_is_not_a_connection_failure() {
    // awc reports it as one, but the request was sent.
    let (kind, _) = connecting(ConnectError::Disconnected);
    assert_eq!(kind, FailureKind::ReplyLost);
}

#[test]
fn a_read_only_request_mentions_no_possible_acceptance() {
    let get = RequestContext {
        may_change: false,
        ..context()
    };
    let limit = Duration::from_secs(15);
    assert_eq!(
        get.timed_out(limit).error.message,
        "No response within 15s."
    );
    assert_eq!(
        context().timed_out(limit).error.message,
        "No response within 15s; the API may have accepted the request."
    );
}

#[test]
fn a_long_body_is_quoted_from_its_beginning() {
    let excerpt = context().excerpt("ü".repeat(500).as_bytes());
    assert_eq!(excerpt, format!("“{}…”", "ü".repeat(120)));
}

#[test]
fn no_message_shows_the_key_of_a_request() {
    assert!(!format!("{:?}", context()).contains("cu_0123"));
}

/// A real handshake with a server that does not support TLS.
#[actix::test]
async fn a_server_without_tls_cannot_be_connected_to_securely() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    actix::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        socket.writable().await.unwrap();
        socket
            .try_write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            .unwrap();
        socket.readable().await.unwrap(); // until the client has hung up
    });
    let tls = connect::tls(rustls::RootCertStore::empty()).unwrap();
    let base = Endpoint { base_url: url }.parse().unwrap();
    let http = connect::http_client(&base, Some(tls), &Timeouts::default());
    let error = http.get(&base.url).send().await.unwrap_err();
    let failure = context().not_answered(error);
    assert_eq!(failure.kind, FailureKind::Connection);
    assert_eq!(
        failure.error.message,
        "Cannot establish a secure connection to api.example:444: received corrupt message of type InvalidContentType."
    );
    assert_eq!(failure.error.hint.as_deref(), Some(hint::TLS));
}

/// A real handshake with a server whose certificate nothing vouches for.
#[actix::test]
async fn an_untrusted_certificate_is_permanent_and_named_as_such() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    actix::spawn(async move {
        let (socket, _) = listener.accept().await.unwrap();
        acceptor.accept(socket).await.unwrap_err();
    });
    let tls = connect::tls(rustls::RootCertStore::empty()).unwrap();
    let base = Endpoint { base_url: url }.parse().unwrap();
    let http = connect::http_client(&base, Some(tls), &Timeouts::default());
    let error = http.get(&base.url).send().await.unwrap_err();
    let failure = context().not_answered(error);
    assert_eq!(failure.kind, FailureKind::Certificate);
    assert!(!failure.is_transient());
    assert_eq!(
        failure.error.message,
        "The certificate of api.example:444 is not accepted: its issuer is not trusted."
    );
}
