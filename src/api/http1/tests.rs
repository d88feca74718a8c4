use super::*;
use proptest::prelude::*;

/// Decodes responses that arrive in these pieces. A response to each request, as long as there are any.
fn decode(pieces: &[&[u8]]) -> (String, Result<(), io::ErrorKind>) {
    let mut decoder = Decoder::new();
    decoder.expect();
    let decoded = pieces
        .iter()
        .try_for_each(|piece| decoder.decode(piece, false).map(drop))
        .and_then(|()| decoder.end());
    let text = String::from_utf8_lossy(&decoder.decoded).into_owned();
    (text, decoded.map_err(|error| error.kind()))
}

fn decoded(response: &str) -> String {
    let (text, ended) = decode(&[response.as_bytes()]);
    assert_eq!(ended, Ok(()), "{response}");
    text
}

fn refused(response: &str) -> io::ErrorKind {
    decode(&[response.as_bytes()]).1.unwrap_err()
}

#[test]
fn awc_sees_the_final_response_with_the_headers_in_use() {
    let response = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\nContent-Length: 3\r\n\r\n\
                    HTTP/1.1 202 Accepted\r\nServer: x\r\nRetry-After: 7\r\nContent-Length: 2, 2\r\n\r\n{}";
    assert_eq!(
        decoded(response),
        "HTTP/1.1 202 -\r\nRetry-After: 7\r\ncontent-length: 2\r\n\r\n{}"
    );
}

#[test]
fn a_chunked_body_loses_its_extensions_and_trailers() {
    let response = "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n00A;x=1\r\n0123456789\r\n0\r\nx-sum: 1\r\n\r\n";
    assert_eq!(
        decoded(response),
        "HTTP/1.1 200 -\r\ntransfer-encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n"
    );
}

#[test]
fn a_body_without_a_length_ends_with_the_connection() {
    // As from a server of HTTP/1.0, which awc reads so.
    for head in ["HTTP/1.1 200 OK", "HTTP/1.0 200 OK"] {
        assert_eq!(
            decoded(&format!("{head}\r\n\r\nabc")),
            "HTTP/1.0 200 -\r\nconnection: close\r\n\r\nabc"
        );
    }
}

#[test]
fn a_connection_is_kept_only_if_both_sides_agree_where_the_response_ends() {
    let closes = |response: &str| decoded(response).contains("connection: close");
    assert!(!closes("HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nx"));
    assert!(!closes(
        "HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: Keep-Alive\r\n\r\nx"
    ));
    assert!(closes("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx"));
    assert!(closes(
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\nconnection: x, Close\r\n\r\nx"
    ));
    assert!(closes(
        "HTTP/1.1 200 OK\r\ncontent-length: 9\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
    ));
    let mut decoder = Decoder::new();
    decoder.expect();
    let refusal = b"HTTP/1.1 413 No\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(decoder.decode(refusal, true).unwrap(), Some(413));
    assert!(decoder.decoded.ends_with(b"connection: close\r\n\r\n"));
}

#[test]
fn a_response_without_a_body_ends_with_its_head() {
    for status in [204, 304] {
        let (text, ended) =
            decode(&[format!("HTTP/1.1 {status} X\r\ncontent-length: 5\r\n\r\n").as_bytes()]);
        assert_eq!(
            text,
            format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\n\r\n")
        );
        assert_eq!(ended, Ok(()));
    }
}

#[test]
fn a_truncated_response_is_an_error() {
    for response in [
        "HTTP/1.1 2",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabc",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n",
        "HTTP/1.1 103 Early Hints\r\n\r\nHTTP",
    ] {
        assert_eq!(
            refused(response),
            io::ErrorKind::UnexpectedEof,
            "{response}"
        );
    }
}

#[test]
fn an_unreadable_response_is_an_error() {
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}", "x".repeat(300_000));
    let headers = "x: y\r\n".repeat(600);
    for response in [
        "220 mail.example ESMTP\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: +5\r\n\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nx\r\n",
        &endless,
        &format!("HTTP/1.1 200 OK\r\n{headers}\r\n"),
    ] {
        let start = &response[..response.len().min(80)];
        assert_eq!(refused(response), io::ErrorKind::InvalidData, "{start}");
    }
}

/// Pieces of responses, valid and invalid.
fn responses() -> impl Strategy<Value = Vec<u8>> {
    let atom = prop_oneof![
        Just("HTTP/1.1 103 Early Hints\r\n"),
        Just("HTTP/1.1 200 OK\r\n"),
        Just("HTTP/1.0 204 X\r\n"),
        Just("content-length: 3\r\n"),
        Just("transfer-encoding: chunked\r\n"),
        Just("connection: close\r\n"),
        Just("\r\n"),
        Just("abc"),
        Just("3\r\nabc\r\n"),
        Just("0\r\n"),
    ];
    proptest::collection::vec(atom, 0..20).prop_map(|atoms| atoms.concat().into_bytes())
}

proptest! {
    #[test]
    fn a_response_is_the_same_however_it_is_split(bytes in responses(), size in 1..9_usize) {
        let (whole, ended) = decode(&[&bytes]);
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        prop_assert_eq!(decode(&pieces), (whole, ended));
    }
}
