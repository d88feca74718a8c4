//! The manifest from the user's point of view: loading, precedence, and mistakes.

mod affected;
mod base_revision;
mod bundling_keys;
mod credentials;
mod env_files;
mod example;
mod explanation;
mod files;
mod folder_mistakes;
mod folders;
mod fuzz;
mod good;
mod hooks;
mod inputs;
mod keys;
mod layers;
mod matrix;
mod matrix_mistakes;
mod references;
mod selection;
mod support;
mod values;
mod waves;
