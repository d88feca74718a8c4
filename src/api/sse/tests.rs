use super::*;
use proptest::prelude::*;

fn decode(pieces: &[&[u8]]) -> Vec<(String, String)> {
    let mut decoder = Decoder::new(1024);
    let mut events = Vec::new();
    for piece in pieces {
        decoder.feed(piece, &mut events).unwrap();
    }
    events.into_iter().map(|e| (e.name, e.data)).collect()
}

fn event(name: &str, data: &str) -> (String, String) {
    (name.to_owned(), data.to_owned())
}

#[test]
fn lines_may_end_with_lf_crlf_or_cr() {
    for text in [
        "event: a\ndata: 1\n\nevent: b\ndata: 2\n\n",
        "event: a\r\ndata: 1\r\n\r\nevent: b\r\ndata: 2\r\n\r\n",
        "event: a\rdata: 1\r\revent: b\rdata: 2\r\r",
    ] {
        let events = decode(&[text.as_bytes()]);
        assert_eq!(events, [event("a", "1"), event("b", "2")], "{text:?}");
    }
}

#[test]
fn a_split_crlf_is_one_line_end() {
    let pieces: [&[u8]; 4] = [b"event: a\r", b"\ndata: 1\r", b"\n\r", b"\n"];
    assert_eq!(decode(&pieces), [event("a", "1")]);
}

#[test]
fn an_event_ending_in_cr_does_not_wait_for_more_bytes() {
    assert_eq!(decode(&[b"data: 1\r\r"]), [event("", "1")]);
}

#[test]
fn data_lines_are_joined_and_an_empty_one_counts() {
    assert_eq!(
        decode(&[b"data: 1\ndata\ndata:2\n\n"]),
        [event("", "1\n\n2")]
    );
    assert_eq!(decode(&[b"data:\n\n"]), [event("", "")]);
}

#[test]
fn one_space_after_the_colon_is_dropped_and_only_one() {
    assert_eq!(decode(&[b"event:a\ndata:  x\n\n"]), [event("a", " x")]);
}

#[test]
fn comments_ids_retries_and_unknown_fields_are_ignored() {
    let text = b": hi\n\nid: 7\nretry: 10\nfoo: 1\nbar\nevent: a\n: mid\ndata: 1\n\n:\n\n";
    assert_eq!(decode(&[text]), [event("a", "1")]);
}

#[test]
fn an_event_without_data_is_dropped_with_its_name() {
    assert_eq!(decode(&[b"event: a\n\ndata: 1\n\n"]), [event("", "1")]);
}

#[test]
fn a_byte_order_mark_is_dropped_at_the_start_only() {
    let pieces: [&[u8]; 2] = [b"\xef\xbb", b"\xbfevent: a\ndata: \xef\xbb\xbf1\n\n"];
    assert_eq!(decode(&pieces), [event("a", "\u{feff}1")]);
}

#[test]
fn a_split_character_stays_whole() {
    assert_eq!(
        decode(&[b"data: Gr\xc3", b"\xb6\xc3\x9fe\n\n"]),
        [event("", "Größe")]
    );
}

#[test]
fn invalid_utf_8_does_not_end_the_stream() {
    let text = b"event: a\ndata: x\xffy\n\nevent: b\ndata: 2\n\n";
    assert_eq!(decode(&[text]), [event("a", "x\u{fffd}y"), event("b", "2")]);
}

#[test]
fn an_event_without_its_empty_line_is_not_an_event() {
    assert_eq!(
        decode(&[b"data: 1\n\nevent: complete\ndata: 2\n"]),
        [event("", "1")]
    );
}

#[test]
fn an_event_may_be_as_large_as_the_limit_and_no_larger() {
    // What is kept of `data: xxx\n` is the value and a line feed; the line itself counts while it is read.
    for (line, fits) in [("data: 12345678", true), ("data: 123456789", false)] {
        for cut in 1..line.len() {
            let mut decoder = Decoder::new(14);
            let mut events = Vec::new();
            let (head, tail) = line.split_at(cut);
            let done = decoder
                .feed(head.as_bytes(), &mut events)
                .and_then(|()| decoder.feed(tail.as_bytes(), &mut events))
                .and_then(|()| decoder.feed(b"\n\n", &mut events));
            assert_eq!(done.is_ok(), fits, "{line} cut at {cut}");
            assert_eq!(events.len(), usize::from(fits));
        }
    }
}

#[test]
fn many_lines_of_one_event_count_together_and_events_do_not() {
    let mut decoder = Decoder::new(40);
    let mut events = Vec::new();
    for _ in 0..100 {
        decoder
            .feed(b"data: 0123456789\n\n: comment\n\n", &mut events)
            .unwrap();
    }
    assert_eq!(events.len(), 100);
    let endless = b"data: 0123456789\n".repeat(4);
    assert_eq!(decoder.feed(&endless, &mut events), Err(TooLarge));
}

#[test]
fn events_before_a_too_large_one_are_returned() {
    let mut events = Vec::new();
    let bytes = b"data: 1\n\ndata: 01234567890123456789\n\n";
    assert_eq!(Decoder::new(16).feed(bytes, &mut events), Err(TooLarge));
    assert_eq!(events.len(), 1);
}

/// Pieces of event streams, valid and invalid.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let atom = prop_oneof![
        Just(&b"event: progress"[..]),
        Just(&b"data: {\"progress\": 40}"[..]),
        Just(&b"data"[..]),
        Just(&b"data:"[..]),
        Just(&b": keep-alive"[..]),
        Just(&b"\n"[..]),
        Just(&b"\r"[..]),
        Just(&b"\r\n"[..]),
        Just(&b"\n\n"[..]),
        Just(&b"\xef\xbb\xbf"[..]),
        Just("ü漢😀".as_bytes()),
        Just(&b"\xc3"[..]),
        Just(&b"\0"[..]),
    ];
    proptest::collection::vec(atom, 0..40).prop_map(|atoms| atoms.concat())
}

proptest! {
    #[test]
    fn any_split_of_the_bytes_gives_the_same_events(
        bytes in stream(),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
        cuts.extend([0, bytes.len()]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
        let single: Vec<&[u8]> = bytes.chunks(1).collect();
        let whole = decode(&[&bytes]);
        prop_assert_eq!(&decode(&pieces), &whole);
        prop_assert_eq!(&decode(&single), &whole);
    }
}
