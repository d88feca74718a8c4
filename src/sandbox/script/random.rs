//! Random faults: a share of all requests, the same ones for the same seed and order of requests.

use super::fault::{Break, Fault};
use super::rule::{Kind, OneOrMore};
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// Which requests meet which random faults. Neither list is empty.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(try_from = "Table")]
pub(in crate::sandbox) struct Random(pub(super) Table);

/// The table as written.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename = "random", deny_unknown_fields)]
pub(in crate::sandbox) struct Table {
    pub(super) seed: u64,
    /// From 0 to 1.
    share: f64,
    #[serde(default)]
    on: OneOrMore,
    #[serde(default = "transient")]
    faults: Vec<Fault>,
}

impl Random {
    /// The fault of the next request, if any. Always draws the same number of values from `rng`.
    pub(super) fn draw(&self, kind: Kind, rng: &mut Rng) -> Option<&Fault> {
        let (chance, which) = (rng.f64(), rng.usize(..));
        let faults = self.0.faults.iter();
        let fitting: Vec<_> = faults.filter(|f| f.kinds().contains(&kind)).collect();
        let met = self.0.on.0.contains(&kind) && chance < self.0.share;
        let which = which.checked_rem(fitting.len())?;
        met.then(|| fitting[which])
    }
}

impl TryFrom<Table> for Random {
    type Error = String;

    fn try_from(mut table: Table) -> Result<Self, String> {
        let Table { share, faults, .. } = &table;
        if !(0.0..=1.0).contains(share) {
            return Err(format!("`share = {share}` is not between 0 and 1"));
        }
        if faults.is_empty() {
            return Err("`faults` is empty".to_owned());
        }
        faults.iter().try_for_each(Fault::check)?;
        if table.on.0.is_empty() {
            table.on.0.extend(Kind::ALL);
        }
        Ok(Self(table))
    }
}

/// Faults that a retry overcomes.
fn transient() -> Vec<Fault> {
    vec![
        Fault::Close,
        Fault::Reset,
        Fault::Lose(Break::Close),
        Fault::Lose(Break::Reset),
        Fault::status(429, Some(1)),
        Fault::status(502, None),
        Fault::status(503, None),
        Fault::status(504, None),
    ]
}
