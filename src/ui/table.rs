//! Plain tables: columns as wide as their widest cell, if the terminal is wide enough.

use super::text::{cut_middle, one_line, pad, width, wrap};

/// The space between two columns.
const GAP: usize = 2;

/// No column is made narrower than this.
const NARROW: usize = 8;

/// A header and rows of cells. Cells are sanitized. A column without cells is omitted. In a table wider than `columns`, cells
/// are wrapped, and words that are still too wide are truncated.
pub fn render<const N: usize>(
    head: &[&str; N],
    rows: impl Iterator<Item = [String; N]>,
    columns: usize,
) -> String {
    let head = head.map(str::to_uppercase);
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|cell| one_line(&cell))).collect();
    let lines = || std::iter::once(&head).chain(&rows);
    let is_shown = |ix: &usize| rows.is_empty() || rows.iter().any(|row| !row[*ix].is_empty());
    let mut shown: Vec<Column> = (0..N)
        .filter(is_shown)
        .map(|ix| Column::new(ix, lines().map(|row| &*row[ix])))
        .collect();
    let gaps = GAP * shown.len().saturating_sub(1);
    while shown.iter().map(|it| it.width).sum::<usize>() + gaps > columns
        && let Some(widest) = shown
            .iter_mut()
            .max_by_key(|it| (it.width > it.word, it.width))
        && widest.width > NARROW
    {
        widest.width -= 1;
    }
    let mut text = String::new();
    for row in lines() {
        let cells: Vec<_> = shown.iter().map(|it| it.cell(&row[it.ix])).collect();
        for nth in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            let mut line = String::new();
            for (cell, column) in cells.iter().zip(&shown) {
                let part = cell.get(nth).map_or("", String::as_str);
                line.push_str(&pad(part, column.width + GAP));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

struct Column {
    ix: usize,
    width: usize,
    /// The width of its longest word.
    word: usize,
}

impl Column {
    fn new<'a>(ix: usize, cells: impl Iterator<Item = &'a str> + Clone) -> Self {
        let words = cells.clone().flat_map(str::split_whitespace);
        Self {
            ix,
            width: cells.map(width).max().unwrap_or(0),
            word: words.map(width).max().unwrap_or(0),
        }
    }

    /// The lines of a cell.
    fn cell(&self, text: &str) -> Vec<String> {
        let words = text.split(' ').map(|word| cut_middle(word, self.width));
        wrap(&words.collect::<Vec<_>>().join(" "), self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "", "x"], ["支払い", "yes", ""]];
        let rows = rows.into_iter().map(|row| row.map(str::to_owned));
        insta::assert_snapshot!(render(&["name", "ok", "tags"], rows, 80), @r"
        NAME    OK   TAGS
        a            x
        支払い  yes
        ");
    }

    #[test]
    fn a_column_without_cells_is_omitted() {
        let rows = [["a", "", "x"], ["b", "", ""]].map(|row| row.map(str::to_owned));
        let table = render(&["name", "wave", "tags"], rows.into_iter(), 80);
        assert_eq!(table, "NAME  TAGS\na     x\nb\n");
        let empty = render(&["name", "wave"], std::iter::empty(), 80);
        assert_eq!(empty, "NAME  WAVE\n");
    }

    #[test]
    fn cells_are_wrapped_where_the_terminal_is_too_narrow() {
        let rows = [
            ["checkout-production", "alerts, shared-locations, web", "x"],
            ["alerts", "", "tier:1, team:web"],
        ];
        let rows = rows.map(|row| row.map(str::to_owned));
        let table = |columns| {
            render(
                &["name", "depends on", "tags"],
                rows.clone().into_iter(),
                columns,
            )
        };
        assert!(table(70).lines().count() == 3);
        insta::assert_snapshot!(table(50), @"
        NAME                 DEPENDS ON         TAGS
        checkout-production  alerts,            x
                             shared-locations,
                             web
        alerts                                  tier:1,
                                                team:web
        ");
        assert!(table(50).lines().all(|line| width(line) <= 50));
        insta::assert_snapshot!(table(36), @"
        NAME          DEPENDS ON    TAGS
        checko…ction  alerts,       x
                      shared…ions,
                      web
        alerts                      tier:1,
                                    team:web
        ");
        // A table cannot be arbitrarily narrow.
        assert!(
            table(1)
                .lines()
                .all(|line| width(line) <= 3 * NARROW + 2 * GAP)
        );
    }
}
