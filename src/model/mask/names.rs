//! Names of secrets. Pure.

/// Name parts that indicate a secret anywhere in a name.
const ANYWHERE: [&str; 4] = ["apikey", "secret", "token", "password"];

/// Name parts that indicate a secret only as a whole word, unlike in `keyboard` and `author`.
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

/// A name with one of [`WORDS`] that ends with one of these refers to a location or an id, not to the secret.
const NOT_ITSELF: [&str; 11] = [
    "dir", "file", "host", "id", "name", "path", "port", "sock", "type", "uri", "url",
];

/// The last words of names whose values in running text are secret.
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

/// The words before `key` that make its value secret in running text.
const KEYS: [&str; 6] = [
    "access",
    "api",
    "encryption",
    "private",
    "secret",
    "signing",
];

/// Whether a text mentions a secret: `API_KEY`, `dbPassword`.
pub(crate) fn speaks_of_secrets(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !matches!(c, '_' | '-')).collect();
    let plain = plain.to_lowercase();
    ANYWHERE.iter().any(|word| plain.contains(word))
}

/// Whether a variable or key of this name holds a secret: `NPM_AUTH`, `db-pass`, and every name that
/// [mentions a secret](speaks_of_secrets).
pub(crate) fn is_secret_name(name: &str) -> bool {
    if speaks_of_secrets(name) {
        return true;
    }
    let words = words(name);
    let is_among = |list: &[&str], word: &String| list.contains(&word.as_str());
    let is_place = words.last().is_some_and(|word| is_among(&NOT_ITSELF, word));
    // Alone, `pwd` is the working directory.
    let is_password = words.len() > 1 && words.last().is_some_and(|word| word == "pwd");
    is_password || (!is_place && words.iter().any(|word| is_among(&WORDS, word)))
}

/// Whether a value assigned to this name in running text is secret. Stricter, because running text has many keys and passes
/// that are not secrets.
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
    fn names_of_secrets_are_recognized() {
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
    fn ordinary_names_are_not_secret() {
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
