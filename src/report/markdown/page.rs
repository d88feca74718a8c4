//! A page of limited length: it says how much it omits.

use crate::words;

/// The limit of a comment on GitHub: this number of characters, counted here in bytes, which is stricter.
pub(super) const LONGEST: usize = 65_536;

/// Room for the sentence about omissions.
const FOR_THE_REST: usize = 300;

/// The priority of a section: the last is truncated first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    #[default]
    Deletions,
    Failures,
    Table,
    Notes,
    Tests,
    Changes,
}

/// A section of a page: lines between a head and a tail.
#[derive(Debug, Default)]
pub(super) struct Section {
    pub(super) head: String,
    pub(super) lines: Vec<Line>,
    pub(super) tail: String,
    pub(super) rank: Rank,
    /// Whether it is omitted as a whole if it does not fit.
    pub(super) whole: bool,
    /// What its lines list, in the singular: `deletion`. Such a section needs lines.
    pub(super) what: &'static str,
}

/// Text, and the number of its section's items in it.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) text: String,
    pub(super) items: usize,
}

impl Section {
    fn fixed(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    fn length(&self) -> usize {
        let lines: usize = self.lines.iter().map(|line| line.text.len()).sum();
        self.fixed() + lines
    }
}

/// The sections, one below the other, in at most `most` bytes. Heads and tails are short.
pub(super) fn fit(sections: &[Section], most: usize) -> String {
    let is_shown = |it: &&Section| it.length() > 0 && (it.what.is_empty() || !it.lines.is_empty());
    let sections: Vec<&Section> = sections.iter().filter(is_shown).collect();
    let separators = sections.len();
    let total: usize = sections.iter().map(|section| section.length()).sum();
    let mut kept: Vec<usize> = sections.iter().map(|section| section.lines.len()).collect();
    if total + separators > most {
        let fixed: usize = sections.iter().map(|it| it.fixed() + FOR_THE_REST).sum();
        let mut left = most.saturating_sub(fixed + separators);
        let mut order: Vec<usize> = (0..sections.len()).collect();
        order.sort_by_key(|at| sections[*at].rank);
        for at in order {
            let section = sections[at];
            kept[at] = fitting(&section.lines, &mut left);
            if section.whole && kept[at] < section.lines.len() {
                kept[at] = 0;
            }
        }
    }
    let shown = sections.iter().zip(kept);
    let shown: Vec<String> = shown.map(|(section, kept)| show(section, kept)).collect();
    shown.join("\n")
}

/// The number of lines that fit into `left`, which is reduced by their length.
fn fitting(lines: &[Line], left: &mut usize) -> usize {
    for (at, line) in lines.iter().enumerate() {
        let Some(rest) = left.checked_sub(line.text.len()) else {
            return at;
        };
        *left = rest;
    }
    lines.len()
}

fn show(section: &Section, kept: usize) -> String {
    let rest: usize = section.lines[kept..].iter().map(|line| line.items).sum();
    let lines = section.lines[..kept].iter().map(|line| &*line.text);
    let lines: String = lines.collect();
    let Section {
        head,
        tail,
        what,
        whole,
        ..
    } = section;
    let why = "a comment on GitHub has no room for more. The JSON report has everything.";
    if rest == 0 {
        return format!("{head}{lines}{tail}");
    }
    if *whole {
        let omitted = words::count(rest, what);
        return format!("**The list of {omitted} is omitted:** {why}\n");
    }
    let omitted = words::count(rest, &format!("more {what}"));
    format!("{head}{lines}{tail}\n**{omitted} omitted:** {why}\n")
}
