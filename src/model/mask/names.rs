//! Names that speak of something secret. Pure.

/// Wherever they stand in a name, whatever stands before and after.
const ANYWHERE: [&str; 4] = ["apikey", "secret", "token", "password"];

/// Where they are a whole word of a name: `keyboard` and `author` say nothing.
const WORDS: [&str; 8] = [
    "auth",
    "credential",
    "credentials",
    "key",
    "pass",
    "passphrase",
    "passwd",
    "pat",
];

/// A name with one of [`WORDS`] that ends with one of these says where something is, or which, and not what it is.
const NOT_ITSELF: [&str; 11] = [
    "dir", "file", "host", "id", "name", "path", "port", "sock", "type", "uri", "url",
];

/// What the last word of a name must be for whatever is assigned to it in running text to be secret.
const ASSIGNED: [&str; 9] = [
    "apikey",
    "credential",
    "credentials",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "token",
];

/// Which `key` is secret in running text.
const KEYS: [&str; 6] = [
    "access",
    "api",
    "encryption",
    "private",
    "secret",
    "signing",
];

/// Whether a text speaks of something secret: `API_KEY`, `dbPassword`.
pub(crate) fn speaks_of_secrets(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let plain = plain.to_lowercase();
    ANYWHERE.iter().any(|word| plain.contains(word))
}

/// Whether what a variable or a key of this name holds is secret: `NPM_AUTH`, `db-pass`, and whatever
/// [speaks of secrets](speaks_of_secrets).
pub(crate) fn is_secret_name(name: &str) -> bool {
    if speaks_of_secrets(name) {
        return true;
    }
    let words = words(name);
    let is_among = |list: &[&str], word: &String| list.contains(&word.as_str());
    let is_place = words.last().is_some_and(|word| is_among(&NOT_ITSELF, word));
    // By itself it is the working directory.
    let is_password = words.len() > 1 && words.last().is_some_and(|word| word == "pwd");
    is_password || (!is_place && words.iter().any(|word| is_among(&WORDS, word)))
}

/// Whether what is assigned to this name in running text is secret. Stricter, since running text is full of keys and passes
/// that are none.
pub(super) fn is_assigned(name: &str) -> bool {
    let words = words(name);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        [.., kind, "key"] => KEYS.contains(&kind),
        ["pwd"] => false,
        [.., last] => ASSIGNED.contains(&last),
        [] => false,
    }
}

/// `dbPassword`, `DB_PASSWORD` and `db-password` are `db` and `password`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut was_lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (was_lower && c.is_uppercase()) {
            words.push(String::new());
        }
        was_lower = c.is_lowercase();
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_hold_secrets_are_known_by_their_names() {
        for name in [
            "CHECKLY_API_KEY",
            "apiKey",
            "dbPassword",
            "PGPASSWORD",
            "SHOP_TOKEN",
            "DEPLOY_PASSPHRASE",
            "SIGNING_PRIVATE_KEY",
            "ENCRYPTION_KEY",
            "MY_CREDENTIAL",
            "AWS_CREDENTIALS",
            "NPM_AUTH",
            "GITHUB_PAT",
            "DB_PASS",
            "dbPass",
            "db-passwd",
            "DB_PWD",
            "SSH_KEY_BASE64",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
    }

    #[test]
    fn ordinary_names_are_none_of_secrets() {
        for name in [
            "PATH",
            "PWD",
            "OLDPWD",
            "KEYBOARD",
            "AUTHOR",
            "COMPASS",
            "PATCH",
            "monkey",
            "SSH_AUTH_SOCK",
            "AWS_ACCESS_KEY_ID",
            "AUTH_URL",
            "KEY_FILE",
            "REGION",
            "",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
