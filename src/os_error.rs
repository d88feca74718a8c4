//! The errors of the operating system, without their numbers.

use std::io::{Error, ErrorKind};

/// `permission denied` instead of `Permission denied (os error 13)`.
pub(crate) fn plain(error: &Error) -> String {
    let text = error.to_string();
    let Some((what, _)) = text.split_once(" (os error ") else {
        return text;
    };
    match error.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::IsADirectory => "it is a directory".to_owned(),
        _ => {
            let (first, rest) = what.split_at(what.chars().next().map_or(0, char::len_utf8));
            first.to_lowercase() + rest
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_has_no_number() {
        let of = |path: &str| plain(&std::fs::read(path).unwrap_err());
        assert_eq!(of("/none"), "there is no such file");
        assert_eq!(of("/"), "it is a directory");
        assert_eq!(of("/dev/null/none"), "not a directory");
        let own = Error::new(ErrorKind::PermissionDenied, "It belongs to another user");
        assert_eq!(plain(&own), "It belongs to another user");
    }
}
