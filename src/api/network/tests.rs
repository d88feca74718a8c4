use super::*;

fn network(values: &[(&str, &str)]) -> Network {
    Network::from_env(&|name| {
        let value = values.iter().find(|(known, _)| *known == name);
        value.map(|(_, value)| (*value).to_owned())
    })
}

/// The proxy of a URL in this environment, with its login.
fn proxy(url: &str, values: &[(&str, &str)]) -> String {
    match network(values).proxy(&Url::parse(url).unwrap()) {
        Ok(None) => "none".to_owned(),
        Ok(Some(proxy)) => {
            let login = proxy.authorization.as_ref().map_or("", Secret::expose);
            let scheme = if proxy.is_https { "https " } else { "" };
            format!("{scheme}{} {login}", proxy.name)
                .trim_end()
                .to_owned()
        }
        Err(error) => error.to_string(),
    }
}

const API: &str = "https://api.example";

#[test]
fn each_scheme_has_its_variable_and_both_share_one() {
    let all = ("ALL_PROXY", "http://all:1");
    let https = ("HTTPS_PROXY", "http://secure:2");
    let http = ("HTTP_PROXY", "http://plain:3");
    assert_eq!(proxy(API, &[all, https, http]), "secure:2 (HTTPS_PROXY)");
    assert_eq!(
        proxy("http://a", &[all, https, http]),
        "plain:3 (HTTP_PROXY)"
    );
    assert_eq!(proxy(API, &[all, http]), "all:1 (ALL_PROXY)");
    assert_eq!(proxy(API, &[http]), "none");
    assert_eq!(proxy(API, &[]), "none");
}

#[test]
fn the_lower_case_variable_comes_first_and_an_empty_one_is_unset() {
    let upper = ("HTTPS_PROXY", "http://upper:1");
    assert_eq!(
        proxy(API, &[upper, ("https_proxy", "http://lower:1")]),
        "lower:1 (https_proxy)"
    );
    assert_eq!(
        proxy(API, &[upper, ("https_proxy", "")]),
        "upper:1 (HTTPS_PROXY)"
    );
}

#[test]
fn a_proxy_may_lack_its_scheme_and_port_and_have_a_login() {
    for (value, expected) in [
        ("http://p", "p:80 (HTTPS_PROXY)"),
        ("https://p", "https p:443 (HTTPS_PROXY)"),
        ("http://[::1]:3128/", "[::1]:3128 (HTTPS_PROXY)"),
        // As in the CLI, the scheme is that of the API.
        ("p:3128", "https p:3128 (HTTPS_PROXY)"),
        // printf 'u:p@ss' | base64
        ("http://u:p%40ss@p:1", "p:1 (HTTPS_PROXY) Basic dTpwQHNz"),
        ("http://u@p:1", "p:1 (HTTPS_PROXY) Basic dTo="),
    ] {
        assert_eq!(proxy(API, &[("HTTPS_PROXY", value)]), expected);
    }
}

#[test]
fn an_unusable_proxy_is_named_by_its_variable_without_its_password() {
    for value in ["socks5://u:secret@p:1", "http://u:secret@", "ftp://p"] {
        let error = proxy(API, &[("HTTPS_PROXY", value)]);
        assert!(error.starts_with("HTTPS_PROXY "), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }
    let secret = network(&[("HTTPS_PROXY", "http://u:secret@p")]);
    assert!(!format!("{secret:?}").contains("secret"));
}

#[test]
fn no_proxy_names_hosts_suffixes_and_ports() {
    // node: import { getProxyForUrl } from 'proxy-from-env'; with HTTPS_PROXY and HTTP_PROXY set.
    for (none, url, is_exempt) in [
        ("*", API, true),
        ("api.example", API, true),
        ("API.example", API, true),
        ("example", API, false),
        (".example", API, true),
        ("*.example", API, true),
        ("*example", API, true),
        (".ample", API, false),
        ("x, api.example", API, true),
        ("x api.example", API, true),
        ("api.example:443", API, true),
        ("api.example:444", API, false),
        ("*:443", API, true),
        ("[::1]", "https://[::1]", true),
        ("127.0.0.1", "http://127.0.0.1:3000", true),
        ("127.0.0.0/8", "http://127.0.0.1:3000", false),
        (", ,", API, false),
    ] {
        let values = [
            ("NO_PROXY", none),
            ("HTTPS_PROXY", "http://p"),
            ("HTTP_PROXY", "http://p"),
        ];
        assert_eq!(proxy(url, &values) == "none", is_exempt, "{none} {url}");
    }
}

fn pem() -> String {
    rcgen::generate_simple_self_signed(["a".to_owned()])
        .unwrap()
        .cert
        .pem()
}

#[test]
fn certificates_of_both_variables_are_trusted() {
    let directory = tempfile::tempdir().unwrap();
    let (one, two) = (
        directory.path().join("one.pem"),
        directory.path().join("two.pem"),
    );
    std::fs::write(&one, pem()).unwrap();
    std::fs::write(&two, pem()).unwrap();
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    let network = network(&[(CA_FILE, one), (EXTRA_CA_FILE, two)]);
    let (roots, sources) = network.roots("api.example").unwrap();
    assert_eq!(roots.len(), 2);
    assert_eq!(
        sources,
        format!("{one} (SSL_CERT_FILE), {two} (NODE_EXTRA_CA_CERTS)")
    );
}

#[test]
fn an_unusable_certificate_file_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("text.pem");
    std::fs::write(&text, "no certificate").unwrap();
    for variable in [CA_FILE, EXTRA_CA_FILE] {
        for path in ["/no/such.pem", text.to_str().unwrap()] {
            let error = network(&[(variable, path)])
                .roots("api.example")
                .unwrap_err();
            let error = error.to_string();
            assert!(error.contains(variable) && error.contains(path), "{error}");
        }
    }
}

#[test]
fn without_root_certificates_the_error_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_str().unwrap();
    let error = network(&[(CA_DIRECTORY, path)])
        .roots("api.checklyhq.com")
        .unwrap_err();
    insta::assert_snapshot!(error, @"no root certificates were found on this machine, so api.checklyhq.com cannot be verified: install the system's CA certificates (package ca-certificates), or name a PEM file in SSL_CERT_FILE");
}
