//! Two Checkly CLIs with the sandbox, compared with `orchestrate`. `docs/interop.md` describes the comparison.
//!
//! Needs Node and git, and `npm ci` in `examples/monorepo` and `tests/interop/newest`; connects only to the sandbox. In real
//! time, since other processes have no virtual time.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests, which clippy does not know to be tests"
)]
#![allow(clippy::duplicate_mod, reason = "the same tests with each CLI")]

mod installation;

/// The CLI of the example.
#[path = "."]
mod example {
    use super::installation::Installation;

    const INSTALLATION: Installation = Installation {
        folder: "examples/monorepo",
        made_the_bundles: true,
        is_our_version: false,
    };

    mod bundles;
    #[path = "suite.rs"]
    mod suite;
}

/// The newest CLI, and the Node.js that it needs.
#[path = "."]
mod newest {
    use super::installation::Installation;

    const INSTALLATION: Installation = Installation {
        folder: "tests/interop/newest",
        made_the_bundles: false,
        is_our_version: true,
    };

    #[path = "suite.rs"]
    mod suite;
    mod versions;
}
