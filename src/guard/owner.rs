//! Project ownership: whether the project in the account was deployed from another repository.

use super::template::{is_template_logical_id, is_template_repository};
use crate::model::{Action, Change, Failure, FailureKind};
use std::fmt;
use url::Url;

/// A repository, normalized from any form of its URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    host: String,
    /// As written, for display.
    path: String,
}

/// A deployment over a project of another repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Takeover {
    /// The repository of the deployment.
    pub ours: Repository,
    /// The repository of the project in the account.
    pub theirs: Repository,
}

/// The owner of a project, according to the account's list of projects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The same repository, or the account does not have the project.
    Ours,
    /// The account has the project without a repository.
    Unknown,
    /// Another repository.
    Another(Takeover),
}

impl Ownership {
    /// The owner of what the account lists under the logical id: nothing, or a project with or without a repository.
    pub fn of(ours: Option<&str>, listed: Option<Option<&str>>) -> Self {
        match listed {
            None => Self::Ours,
            Some(theirs) if ours.is_none() || !theirs.is_some_and(says_whose) => Self::Unknown,
            Some(theirs) => Takeover::of(ours, theirs).map_or(Self::Ours, Self::Another),
        }
    }
}

/// Whether a repository URL identifies an owner: it is valid and not a template's.
pub fn says_whose(address: &str) -> bool {
    Repository::known(address).is_some()
}

/// The number of removed resources, if no deployed resource would stay, which indicates another project with the same logical
/// id. A deployment that updates anything is of the same project.
pub fn replaces_all(changes: &[Change]) -> Option<usize> {
    let told = || changes.iter().filter(|change| !change.is_internal());
    let goes = |change: &&Change| matches!(change.action, Action::Delete | Action::Detached);
    let stays = told().any(|change| change.action == Action::Update);
    let gone = told().filter(goes).count();
    (!stays && gone > 0).then_some(gone)
}

impl Takeover {
    /// Compares two repository URLs. `None` if they are the same or one is unknown.
    pub fn of(ours: Option<&str>, theirs: Option<&str>) -> Option<Self> {
        let ours = Repository::known(ours?)?;
        let theirs = Repository::known(theirs?)?;
        (!ours.is_same(&theirs)).then_some(Self { ours, theirs })
    }
}

/// Whether an account refuses to list its projects although the credentials are valid, and a retry would not help.
pub fn is_refusal(failure: &Failure) -> bool {
    failure.kind == FailureKind::Refused && failure.error.http_status != Some(401)
}

/// Whether the account must be asked: this program did not deploy the project `last` from the same repository. If the
/// project's repository is unknown, there is nothing to compare, except for the logical id of a template.
pub fn is_owner_in_doubt(ours: Option<&str>, last: Option<Option<&str>>, logical_id: &str) -> bool {
    match ours {
        Some(_) => !Repository::is_one(ours, last.flatten()),
        None => last.is_none() && is_template_logical_id(logical_id),
    }
}

/// Whether a project may be sent to an account that refuses to list its projects: this program deployed it `last`, and not from
/// a known other repository.
pub fn was_deployed_from(ours: Option<&str>, last: Option<Option<&str>>) -> bool {
    let is_ours = |from| ours.is_none() || Repository::is_one(ours, Some(from));
    last.is_some_and(|from| from.is_none_or(is_ours))
}

impl Repository {
    /// Whether two URLs are known and name the same repository.
    pub fn is_one(ours: Option<&str>, theirs: Option<&str>) -> bool {
        let (ours, theirs) = (ours.and_then(Self::of), theirs.and_then(Self::of));
        ours.zip(theirs)
            .is_some_and(|(ours, theirs)| ours.is_same(&theirs))
    }

    /// Parses a URL of any scheme, `git@host:path`, `host/path`, or the output of [`Display`](fmt::Display). `None` if empty.
    pub fn of(address: &str) -> Option<Self> {
        let address = address.trim();
        let (host, path) = if address.contains("://") {
            let url = Url::parse(address).ok()?;
            // Ports are ignored: SSH and HTTPS use different ones for the same host.
            let host = url.host_str().unwrap_or_default();
            (host.to_owned(), url.path().to_owned())
        } else {
            short(address)
        };
        let path = path.trim_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let repository = Self {
            host: host.to_ascii_lowercase(),
            path: path.trim_end_matches('/').to_owned(),
        };
        (!repository.host.is_empty() || !repository.path.is_empty()).then_some(repository)
    }

    /// The same, but `None` for a template's URL, which identifies no owner.
    fn known(address: &str) -> Option<Self> {
        Self::of(address).filter(|repository| !is_template_repository(repository))
    }

    /// Paths are compared case-insensitively, as common hosts do.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.host == other.host && self.path.to_lowercase() == other.path.to_lowercase()
    }
}

/// Host and path of a URL without a scheme. A colon ends the host, as in `git@host:path`, unless a slash precedes it.
fn short(address: &str) -> (String, String) {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    // The colon before a password does not end the host.
    let user = address.split('/').next().and_then(|host| host.rfind('@'));
    let address = user.map_or(address, |at| &address[at + 1..]);
    let (host, path) = address.split_once([':', '/']).unwrap_or(("", address));
    (host.to_owned(), path.to_owned())
}

impl fmt::Display for Repository {
    /// Without scheme and credentials: `github.com/acme/shop`, or `/srv/git/shop` without a host.
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
    use crate::model::FailureKind;

    fn is_taken_over(ours: &str, theirs: &str) -> bool {
        Takeover::of(Some(ours), Some(theirs)).is_some()
    }

    #[test]
    fn the_account_is_asked_unless_the_last_deployment_from_here_settles_it() {
        let (shop, blog) = (Some("github.com/acme/shop"), Some("github.com/acme/blog"));
        for (ours, last, logical_id, is_in_doubt) in [
            (shop, None, "shop", true),
            (shop, Some(None), "shop", true),
            (shop, Some(blog), "shop", true),
            (shop, Some(shop), "shop", false),
            (None, None, "shop", false),
            (None, None, "boilerplate-project", true),
            (None, Some(None), "boilerplate-project", false),
        ] {
            let told = is_owner_in_doubt(ours, last, logical_id);
            assert_eq!(told, is_in_doubt, "{ours:?} {last:?} {logical_id}");
        }
    }

    #[test]
    fn all_forms_of_a_url_are_the_same_repository() {
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
    fn an_unknown_repository_is_no_takeover() {
        let shop = Some("https://github.com/acme/shop");
        for nothing in [None, Some(""), Some("  "), Some("https://"), Some("#")] {
            assert_eq!(Takeover::of(shop, nothing), None);
            assert_eq!(Takeover::of(nothing, shop), None);
            assert_eq!(Takeover::of(nothing, nothing), None);
        }
    }

    #[test]
    fn the_url_of_a_template_identifies_no_owner() {
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
    fn a_project_without_a_repository_has_an_unknown_owner() {
        let (shop, template) = (
            "github.com/acme/shop",
            "https://github.com/checkly/checkly-cli",
        );
        assert_eq!(
            Ownership::of(Some(shop), None),
            Ownership::Ours,
            "not there yet"
        );
        assert_eq!(Ownership::of(Some(shop), Some(Some(shop))), Ownership::Ours);
        for nothing in [None, Some(""), Some(template)] {
            assert_eq!(Ownership::of(Some(shop), Some(nothing)), Ownership::Unknown);
        }
        assert_eq!(Ownership::of(None, Some(Some(shop))), Ownership::Unknown);
        assert_eq!(Ownership::of(None, None), Ownership::Ours);
        let other = Ownership::of(Some(shop), Some(Some("github.com/umbrella/store")));
        assert!(matches!(other, Ownership::Another(_)));
    }

    #[test]
    fn a_deployment_that_keeps_nothing_is_another_project() {
        use Action::{Create, Delete, Detached, Update};
        let changes = |actions: &[Action], kind: &str| -> Vec<Change> {
            let change = |action: &Action| Change::bare(*action, kind, "home");
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
        // Parts of a check do not count.
        let internal = changes(&[Update], "alert-channel-subscription");
        let both = [changes(&[Create, Delete], "check"), internal].concat();
        assert_eq!(replaces_all(&both), Some(1));
        assert_eq!(
            replaces_all(&changes(&[Delete], "alert-channel-subscription")),
            None
        );
    }

    #[test]
    fn without_a_list_only_projects_deployed_from_here_may_be_sent() {
        let shop = "git@github.com:acme/shop";
        for (last, may_go) in [
            (None, false),
            (Some(None), true),
            (Some(Some("github.com/acme/shop")), true),
            (Some(Some("github.com/umbrella/store")), false),
        ] {
            assert_eq!(was_deployed_from(Some(shop), last), may_go, "{last:?}");
        }
    }

    #[test]
    fn only_a_permanent_failure_with_valid_credentials_is_a_refusal() {
        for (failure, expected) in [
            (Failure::new(FailureKind::Refused, Some(403)), true),
            (Failure::new(FailureKind::Refused, Some(404)), true),
            (Failure::new(FailureKind::Refused, Some(401)), false),
            (Failure::new(FailureKind::Busy, Some(503)), false),
            (Failure::new(FailureKind::Busy, Some(429)), false),
            (Failure::new(FailureKind::Connection, None), false),
            (Failure::new(FailureKind::Unexpected, Some(200)), false),
            (Failure::new(FailureKind::Certificate, None), false),
        ] {
            assert_eq!(is_refusal(&failure), expected, "{failure:?}");
        }
    }

    #[test]
    fn a_displayed_repository_has_no_credentials() {
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
    fn a_displayed_repository_can_be_parsed_again() {
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
    fn repositories_are_the_same_only_if_both_are_known() {
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
