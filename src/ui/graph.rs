//! The dependencies of projects as text: a tree, or a graph for Graphviz or Mermaid.
//!
//! Graphs name their nodes by position and carry the projects' names as escaped labels.

use super::text::one_line;
use std::fmt::Write;
use std::mem;

/// One project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its wave, from 1; `None` without waves, and for an unselected project.
    pub wave: Option<usize>,
    /// Whether it is selected. Unselected dependencies come after all selected projects.
    pub is_selected: bool,
    /// The positions of its dependencies. They have no cycle.
    pub depends_on: Vec<usize>,
}

impl Node<'_> {
    fn label(&self) -> String {
        let note = if self.is_selected {
            ""
        } else {
            " (not selected)"
        };
        one_line(self.name) + note
    }
}

/// A tree from projects that no other depends on down to their dependencies. Repeated ones are marked `(*)`, without their
/// dependencies.
pub fn tree(nodes: &[Node<'_>]) -> String {
    let mut is_dependency = vec![false; nodes.len()];
    for dependency in nodes.iter().flat_map(|node| &node.depends_on) {
        is_dependency[*dependency] = true;
    }
    let roots = (0..nodes.len()).filter(|ix| !is_dependency[*ix]);
    // Not recursive: a chain may be thousands of projects long.
    let mut open: Vec<(usize, String, String)> = roots
        .rev()
        .map(|ix| (ix, String::new(), String::new()))
        .collect();
    let (mut is_listed, mut repeats) = (vec![false; nodes.len()], false);
    let mut text = String::new();
    while let Some((ix, lead, below)) = open.pop() {
        let node = &nodes[ix];
        let wave = node.wave.map(|wave| format!(" (wave {wave})"));
        let _ = write!(text, "{lead}{}{}", node.label(), wave.unwrap_or_default());
        if mem::replace(&mut is_listed[ix], true) && !node.depends_on.is_empty() {
            text.push_str(" (*)\n");
            repeats = true;
            continue;
        }
        text.push('\n');
        for (nth, dependency) in node.depends_on.iter().enumerate().rev() {
            let (branch, line) = if nth + 1 == node.depends_on.len() {
                ("└── ", "    ")
            } else {
                ("├── ", "│   ")
            };
            open.push((
                *dependency,
                format!("{below}{branch}"),
                format!("{below}{line}"),
            ));
        }
    }
    if repeats {
        text.push_str("\n(*) dependencies are listed above\n");
    }
    text
}

/// A digraph in DOT, with an arrow from each project to its dependencies, and a cluster for each wave.
pub fn dot(nodes: &[Node<'_>]) -> String {
    let node = |ix: usize, node: &Node<'_>| {
        // Labels may contain entities and escape sequences.
        let label = node.label().replace('&', "&amp;");
        let label = label.replace('\\', "\\\\").replace('"', "\\\"");
        let style = if node.is_selected {
            ""
        } else {
            ", style=dashed"
        };
        format!("p{ix} [label=\"{label}\"{style}]")
    };
    let wave = |wave: usize| {
        (
            format!("subgraph cluster_{wave} {{\n    label=\"wave {wave}\""),
            "}",
        )
    };
    let body = body(nodes, node, wave, "->");
    format!("digraph {{\n  rankdir=LR\n  node [shape=box]\n{body}}}\n")
}

/// A Mermaid flowchart, with an arrow from each project to its dependencies, and a subgraph for each wave.
pub fn mermaid(nodes: &[Node<'_>]) -> String {
    let node = |ix: usize, node: &Node<'_>| {
        let escape = |c: char| match c {
            ' ' | '-' | '_' | '.' | '/' | '(' | ')' => c.to_string(),
            c if c.is_alphanumeric() || !c.is_ascii() => c.to_string(),
            // Quotes end the label, `%%` begins a comment, `<` and backquotes are markup.
            c => format!("#{};", u32::from(c)),
        };
        let label: String = node.label().chars().map(escape).collect();
        let style = if node.is_selected {
            String::new()
        } else {
            format!("\n  style p{ix} stroke-dasharray: 4")
        };
        format!("p{ix}[\"{label}\"]{style}")
    };
    let wave = |wave: usize| (format!("subgraph wave_{wave} [\"wave {wave}\"]"), "end");
    let body = body(nodes, node, wave, "-->");
    format!("flowchart LR\n{body}")
}

/// The nodes, those of a wave together, then the arrows.
fn body(
    nodes: &[Node<'_>],
    declare: impl Fn(usize, &Node<'_>) -> String,
    wave: impl Fn(usize) -> (String, &'static str),
    arrow: &str,
) -> String {
    let mut text = String::new();
    let mut ix = 0;
    for group in nodes.chunk_by(|a, b| a.wave == b.wave) {
        let (start, end) = match group[0].wave.map(&wave) {
            Some((start, end)) => (format!("  {start}\n"), format!("  {end}\n")),
            None => (String::new(), String::new()),
        };
        text.push_str(&start);
        for node in group {
            let indent = if start.is_empty() { "" } else { "  " };
            let _ = writeln!(text, "  {indent}{}", declare(ix, node));
            ix += 1;
        }
        text.push_str(&end);
    }
    for (ix, node) in nodes.iter().enumerate() {
        for dependency in &node.depends_on {
            let _ = writeln!(text, "  p{ix} {arrow} p{dependency}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node<'a>(name: &'a str, wave: Option<usize>, depends_on: &[usize]) -> Node<'a> {
        Node {
            name,
            wave,
            is_selected: true,
            depends_on: depends_on.to_vec(),
        }
    }

    /// `shop` and `admin` share `web`, and `alerts` is not selected.
    fn nodes() -> Vec<Node<'static>> {
        vec![
            node("web", Some(1), &[4]),
            node("shop", Some(1), &[0, 4]),
            node("admin", Some(2), &[0]),
            node("search", Some(2), &[]),
            Node {
                is_selected: false,
                ..node("alerts", None, &[])
            },
        ]
    }

    #[test]
    fn a_tree_lists_the_dependencies_of_a_shared_project_once() {
        insta::assert_snapshot!(tree(&nodes()), @"
        shop (wave 1)
        ├── web (wave 1)
        │   └── alerts (not selected)
        └── alerts (not selected)
        admin (wave 2)
        └── web (wave 1) (*)
        search (wave 2)

        (*) dependencies are listed above
        ");
        assert_eq!(tree(&[]), "");
    }

    #[test]
    fn dot_has_a_cluster_for_each_wave() {
        insta::assert_snapshot!(dot(&nodes()), @r#"
        digraph {
          rankdir=LR
          node [shape=box]
          subgraph cluster_1 {
            label="wave 1"
            p0 [label="web"]
            p1 [label="shop"]
          }
          subgraph cluster_2 {
            label="wave 2"
            p2 [label="admin"]
            p3 [label="search"]
          }
          p4 [label="alerts (not selected)", style=dashed]
          p0 -> p4
          p1 -> p0
          p1 -> p4
          p2 -> p0
        }
        "#);
    }

    #[test]
    fn mermaid_has_a_subgraph_for_each_wave() {
        insta::assert_snapshot!(mermaid(&nodes()), @r#"
        flowchart LR
          subgraph wave_1 ["wave 1"]
            p0["web"]
            p1["shop"]
          end
          subgraph wave_2 ["wave 2"]
            p2["admin"]
            p3["search"]
          end
          p4["alerts (not selected)"]
          style p4 stroke-dasharray: 4
          p0 --> p4
          p1 --> p0
          p1 --> p4
          p2 --> p0
        "#);
    }

    #[test]
    fn names_cannot_leave_their_label() {
        let name = "a\"]; x --> y\n<b>&lt;\\N\u{1b}[31m%%{init:{}}%% #35; `c` \\";
        let nodes = [node(name, None, &[]), node("Größe 支払い 🚀", None, &[0])];
        insta::assert_snapshot!(dot(&nodes), @r#"
        digraph {
          rankdir=LR
          node [shape=box]
          p0 [label="a\"]; x --> y <b>&amp;lt;\\N%%{init:{}}%% #35; `c` \\"]
          p1 [label="Größe 支払い 🚀"]
          p1 -> p0
        }
        "#);
        insta::assert_snapshot!(mermaid(&nodes), @r#"
        flowchart LR
          p0["a#34;#93;#59; x --#62; y #60;b#62;#38;lt#59;#92;N#37;#37;#123;init#58;#123;#125;#125;#37;#37; #35;35#59; #96;c#96; #92;"]
          p1["Größe 支払い 🚀"]
          p1 --> p0
        "#);
    }

    #[test]
    fn a_chain_of_thousands_is_a_tree() {
        let chain: Vec<_> = (0..3_000_usize)
            .map(|ix| node("x", None, &Vec::from_iter(ix.checked_sub(1))))
            .collect();
        assert_eq!(tree(&chain).lines().count(), 3_000);
    }
}
