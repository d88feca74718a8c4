//! The declared accounts, and the projects that name them.

use super::Request;
use super::credentials::{Account, Vault};
use super::diagnostic::advice;
use super::document::Document;
use super::environment::Environment;
use super::project_table::ProjectTable;
use super::value::{Node, sub};
use crate::model::{Diagnostic, Rate};
use std::collections::{BTreeMap, BTreeSet};

/// The account of a manifest that declares none.
const DEFAULT: &str = "default";

/// Reports every `account = "…"` that names an undeclared account.
pub(super) fn check_names(
    root: &Document<'_>,
    included: &[Document<'_>],
    tables: &[ProjectTable],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(known) = names(root) else {
        return;
    };
    let profiles = sub(&root.table, "profile").into_iter().flatten();
    let profiles = profiles.filter_map(|(_, node)| node.table());
    let defaults = std::iter::once(root).chain(included);
    let defaults = defaults.filter_map(|document| sub(&document.table, "defaults"));
    let projects = tables.iter().map(|table| &table.own);
    for table in profiles.chain(defaults).chain(projects) {
        let Some(node) = table.get("account") else {
            continue;
        };
        let Some(name) = node.text().filter(|name| !known.contains(name)) else {
            continue;
        };
        let help = if declared_accounts(root).is_some() {
            advice(name, known.iter().copied(), "accounts")
        } else {
            format!("declare it: [accounts.{name}] with `account_id` and `api_key`")
        };
        diagnostics.push(
            Diagnostic::new(format!("there is no account `{name}`"))
                .at(node.place())
                .help(help),
        );
    }
}

/// The account of a project: the named one, or else the only one.
pub(super) fn of<'a>(table: &'a ProjectTable, known: Option<&[&'a str]>) -> Option<&'a str> {
    match (table.merged.get("account"), known?) {
        (Some(node), _) => node.text(),
        (None, [only]) => Some(only),
        (None, _) => None,
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
        None => Some(vec![DEFAULT]),
    }
}

/// The credentials of the accounts in use.
pub(super) fn resolve(
    root: &Document<'_>,
    used: &BTreeSet<&str>,
    request: &Request<'_>,
    api_url: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Account> {
    let local = Environment::new(request.env, &root.file.dir, request.sandbox);
    let mut vault = Vault {
        local: &local,
        env: &|name| local.variable(name),
        api_url,
        sandbox: request.sandbox || request.overrides.optional_credentials,
        unset: vec![],
        diagnostics,
    };
    let mut accounts = BTreeMap::new();
    if let Some(declared) = declared_accounts(root) {
        for (name, node) in declared.table().into_iter().flatten() {
            vault.check(name, node);
            if let (true, Some(table)) = (used.contains(name.as_str()), node.table()) {
                let account = vault.resolve(name, table);
                accounts.extend(account.map(|account| (name.clone(), account)));
            }
        }
    } else if used.contains(DEFAULT) {
        let account = vault.undeclared();
        accounts.extend(account.map(|account| (DEFAULT.to_owned(), account)));
    }
    let shards = request.overrides.shards.unwrap_or(1);
    let shards = u32::try_from(shards).unwrap_or(u32::MAX);
    let unlimited = request.sandbox.then_some(Rate::UNLIMITED);
    let rate = request.overrides.rate.or(unlimited);
    for account in accounts.values_mut() {
        account.rate = rate.unwrap_or_else(|| account.rate.shared_by(shards));
    }
    diagnostics.extend(local.into_diagnostics());
    accounts
}
