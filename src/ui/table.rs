//! Plain tables: columns as wide as their widest cell.

use super::text::{one_line, pad, width};

/// A header and rows of cells, one line each. Cells are sanitized.
pub fn render<const N: usize>(head: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let head = head.map(str::to_uppercase);
    let rows: Vec<[String; N]> = rows.map(|row| row.map(|cell| one_line(&cell))).collect();
    let lines = || std::iter::once(&head).chain(&rows);
    let widths: [usize; N] =
        std::array::from_fn(|ix| lines().map(|row| width(&row[ix])).max().unwrap_or(0));
    let mut text = String::new();
    for row in lines() {
        let mut line = String::new();
        for (cell, columns) in row.iter().zip(widths) {
            line.push_str(&pad(cell, columns + 2));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [["a", "", "x"], ["支払い", "yes", ""]];
        let rows = rows.into_iter().map(|row| row.map(str::to_owned));
        insta::assert_snapshot!(render(&["name", "ok", "tags"], rows), @r"
        NAME    OK   TAGS
        a            x
        支払い  yes
        ");
    }
}
