//! The rate limit of an account.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A maximum number of requests per period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// At least 1.
    pub requests: u32,
    /// A second, a minute, or an hour.
    pub per: Duration,
}

impl Rate {
    /// The rate limit that Checkly documents for most routes of its API.
    pub const DEFAULT: Self = Self {
        requests: 600,
        per: MINUTE,
    };

    /// That of a sandbox in this process.
    pub const UNLIMITED: Self = Self {
        requests: u32::MAX,
        per: SECOND,
    };

    /// The rate of each of several runs that share it.
    #[must_use]
    pub fn shared_by(mut self, runs: u32) -> Self {
        while self.requests < runs && self.per < HOUR {
            (self.requests, self.per) = (self.requests * 60, self.per * 60);
        }
        self.requests = (self.requests / runs).max(1);
        self
    }
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3600);

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || "expected a rate such as 600/min, 10/s, or 5000/h".to_owned();
        let (requests, per) = text.split_once('/').ok_or_else(wanted)?;
        let requests = requests.trim().parse().map_err(|_| wanted())?;
        let per = match per.trim() {
            "s" | "sec" | "second" => SECOND,
            "m" | "min" | "minute" => MINUTE,
            "h" | "hour" => HOUR,
            _ => return Err(wanted()),
        };
        if requests == 0 {
            return Err("the rate must be at least 1".to_owned());
        }
        Ok(Self { requests, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per = match self.per {
            SECOND => "s",
            MINUTE => "min",
            _ => "h",
        };
        write!(f, "{}/{per}", self.requests)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_share_a_rate_do_not_exceed_it_together() {
        for (all, runs, each) in [
            ("600/min", 1, "600/min"),
            ("600/min", 4, "150/min"),
            ("600/min", 7, "85/min"),
            ("10/s", 20, "30/min"),
            ("1/s", 1000, "3/h"),
            ("1/h", 4, "1/h"), // at least one
        ] {
            let rate = all.parse::<Rate>().unwrap();
            assert_eq!(rate.shared_by(runs).to_string(), each);
        }
    }

    #[test]
    fn a_rate_is_parsed_and_printed() {
        for (text, back) in [
            ("600/min", "600/min"),
            ("10 / s", "10/s"),
            ("5000/hour", "5000/h"),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), back);
        }
    }

    #[test]
    fn invalid_rates_are_rejected() {
        for text in ["", "600", "600/day", "x/min", "-1/min", "0/min", "1.5/s"] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
