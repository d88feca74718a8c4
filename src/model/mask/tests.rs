//! What is redacted, and what is not.

use super::*;

/// The words of a text that are redacted, at least in part.
fn hidden(text: &str) -> Vec<&str> {
    let shown = output(text);
    assert_eq!(shown.len(), text.len(), "offsets stay valid");
    let differ = text.split(' ').zip(shown.split(' '));
    differ.filter(|(a, b)| a != b).map(|(a, _)| a).collect()
}

#[test]
fn checkly_keys_are_redacted_anywhere() {
    for prefix in ["cu_", "sv_"] {
        let key = format!("{prefix}0123456789abcdef0123456789abcdef");
        let stars = "*".repeat(key.len());
        assert_eq!(words(&format!("Bearer {key}.")), format!("Bearer {stars}*"));
        assert_eq!(words(&format!("with-{key}.")), format!("with-{stars}."));
    }
    assert_eq!(words("cu_short sv_short"), "cu_short sv_short");
}

#[test]
fn credentials_in_a_url_are_redacted() {
    let text = words("via http://ann:hunter2@proxy:8080/x@y");
    assert_eq!(text, "via http://***********@proxy:8080/x@y");
}

#[test]
fn keys_of_well_known_services_are_redacted() {
    for key in [
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "gho_16C7e42F292c6912E7710c838347Ae178B4a",
        "github_pat_11ABCDEFG0abcdefghijkl_mnop",
        "glpat-abcDEF123456_-ghijkl",
        "xoxb-123456789012-abcdef",
        "AKIAIOSFODNN7EXAMPLE",
        "sk-proj-abcdefghij0123456789",
        "sk_live_abcdefghij0123456789",
        "npm_abcdefghijklmnopqrstuvwxyz0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N",
    ] {
        for text in [
            format!("got {key} there"),
            format!("got K={key}. there"),
            format!("got ({key}) there"),
        ] {
            assert_eq!(hidden(&text).len(), 1, "{text}");
        }
    }
}

#[test]
fn credentials_in_headers_are_redacted() {
    for text in [
        "Authorization: Bearer hunter2",
        "authorization: basic YW5uOmh1bnRlcjI=",
        "{'Authorization': 'Bearer hunter2'}",
        "a Bearer hunter2hunter2",
    ] {
        let text = output(text);
        assert!(text.contains("***") && !text.contains("hunter"), "{text}");
        assert!(text.to_lowercase().contains("er") || text.contains("basic"));
    }
}

#[test]
fn values_assigned_to_names_of_secrets_are_redacted() {
    for text in [
        "password=hunter2",
        "DB_PASSWORD='hunter2'",
        "{\"apiKey\":\"hunter2\",\"x\":1}",
        "{\\\"apiKey\\\":\\\"hunter2\\\"}",
        "{ apiKey: 'hunter2' }",
        "/callback?access_token=hunter2&page=2",
        "passphrase: hunter2",
        "private_key = hunter2",
    ] {
        let shown = output(text);
        assert_eq!(shown, text.replace("hunter2", "*******"));
    }
}

#[test]
fn ordinary_words_are_not_redacted() {
    for text in [
        "Unexpected token: foo in key: value",
        "invalid secret: it is empty",
        "pass=12 fail=0 key=name tokens=512 primaryKey: id",
        "password=undefined token=null apiKey: $KEY password=<empty> token=${TOKEN}",
        "the bearer token is missing; Bearer authentication failed",
        "basic checks: Basic plan-2024, Token ring",
        "risk-assessment-of-the-year-2024 sk-learn npm_config_user_agent",
        "AKIA xoxo eyJ.eyJ ghp_ github_pat_of_the_other_repository",
        "a password is needed; see https://example.com/api_key=",
        "bearer",
        "é: ü Bearer",
    ] {
        assert_eq!(hidden(text), [""; 0], "{text}");
    }
}
