//! Durations, counts, and changes as people write them.

use crate::model::DiffCounts;

/// A duration: `850 ms`, `12.3 s`, `2 min 5 s`, `1 h 2 min`.
pub fn span(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let pair = |big, unit, small, next| match small {
        0 => format!("{big} {unit}"),
        _ => format!("{big} {unit} {small} {next}"),
    };
    match seconds {
        0 => format!("{milliseconds} ms"),
        1..60 => match milliseconds / 100 % 10 {
            0 => format!("{seconds} s"),
            tenth => format!("{seconds}.{tenth} s"),
        },
        60..3600 => pair(seconds / 60, "min", seconds % 60, "s"),
        _ => pair(seconds / 3600, "h", seconds / 60 % 60, "min"),
    }
}

/// The shortest wait that is named, in milliseconds.
const SHORTEST_WAIT: u64 = 1000;

/// `6 s (5.8 s rate limited)`: how long a project took, and how long of that it waited for what; in milliseconds.
pub fn took(milliseconds: u64, waits: &[(u64, &str)]) -> String {
    let waits = waits.iter().filter(|(ms, _)| *ms >= SHORTEST_WAIT);
    let waits: Vec<String> = waits
        .map(|(ms, what)| format!("{} {what}", span(*ms)))
        .collect();
    match &waits[..] {
        [] => span(milliseconds),
        waits => format!("{} ({})", span(milliseconds), waits.join(", ")),
    }
}

/// `1 project`, `2 projects`.
pub fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

/// `2 created, 1 deleted`; `no changes`.
pub fn diff(counts: &DiffCounts) -> String {
    amounts(counts, ["created", "updated", "deleted", "preserved"])
}

/// `2 to create, 1 to delete`; `no changes`.
pub fn intent(counts: &DiffCounts) -> String {
    amounts(
        counts,
        ["to create", "to update", "to delete", "to preserve"],
    )
}

fn amounts(counts: &DiffCounts, what: [&str; 4]) -> String {
    let numbers = [counts.create, counts.update, counts.delete, counts.detach];
    let parts: Vec<String> = numbers
        .iter()
        .zip(what)
        .filter(|(n, _)| **n > 0)
        .map(|(n, what)| format!("{n} {what}"))
        .collect();
    if parts.is_empty() {
        "no changes".into()
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_in_the_largest_units() {
        for (ms, text) in [
            (0, "0 ms"),
            (850, "850 ms"),
            (1000, "1 s"),
            (12_345, "12.3 s"),
            (59_999, "59.9 s"),
            (60_000, "1 min"),
            (125_000, "2 min 5 s"),
            (3_600_000, "1 h"),
            (3_720_000, "1 h 2 min"),
        ] {
            assert_eq!(span(ms), text);
        }
    }

    #[test]
    fn only_counts_above_zero_are_listed() {
        let counts = DiffCounts {
            create: 2,
            delete: 1,
            ..DiffCounts::default()
        };
        assert_eq!(diff(&counts), "2 created, 1 deleted");
        assert_eq!(intent(&counts), "2 to create, 1 to delete");
        assert_eq!(diff(&DiffCounts::default()), "no changes");
        assert_eq!(count(1, "project"), "1 project");
        assert_eq!(count(0, "project"), "0 projects");
    }
}
