//! The declared accounts, and the projects that name them.

use super::Request;
use super::account::{self, Account, Vault};
use super::document::Document;
use super::entry::Sheet;
use super::local::Local;
use super::nearest;
use super::value::{Node, sub};
use crate::model::Diagnostic;
use std::collections::{BTreeMap, BTreeSet};

/// Reports every `account = "…"` that names an undeclared account.
pub(super) fn check_names(
    root: &Document<'_>,
    sheets: &[Sheet<'_>],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(known) = names(root) else {
        return;
    };
    let profiles = sub(&root.table, "profile").into_iter().flatten();
    let profiles = profiles.filter_map(|(_, node)| Some((root, node.table()?)));
    let in_files = sheets.iter().flat_map(|sheet| {
        let defaults = sub(&sheet.document.table, "defaults").into_iter();
        let tables = defaults.chain(sheet.entries.iter().map(|entry| &entry.table));
        tables.map(|table| (sheet.document, table))
    });
    for (document, table) in profiles.chain(in_files) {
        let Some(node) = table.get("account") else {
            continue;
        };
        let Some(name) = node.text().filter(|name| !known.contains(name)) else {
            continue;
        };
        let help = if declared_accounts(root).is_some() {
            nearest::advice(name, known.iter().copied(), "accounts")
        } else {
            format!("declare it: [accounts.{name}] with `account_id` and `api_key`")
        };
        diagnostics.push(
            Diagnostic::new(format!("there is no account `{name}`"))
                .at(document.file.place(node.span.clone()))
                .help(help),
        );
    }
}

/// The value of `[accounts]`, unless it is empty.
fn declared_accounts<'d>(root: &'d Document<'_>) -> Option<&'d Node> {
    let node = root.table.get("accounts")?;
    node.table()
        .is_none_or(|accounts| !accounts.is_empty())
        .then_some(node)
}

/// The accounts that projects may name; `None` if `[accounts]` is invalid.
pub(super) fn names<'d>(root: &'d Document<'_>) -> Option<Vec<&'d str>> {
    match declared_accounts(root) {
        Some(node) => Some(node.table()?.keys().map(String::as_str).collect()),
        None => Some(vec![account::DEFAULT]),
    }
}

/// The credentials of the accounts in use.
pub(super) fn resolve(
    root: &Document<'_>,
    used: &BTreeSet<String>,
    request: &Request<'_>,
    api_url: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Account> {
    let local = Local::new(request.env, &root.file.dir, request.sandbox);
    let vault = Vault {
        file: &root.file,
        local: &local,
        env: &|name| local.variable(name),
        api_url,
        sandbox: request.sandbox || request.overrides.optional_credentials,
        unset: vec![],
        diagnostics,
    };
    let accounts = resolve_with(vault, root, used);
    diagnostics.extend(local.into_diagnostics());
    accounts
}

fn resolve_with(
    mut vault: Vault<'_>,
    root: &Document<'_>,
    used: &BTreeSet<String>,
) -> BTreeMap<String, Account> {
    let mut accounts = BTreeMap::new();
    let Some(declared) = declared_accounts(root) else {
        let account = used.contains(account::DEFAULT).then(|| vault.undeclared());
        let account = account.flatten();
        accounts.extend(account.map(|account| (account::DEFAULT.to_owned(), account)));
        return accounts;
    };
    for (name, node) in declared.table().into_iter().flatten() {
        vault.check(name, node);
        if let (true, Some(table)) = (used.contains(name), node.table()) {
            accounts.extend(
                vault
                    .resolve(name, table)
                    .map(|account| (name.clone(), account)),
            );
        }
    }
    accounts
}
