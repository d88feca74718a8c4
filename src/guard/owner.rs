//! Whose project it is: whether the account has a project of the same logical id that was deployed from another repository.

use super::template::is_template_repository;
use crate::model::{Action, Change, Failure};
use std::fmt;

/// Where a repository is, however its address is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    host: String,
    /// As written, for people.
    path: String,
}

/// A project that would be taken over from another repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// Where it would be deployed from.
    pub ours: Repository,
    /// Where the account has it from.
    pub theirs: Repository,
}

/// What an account's list says about the owner of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The account has it from the same repository, or does not have it.
    Ours,
    /// The account has it, and does not say from which repository.
    Unknown,
    /// The account has it from another repository.
    Another(Takeover),
}

impl Ownership {
    /// Judges what the account lists under the project's logical id: nothing, or a project with or without an address.
    pub fn of(ours: &str, listed: Option<Option<&str>>) -> Self {
        match listed {
            None => Self::Ours,
            Some(theirs) if !theirs.is_some_and(says_whose) => Self::Unknown,
            Some(theirs) => Takeover::of(Some(ours), theirs).map_or(Self::Ours, Self::Another),
        }
    }
}

/// Whether an address says whose a project is: it is one, and not a template's.
pub fn says_whose(address: &str) -> bool {
    Repository::known(address).is_some()
}

/// How many resources would go, if nothing of what is deployed would stay: then another project is deployed there under the
/// same logical id. A deployment that updates anything is of the same project, whatever else it deletes.
pub fn replaces_all(changes: &[Change]) -> Option<usize> {
    let told = || changes.iter().filter(|change| !change.is_internal());
    let goes = |change: &&Change| matches!(change.action, Action::Delete | Action::Detached);
    let stays = told().any(|change| change.action == Action::Update);
    let gone = told().filter(goes).count();
    (!stays && gone > 0).then_some(gone)
}

impl Takeover {
    /// Holds the addresses of two repositories against each other. Where one is not known there is nothing to hold.
    pub fn of(ours: Option<&str>, theirs: Option<&str>) -> Option<Self> {
        let ours = Repository::known(ours?)?;
        let theirs = Repository::known(theirs?)?;
        (!ours.is_same(&theirs)).then_some(Self { ours, theirs })
    }
}

/// Whether an account refuses to say which projects it has: the credentials are good, and asking again does not help.
pub fn is_refusal(failure: &Failure) -> bool {
    !failure.is_transient() && failure.error.http_status != Some(401)
}

/// Whether a project may be sent to an account that refuses to say which projects it has: this program has deployed it
/// `last`, and not from a repository that is known to be another one.
pub fn was_deployed_from(ours: &str, last: Option<Option<&str>>) -> bool {
    last.is_some_and(|from| from.is_none_or(|from| Repository::is_one(Some(ours), Some(from))))
}

impl Repository {
    /// Whether two addresses are known and name one repository.
    pub fn is_one(ours: Option<&str>, theirs: Option<&str>) -> bool {
        let (ours, theirs) = (ours.and_then(Self::of), theirs.and_then(Self::of));
        ours.zip(theirs)
            .is_some_and(|(ours, theirs)| ours.is_same(&theirs))
    }

    /// Reads an address: a URL of any scheme, `git@host:path` or `host/path`, and what [`Display`](fmt::Display) made of one.
    /// Nothing where it is empty.
    pub fn of(address: &str) -> Option<Self> {
        let address = address.trim();
        let address = address.split(['?', '#']).next().unwrap_or_default();
        let (host, path) = match address.split_once("://") {
            Some((_scheme, rest)) => rest.split_once('/').unwrap_or((rest, "")),
            None => short(address),
        };
        // Whatever is in front of the last `@` may be a password.
        let host = host.rsplit('@').next().unwrap_or_default();
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let repository = Self {
            host: without_port(host).to_ascii_lowercase(),
            path: path.trim_end_matches('/').to_owned(),
        };
        (!repository.host.is_empty() || !repository.path.is_empty()).then_some(repository)
    }

    /// The same, of an address that says whose a project is: not a template's.
    fn known(address: &str) -> Option<Self> {
        Self::of(address).filter(|repository| !is_template_repository(repository))
    }

    /// The usual hosts do not tell upper from lower case in paths, and nobody has two repositories that differ in nothing
    /// else.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.host == other.host && self.path.to_lowercase() == other.path.to_lowercase()
    }
}

/// Host and path of an address without a scheme. A colon ends a host, as in `git@host:path`, unless a slash did before.
fn short(address: &str) -> (&str, &str) {
    // A password may have a colon in front of it, which does not end the host.
    let user = address.split('/').next().and_then(|host| host.rfind('@'));
    let address = user.map_or(address, |at| &address[at + 1..]);
    match address.find([':', '/']) {
        Some(at) => (&address[..at], &address[at + 1..]),
        None => ("", address),
    }
}

/// SSH and HTTPS reach one host by different ports.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host,
        _ => host,
    }
}

impl fmt::Display for Repository {
    /// Without scheme and credentials: `github.com/acme/shop`, or `/srv/git/shop` where there is no host.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, path } = self;
        match (host.as_str(), path.as_str()) {
            ("", path) if path.contains('/') => write!(f, "/{path}"),
            ("", path) => f.write_str(path),
            (host, "") => f.write_str(host),
            (host, path) => write!(f, "{host}/{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::is_template_logical_id;
    use crate::model::{ErrorInfo, FailureKind};

    fn is_taken_over(ours: &str, theirs: &str) -> bool {
        Takeover::of(Some(ours), Some(theirs)).is_some()
    }

    #[test]
    fn one_repository_is_written_in_many_ways() {
        let ways = [
            "https://github.com/acme/shop",
            "https://github.com/acme/shop/",
            "https://github.com/acme/shop.git",
            "https://github.com/acme/shop.git/",
            "http://github.com/acme/shop",
            "https://GitHub.com/Acme/shop",
            "https://token@github.com/acme/shop",
            "https://user:p%40ss@github.com/acme/shop.git",
            "https://user:p@ss@github.com/acme/shop.git",
            "https://github.com:443/acme/shop",
            "ssh://git@github.com/acme/shop.git",
            "ssh://git@github.com:22/acme/shop.git",
            "git+ssh://git@github.com/acme/shop.git",
            "git://github.com/acme/shop.git",
            "git@github.com:acme/shop.git",
            "git@github.com:/acme/shop",
            "user:p@ss@github.com/acme/shop",
            "github.com:acme/shop",
            "github.com/acme/shop",
            "https://github.com/acme/shop#readme",
            "https://github.com/acme/shop?tab=readme",
            "  https://github.com/acme/shop\n",
        ];
        for one in ways {
            for other in ways {
                assert!(!is_taken_over(one, other), "{one} {other}");
            }
        }
    }

    #[test]
    fn another_host_owner_or_name_is_another_repository() {
        let shop = "https://github.com/acme/shop";
        for other in [
            "https://github.com/acme/shop-2",
            "https://github.com/umbrella/shop",
            "https://gitlab.com/acme/shop",
            "https://github.com/acme/team/shop",
            "https://github.com",
            "git@github.com:acme/blog.git",
            "ssh://git@[::1]:22/acme/shop",
            "/srv/git/shop.git",
            "shop",
        ] {
            assert!(is_taken_over(shop, other), "{other}");
            assert!(is_taken_over(other, shop), "{other}");
            assert!(!is_taken_over(other, other), "{other}");
        }
    }

    #[test]
    fn where_one_is_not_known_nothing_is_taken_over() {
        let shop = Some("https://github.com/acme/shop");
        for nothing in [None, Some(""), Some("  "), Some("https://"), Some("#")] {
            assert_eq!(Takeover::of(shop, nothing), None);
            assert_eq!(Takeover::of(nothing, shop), None);
            assert_eq!(Takeover::of(nothing, nothing), None);
        }
    }

    #[test]
    fn a_templates_address_says_nothing() {
        let shop = Some("https://github.com/acme/shop");
        for template in [
            "https://github.com/checkly/checkly-cli",
            "git@github.com:checkly/checkly-cli.git",
            "https://github.com/acme/website",
            "https://github.com/ixartz/Next-js-Boilerplate",
        ] {
            assert_eq!(Takeover::of(shop, Some(template)), None, "{template}");
            assert_eq!(Takeover::of(Some(template), shop), None, "{template}");
        }
        assert!(is_template_logical_id("boilerplate-project"));
        assert!(!is_template_logical_id("shop"));
    }

    #[test]
    fn what_an_account_has_without_an_address_may_be_anybodys() {
        let (shop, template) = (
            "github.com/acme/shop",
            "https://github.com/checkly/checkly-cli",
        );
        assert_eq!(Ownership::of(shop, None), Ownership::Ours, "not there yet");
        assert_eq!(Ownership::of(shop, Some(Some(shop))), Ownership::Ours);
        for nothing in [None, Some(""), Some(template)] {
            assert_eq!(Ownership::of(shop, Some(nothing)), Ownership::Unknown);
        }
        let other = Ownership::of(shop, Some(Some("github.com/umbrella/store")));
        assert!(matches!(other, Ownership::Another(_)));
    }

    #[test]
    fn another_project_is_one_of_which_nothing_would_stay() {
        use Action::{Create, Delete, Detached, Update};
        let changes = |actions: &[Action], kind: &str| -> Vec<Change> {
            let change = |action: &Action| Change {
                action: *action,
                kind: kind.to_owned(),
                logical_id: "home".to_owned(),
                physical_id: None,
                heartbeat: None,
            };
            actions.iter().map(change).collect()
        };
        for (actions, gone) in [
            (&[][..], None),
            (&[Create], None),
            (&[Create, Update], None),
            (&[Update, Delete, Delete, Delete], None),
            (&[Create, Update, Delete], None),
            (&[Delete], Some(1)),
            (&[Create, Delete, Delete], Some(2)),
            (&[Create, Detached], Some(1)),
        ] {
            assert_eq!(
                replaces_all(&changes(actions, "check")),
                gone,
                "{actions:?}"
            );
        }
        // What belongs to a check stays and goes with it.
        let internal = changes(&[Update], "alert-channel-subscription");
        let both = [changes(&[Create, Delete], "check"), internal].concat();
        assert_eq!(replaces_all(&both), Some(1));
        assert_eq!(
            replaces_all(&changes(&[Delete], "alert-channel-subscription")),
            None
        );
    }

    #[test]
    fn an_account_that_does_not_list_may_have_anything_but_what_was_deployed_from_here() {
        let shop = "git@github.com:acme/shop";
        for (last, may_go) in [
            (None, false),
            (Some(None), true),
            (Some(Some("github.com/acme/shop")), true),
            (Some(Some("github.com/umbrella/store")), false),
        ] {
            assert_eq!(was_deployed_from(shop, last), may_go, "{last:?}");
        }
    }

    #[test]
    fn only_a_permanent_answer_to_good_credentials_is_a_refusal() {
        let answer = |kind, http_status| Failure {
            kind,
            request: "GET /next/projects".into(),
            error: ErrorInfo {
                http_status,
                ..ErrorInfo::default()
            },
            retry_after: None,
        };
        for (failure, expected) in [
            (answer(FailureKind::Refused, Some(403)), true),
            (answer(FailureKind::Refused, Some(404)), true),
            (answer(FailureKind::Refused, Some(401)), false),
            (answer(FailureKind::Busy, Some(503)), false),
            (answer(FailureKind::Busy, Some(429)), false),
            (answer(FailureKind::Connection, None), false),
            (answer(FailureKind::Unexpected, Some(200)), false),
        ] {
            assert_eq!(is_refusal(&failure), expected, "{failure:?}");
        }
    }

    #[test]
    fn what_is_shown_has_no_credentials() {
        for (address, shown) in [
            (
                "https://user:s3cret@github.com/Acme/Shop.git",
                "github.com/Acme/Shop",
            ),
            ("https://s3cret@github.com", "github.com"),
            ("git@github.com:acme/shop.git", "github.com/acme/shop"),
            ("user:s3cret@github.com/acme/shop", "github.com/acme/shop"),
            ("ssh://git@[::1]:2222/shop", "[::1]/shop"),
            ("https://[::1]/shop", "[::1]/shop"),
            ("/srv/git/shop.git", "/srv/git/shop"),
            ("file:///srv/git/shop", "/srv/git/shop"),
            ("shop", "shop"),
        ] {
            let repository = Repository::of(address).unwrap();
            assert_eq!(repository.to_string(), shown, "{address}");
        }
    }

    #[test]
    fn what_is_shown_is_the_same_repository() {
        for address in [
            "https://user:s3cret@github.com/Acme/Shop.git",
            "git@github.com:acme/shop.git",
            "/srv/git/shop.git",
            "shop",
        ] {
            let shown = Repository::of(address).unwrap().to_string();
            assert!(Repository::is_one(Some(&shown), Some(address)), "{shown}");
        }
    }

    #[test]
    fn repositories_are_one_where_both_are_known_and_the_same() {
        let (ssh, https) = (
            Some("git@github.com:acme/shop"),
            Some("https://github.com/acme/shop"),
        );
        assert!(Repository::is_one(ssh, https));
        for other in [None, Some(""), Some("https://github.com/acme/blog")] {
            assert!(!Repository::is_one(ssh, other), "{other:?}");
            assert!(!Repository::is_one(other, ssh), "{other:?}");
        }
        assert!(!Repository::is_one(None, None));
    }
}
