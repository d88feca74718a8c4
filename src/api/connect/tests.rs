use super::*;

fn parse(url: &str) -> Result<Base, ClientError> {
    let endpoint = Endpoint {
        base_url: url.to_owned(),
        network: Network::default(),
    };
    endpoint.parse()
}

#[test]
fn a_base_url_may_have_a_port_a_path_and_a_slash_at_the_end() {
    for (url, base, host, https) in [
        (
            "https://api.checklyhq.com",
            "api.checklyhq.com:443",
            "api.checklyhq.com",
            true,
        ),
        (
            " http://127.0.0.1:3000/ ",
            "127.0.0.1:3000",
            "127.0.0.1:3000",
            false,
        ),
        (
            "http://[::1]:3000/pfx/",
            "[::1]:3000/pfx",
            "[::1]:3000",
            false,
        ),
    ] {
        let parsed = parse(url).unwrap();
        let url = format!("{}{}", parsed.authority, parsed.prefix);
        assert_eq!((url.as_str(), parsed.host.as_str()), (base, host));
        assert_eq!(parsed.dialer.is_https, https);
    }
}

#[test]
fn an_invalid_base_url_is_explained_without_repeating_it() {
    let error = parse("https://u:secret@x").err().unwrap();
    insta::assert_snapshot!(error, @"the API URL contains a user name or password; it should look like https://api.checklyhq.com");
}

#[test]
fn only_http_1_1_is_offered() {
    let config = tls(RootCertStore::empty()).unwrap();
    assert_eq!(config.alpn_protocols, [b"http/1.1"]);
}
