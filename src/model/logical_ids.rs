//! One logical id per account: projects that share one delete each other's checks.

use super::ProjectIx;
use std::collections::HashMap;

/// The owner of each logical id in each account. Accounts are compared by id, since a manifest may have two names for one.
#[derive(Debug, Default)]
pub struct LogicalIds(HashMap<(String, String), ProjectIx>);

impl LogicalIds {
    /// Claims a logical id for a project, or returns the project that has it already. A project may claim its own again.
    pub fn claim(
        &mut self,
        account_id: &str,
        logical_id: &str,
        project: ProjectIx,
    ) -> Result<(), ProjectIx> {
        let key = (account_id.to_owned(), logical_id.to_owned());
        match *self.0.entry(key).or_insert(project) {
            owner if owner == project => Ok(()),
            owner => Err(owner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logical_id_has_one_owner_in_each_account() {
        let mut ids = LogicalIds::default();
        let (first, second) = (ProjectIx(0), ProjectIx(1));
        assert_eq!(ids.claim("a-1", "shop", first), Ok(()));
        assert_eq!(ids.claim("a-1", "shop", first), Ok(()));
        assert_eq!(ids.claim("a-1", "shop", second), Err(first));
        assert_eq!(ids.claim("a-2", "shop", second), Ok(()));
        assert_eq!(ids.claim("a-1", "web", second), Ok(()));
    }
}
