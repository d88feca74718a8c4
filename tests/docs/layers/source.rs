//! Reads paths in the crate's source: the module of each file, and the names in it.

use crate::rust;
use crate::source::root;
use std::fs;
use std::path::{Path, PathBuf};

/// One file of the crate.
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    /// The top-level module of the file.
    pub(crate) module: String,
    /// How many `super` lead from the file to the crate's root.
    depth: usize,
    code: String,
}

impl Source {
    /// The names of the crate's root that the file imports, with the line: after `crate::`, or after enough `super::`.
    /// `modules` are the top-level modules: from an inline module, `super` leads to the file itself, followed by none of
    /// them.
    pub(crate) fn imports(&self, modules: &[&str]) -> Vec<(usize, String)> {
        let mut found = vec![];
        let to_root = "super::".repeat(self.depth);
        for start in ["crate::", "orchestrate::", &to_root] {
            for at in words(&self.code, start) {
                let rest = &self.code[at + start.len()..];
                let names = first_names(rest);
                let counts = |name: &String| start != to_root || modules.contains(&name.as_str());
                let line = self.line(at);
                found.extend(names.into_iter().filter(counts).map(|name| (line, name)));
            }
        }
        found.sort();
        found
    }

    /// Whether the file contains only tests.
    pub(crate) fn is_test(&self) -> bool {
        self.path
            .with_extension("")
            .iter()
            .any(|part| part == "tests")
    }

    /// The lines that name a crate or something in it.
    pub(crate) fn uses_of(&self, name: &str) -> Vec<usize> {
        let found = words(&self.code, name).into_iter();
        let found = found.filter(|at| {
            let rest = &self.code[at + name.len()..];
            rest.starts_with("::") || (rest.starts_with(';') && self.is_use(*at))
        });
        found.map(|at| self.line(at)).collect()
    }

    fn is_use(&self, at: usize) -> bool {
        self.code[..at].trim_end().ends_with("use")
    }

    fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// Where a path begins with this text: not within a word or a longer path.
fn words(code: &str, text: &str) -> Vec<usize> {
    let found = code.match_indices(text).map(|(at, _)| at);
    let begins =
        |at: &usize| !code[..*at].ends_with(|c: char| c.is_alphanumeric() || "_:".contains(c));
    found.filter(begins).collect()
}

/// `a` of `a::b`; `a` and `b` of `{a::{c, d}, b}`.
fn first_names(path: &str) -> Vec<String> {
    let Some(group) = path.strip_prefix('{') else {
        let name: String = path.chars().take_while(|c| is_word(*c)).collect();
        return vec![name];
    };
    let (mut names, mut name, mut depth, mut skip) = (vec![], String::new(), 0, false);
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(std::mem::take(&mut name));
                skip = false;
            }
            _ if skip || c.is_whitespace() => {}
            _ if is_word(c) && depth == 0 => name.push(c),
            _ => skip = true,
        }
    }
    names.push(name);
    names.retain(|name| !name.is_empty());
    names
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

pub(crate) fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut files = vec![];
    collect(&src, &mut files);
    files.sort();
    assert!(files.len() > 50, "the source was not found");
    let source = |path: PathBuf| {
        let relative = path.strip_prefix(&src).unwrap().with_extension("");
        let mut parts: Vec<&str> = relative.iter().map(|part| part.to_str().unwrap()).collect();
        if parts.last() == Some(&"mod") {
            parts.pop();
        }
        Source {
            module: parts[0].to_owned(),
            depth: parts.len(),
            code: rust::split(&fs::read_to_string(&path).unwrap()).0,
            path: path.strip_prefix(root()).unwrap().to_owned(),
        }
    };
    files.into_iter().map(source).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

#[test]
fn the_reader_sees_only_code() {
    let source = Source {
        path: "src/report/x.rs".into(),
        module: "report".into(),
        depth: 2,
        code: rust::split(
            r##"
            //! [`x`](crate::one)
            use crate::two::{A, b};
            use crate::{three::C, four, five::{D, e}}; /* crate::six /* nested */ crate::six */
            const S: &str = "crate::seven \" crate::seven"; const R: &str = r#"crate::eight " "#;
            fn f<'a>(x: &'a str) { '"'; '\''; super::super::nine::g(); super::ten(); orchestrate::ui::h() }
            pub(crate) use a_crate::eleven; macro_crate::twelve!();
            "##,
        )
        .0,
    };
    let imports = source.imports(&["nine"]);
    let expected = [
        (3, "two"),
        (4, "five"),
        (4, "four"),
        (4, "three"),
        (6, "nine"),
        (6, "ui"),
    ];
    let expected = expected.map(|(line, module)| (line, module.to_owned()));
    assert_eq!(imports, expected);
    assert_eq!(source.uses_of("a_crate"), [7]);
    assert_eq!(source.uses_of("crate::two"), [3]);
    assert!(source.uses_of("rate").is_empty());
}
