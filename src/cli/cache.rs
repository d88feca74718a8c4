//! `orchestrate cache clean`: removes the cached bundles.

use super::args::{CacheArgs, CacheCommand};
use super::console::{failing, say};
use super::{Exit, reuse};
use crate::cache::{Cache, Pruned};
use crate::os_error::plain;

pub(super) fn main(args: &CacheArgs) -> Result<Exit, Exit> {
    let CacheCommand::Clean = args.command;
    let dir = reuse::cache_dir()
        .ok_or("no cache directory: there is no home directory\nhelp: set ORCHESTRATE_CACHE_DIR")
        .map_err(failing(Exit::FAILURE))?;
    let shown = dir.display();
    let pruned = Cache::clean(&dir)
        .map_err(|error| format!("cannot clean the cache in {shown}: {}", plain(&error)))
        .map_err(failing(Exit::FAILURE))?;
    say(&format!("{} {shown}", words(pruned)));
    Ok(Exit::SUCCESS)
}

fn words(pruned: Pruned) -> String {
    let bundles = match pruned.bundles {
        0 => return "no cached bundles in".to_owned(),
        bundles => crate::words::count(bundles, "bundle"),
    };
    format!(
        "removed {bundles} ({} kB) from",
        pruned.bytes.div_ceil(1000)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_of_bundles_and_bytes_agree() {
        let said = |bundles, bytes| words(Pruned { bundles, bytes });
        assert_eq!(said(0, 0), "no cached bundles in");
        assert_eq!(said(1, 2), "removed 1 bundle (1 kB) from");
        assert_eq!(said(12, 24_401_539), "removed 12 bundles (24402 kB) from");
    }
}
