//! Shell completions and man pages follow the commands and their flags.

use super::folder::Folder;
use super::program::orchestrate;
use std::process::Command;

/// What bash offers for the last of these words.
fn offered(words: &str) -> Vec<String> {
    let script = orchestrate("completions bash").run().expect(0).out;
    let folder = Folder::empty();
    let script = folder.write("completions.bash", &script);
    let call = "source \"$0\"; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); \
                _orchestrate orchestrate \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; \
                printf '%s\\n' \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["--norc", "-c", call])
        .arg(script)
        .args(words.split(' '))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stderr), "");
    let out = String::from_utf8(bash.stdout).unwrap();
    out.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    assert_eq!(offered("orchestrate gra"), ["graph"]);
    assert_eq!(offered("orchestrate graph --form"), ["--format"]);
    assert_eq!(
        offered("orchestrate graph --format "),
        ["tree", "dot", "mermaid"]
    );
    assert_eq!(offered("orchestrate --max-d"), ["--max-deletes"]);
}

#[test]
fn there_are_completions_for_five_shells() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ended = orchestrate(&format!("completions {shell}")).run().expect(0);
        assert!(ended.out.contains("with-dependents"), "{shell}");
        assert_eq!(ended.err, "");
    }
    orchestrate("completions tcsh").run().expect(64);
}

#[test]
fn the_main_page_is_printed() {
    let page = orchestrate("man").run().expect(0).out;
    assert_is_a_page(&page, "orchestrate");
    assert!(page.contains("orchestrate\\-resume(1)"), "{page}");
}

#[test]
fn every_command_has_a_page_with_its_flags() {
    let folder = Folder::empty();
    let man = orchestrate("man --output-dir new/man1").within(folder.path());
    let ended = man.run().expect(0);
    let pages = folder.file("new/man1");
    let names = std::fs::read_dir(&pages).unwrap();
    let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.collect();
    names.sort();
    assert!(
        names.contains(&"orchestrate-runs-list.1".to_owned()),
        "{names:?}"
    );
    assert_eq!(
        ended.err,
        format!("Wrote {} pages to new/man1.\n", names.len())
    );
    for name in names {
        let name = name.strip_suffix(".1").unwrap();
        let page = folder.read(&format!("new/man1/{name}.1"));
        assert_is_a_page(&page, name);
        let command = name
            .replace("cache-clean", "cache clean")
            .replace("runs-", "runs ");
        let command = command
            .trim_start_matches("orchestrate")
            .trim_start_matches('-');
        let help = orchestrate(&format!("{command} --help"))
            .run()
            .expect(0)
            .out;
        let words = help.split_whitespace();
        let flags = words.filter_map(|it| it.strip_prefix("--"));
        for flag in flags.map(|it| it.trim_end_matches([',', '.', ':', ';', ')'])) {
            let flag = flag.split('[').next().unwrap().replace('-', "\\-");
            assert!(page.contains(&flag), "{name}: {flag}");
        }
    }
    folder.write("file", "");
    let man = orchestrate("man --output-dir file").within(folder.path());
    let ended = man.run().expect(1);
    assert!(
        ended
            .err
            .starts_with("error: --output-dir file: cannot write"),
        "{}",
        ended.err
    );
}

#[track_caller]
fn assert_is_a_page(page: &str, name: &str) {
    let name = name.replace('-', "\\-");
    assert!(page.contains(&format!(".SH NAME\n{name} \\- ")), "{page}");
    for section in [
        ".SH SYNOPSIS\n",
        ".SH DESCRIPTION\n",
        ".SH \"EXIT STATUS\"\n",
        ".SH ENVIRONMENT\n",
    ] {
        assert!(page.contains(section), "{name} has no {section}");
    }
    assert!(
        page.contains(".TP\n75\nTransient failures only; try again\n"),
        "{page}"
    );
}
