use super::*;
use crate::model::Secret;

fn context() -> RequestContext {
    RequestContext {
        request: "POST /v1/projects/deploy".to_owned(),
        may_change: true,
        host: "api.example:444".to_owned(),
        proxy: None,
        account: "3f2a".to_owned(),
        redactor: Redactor::default().with(&[Secret::new("cu_0123")]),
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
        DialError::Certificate {
            why: "it has expired".to_owned(),
            trusted: "the system".to_owned(),
        },
    ] {
        let is_permanent = matches!(error, DialError::Certificate { .. });
        let (kind, line) = connecting(ConnectError::Io(io::Error::other(error)));
        assert_eq!(kind == FailureKind::Certificate, is_permanent);
        assert_eq!(kind == FailureKind::Connection, !is_permanent);
        lines.push(line);
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    Cannot resolve the host name of api.example:444: Name or service not known. Check the spelling of the API URL, and that this machine can resolve host names.
    Connecting to api.example:444 timed out. Check the network, VPN, and firewall between this machine and the API; a proxy is used only if HTTPS_PROXY, HTTP_PROXY, or ALL_PROXY names it.
    Cannot connect to api.example:444: connection refused. No server listens there: check the API URL, and that the API is running.
    Cannot connect to api.example:444: network unreachable. Check the network, VPN, and firewall between this machine and the API; a proxy is used only if HTTPS_PROXY, HTTP_PROXY, or ALL_PROXY names it.
    Cannot establish a secure connection to api.example:444: tls handshake eof. Check that the API URL supports HTTPS.
    The certificate of api.example:444 is not accepted: it has expired; trusted are the certificate authorities of the system. Check the API URL; if a proxy intercepts HTTPS, set NODE_EXTRA_CA_CERTS to a PEM file with its CA certificate.
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
