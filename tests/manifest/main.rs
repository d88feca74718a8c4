//! The manifest from the user's point of view: loading, precedence, and mistakes.

#[cfg(test)]
mod affected;
#[cfg(test)]
mod base_revision;
#[cfg(test)]
mod bundling_keys;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod env_files;
#[cfg(test)]
mod example;
#[cfg(test)]
mod explanation;
#[cfg(test)]
mod files;
#[cfg(test)]
mod folder_mistakes;
#[cfg(test)]
mod folders;
#[cfg(test)]
mod fuzz;
#[cfg(test)]
mod good;
mod hooks;
mod inputs;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod layers;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod matrix_mistakes;
#[cfg(test)]
mod references;
#[cfg(test)]
mod selection;
#[cfg(test)]
mod support;
#[cfg(test)]
mod values;
#[cfg(test)]
mod waves;
