//! What several test programs share.

pub(crate) mod authority;
pub(crate) mod files;
pub(crate) mod generated;
pub(crate) mod virtual_time;
