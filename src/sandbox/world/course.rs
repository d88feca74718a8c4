//! What course a deployment takes: how long, to what end, and what comes of asking it to stop.

use std::time::Duration;

/// The course of one deployment, settled when it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Course {
    /// From its acceptance to its end, if it succeeds.
    pub(in crate::sandbox) length: Duration,
    pub(in crate::sandbox) fate: Fate,
}

/// What a deployment comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) struct Fate {
    pub(in crate::sandbox) end: End,
    pub(in crate::sandbox) on_cancel: OnCancel,
}

/// How a deployment ends when nobody interferes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum End {
    /// It is applied.
    #[default]
    Succeed,
    /// It fails on the way.
    Fail {
        /// Percent.
        at: u32,
        error: Failure,
    },
    /// It makes no more progress.
    Stall {
        /// Percent.
        at: u32,
        /// Then it fails, after this long, if ever.
        reaped: Option<(Duration, Failure)>,
    },
    /// A newer deployment of somebody else cancels it and takes its place.
    GiveWay {
        /// Percent.
        at: u32,
        /// The course of the newer one.
        to: Box<Course>,
    },
    /// It is forgotten.
    Vanish,
}

/// Why a deployment failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sandbox) struct Failure {
    pub(in crate::sandbox) code: String,
    pub(in crate::sandbox) message: String,
}

/// What comes of asking a deployment to stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::sandbox) enum OnCancel {
    /// It stops after the usual time.
    #[default]
    Obey,
    /// It stops after this time.
    After(Duration),
    /// It is noted, and nothing comes of it.
    Ignore,
    /// It is not allowed.
    Refuse,
}

impl From<Duration> for Course {
    /// One that succeeds.
    fn from(length: Duration) -> Self {
        Self {
            length,
            fate: Fate::default(),
        }
    }
}
