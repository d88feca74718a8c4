//! A machine's files for the Checkly CLI: `.env` files and the login, compared with the CLI's own code.

use super::INSTALLATION;
use orchestrate::internals::{FILE_NAME, Origin};
use orchestrate::{Manifest, Overrides, Request, Source, load};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Typical and unusual `.env` files.
const DOTENV: &str = r##"# a comment
PLAIN=value
  export EXPORTED = spaced out  
EMPTY=
EMPTY_QUOTES=''
SINGLE='it''s $HOME \n'
DOUBLE="a\nb\rc $HOME ${HOME} \$x"
BACKTICK=`back 'and' "quotes"`
MULTI="-----BEGIN KEY-----
abc#def
-----END KEY-----" # after
COMMENTED=before # after
HASH=no#space
QUOTED_HASH='a # b'
UNBALANCED="open
NEXT=after 'it' "was"
YAML: value
DOTTED.NAME=1
DASHED-NAME=2
URL=https://user:pass@host/?a=b&c=d
JSON={"a": "b"}
ESCAPED='it\'s'
TWICE=first
TWICE=second
nothing at all
=nameless
LAST="x" y
"##;

fn node(script: &str, variables: &[(&str, &Path)]) -> String {
    let mut node = Command::new("node");
    node.args(["--input-type=module", "--eval", script])
        .env_clear()
        .env("PATH", INSTALLATION.search_path())
        .envs(variables.iter().copied());
    let output = node.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn loaded(dir: &Path, env: &dyn Fn(&str) -> Option<String>) -> Manifest {
    load(&Request {
        source: Source::File(dir.join(FILE_NAME)),
        profile: None,
        overrides: Overrides::default(),
        sandbox: false,
        needed: None,
        env,
    })
    .unwrap()
}

#[test]
fn env_files_are_read_as_npms_dotenv_reads_them() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("checkly.config.ts", "");
    write(
        FILE_NAME,
        "[[project]]\nname = 'a'\npath = '.'\nenv_file = ['.env.test']\n",
    );
    let parse = format!(
        "import dotenv from '{}'; import fs from 'node:fs';
         console.log(JSON.stringify(dotenv.parse(fs.readFileSync(process.env.FILE, 'utf8'))))",
        INSTALLATION.modules().join("dotenv/lib/main.js").display()
    );
    for text in [DOTENV.to_owned(), DOTENV.replace('\n', "\r\n")] {
        write(".env.test", &text);
        let theirs = node(&parse, &[("FILE", &dir.path().join(".env.test"))]);
        let theirs: BTreeMap<String, String> = serde_json::from_str(&theirs).unwrap();
        let env = |_: &str| Some("x".to_owned());
        let manifest = loaded(dir.path(), &env);
        let Origin::Directory(folder) = &manifest.projects[0].origin else {
            panic!("{:?}", manifest.projects[0].origin)
        };
        assert!(theirs.len() > 20, "{theirs:?}");
        assert_eq!(folder.env, theirs);
    }
}

#[test]
fn the_login_file_of_the_cli_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let home = dir.path().join("home");
    fs::create_dir(&home).unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("checkly.config.ts", "");
    write(FILE_NAME, "[[project]]\nname = 'a'\npath = '.'\n");
    let log_in = format!(
        "import config from '{}'
         config.auth.set('apiKey', 'cu_0123456789abcdef0123456789abcdef')
         config.data.set('accountId', '5c2ac9b4')
         config.data.set('accountName', 'Acme Inc.')",
        INSTALLATION
            .modules()
            .join("checkly/dist/services/config.js")
            .display()
    );
    // Only Linux reads the second.
    for xdg in [None, Some(dir.path().join("xdg"))] {
        let mut variables = vec![("HOME", home.as_path())];
        variables.extend(xdg.as_deref().map(|xdg| ("XDG_CONFIG_HOME", xdg)));
        node(&log_in, &variables);
        let env = |name: &str| {
            let set = variables.iter().find(|(set, _)| *set == name);
            set.map(|(_, path)| path.display().to_string())
        };
        let account = &loaded(dir.path(), &env).accounts["default"];
        assert_eq!(account.account_id, "5c2ac9b4");
        assert_eq!(
            account.api_key.expose(),
            "cu_0123456789abcdef0123456789abcdef"
        );
        let found = "`checkly login` (account Acme Inc.)";
        assert_eq!(account.found_in.as_deref(), Some(found));
        fs::remove_dir_all(&home).unwrap();
        fs::create_dir(&home).unwrap();
    }
}
