//! The rules for a bundle's content, applied value by value, and the request body made of it. Does not read files.

use super::digest::{Digest, compact};
use super::members::Object;
use super::{BundleError, Inspection, resource, source};
use crate::model::{BundleFacts, Contents, Upload};
use serde_json::value::RawValue;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::collections::hash_map::{Entry, HashMap};
use std::io::Write;

/// The keys every bundle has, in the order the Checkly CLI writes them.
const REQUIRED: [&str; 3] = ["project", "sharedFiles", "resources"];

/// The lists that are read element by element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    SharedFiles,
    Resources,
}

impl List {
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::SharedFiles => "sharedFiles",
            Self::Resources => "resources",
        }
    }
}

/// What is known and written so far.
pub(super) struct Body<'c, W> {
    out: W,
    /// What is known of the uploads that the bundle refers to.
    contents: &'c Contents,
    /// Whether known uploads are written as their digests.
    by_content: bool,
    written: u64,
    keys: BTreeSet<String>,
    project: Option<Project>,
    /// The uploads that the bundle refers to, each once.
    uploads: Vec<Upload>,
    heartbeats: Vec<String>,
    /// The first position of each resource, by type and `logicalId`.
    resources: HashMap<(String, String), usize>,
    shared_files: Sha256,
    digest: Digest,
    /// The compact text of the current value; kept to reuse its memory.
    text: Vec<u8>,
}

struct Project {
    logical_id: String,
    name: String,
    repo_url: Option<String>,
}

impl<'c, W: Write> Body<'c, W> {
    pub(super) fn new(out: W, contents: &'c Contents, by_content: bool) -> Self {
        Self {
            out,
            contents,
            by_content,
            written: 0,
            keys: BTreeSet::new(),
            project: None,
            uploads: vec![],
            heartbeats: vec![],
            resources: HashMap::new(),
            shared_files: Sha256::new(),
            digest: Digest::default(),
            text: Vec::new(),
        }
    }

    /// A top-level key. Returns its name; its value follows.
    pub(super) fn key(&mut self, raw: &RawValue) -> Result<String, BundleError> {
        // A key that is not valid Unicode is identified by its escaped text.
        let key: String = serde_json::from_str(raw.get()).unwrap_or_else(|_| raw.get().to_owned());
        if !self.keys.insert(key.clone()) {
            return Err(BundleError::DuplicateKey { place: None, key });
        }
        if key != "repoInfo" {
            self.write(if self.written == 0 { b"{" } else { b"," })?;
            self.write(raw.get().as_bytes())?;
            self.write(b":")?;
        }
        Ok(key)
    }

    /// The value of a key that is neither a list nor `repoInfo`.
    pub(super) fn value(&mut self, key: &str, value: &RawValue) -> Result<(), BundleError> {
        if key == "project" {
            self.project = Some(Project::new(value)?);
        }
        self.compact(value.get());
        self.digest.part(key, Sha256::new_with_prefix(&self.text));
        self.write_text()
    }

    /// The start of a list.
    pub(super) fn open(&mut self, list: List) -> Result<(), BundleError> {
        self.punctuation(list, b"[")
    }

    /// The element at `index`, from 0.
    pub(super) fn element(
        &mut self,
        list: List,
        index: usize,
        value: &RawValue,
    ) -> Result<(), BundleError> {
        if index > 0 {
            self.punctuation(list, b",")?;
        }
        match list {
            List::SharedFiles => {
                self.compact(value.get());
                self.shared_files.update(&self.text);
            }
            List::Resources => {
                self.check_resource(index, value)?;
                self.heartbeats.extend(resource::heartbeat(value));
                let references = resource::uploads(value);
                let by_content = resource::by_content(value.get(), &references, self.contents);
                self.compact(by_content.as_deref().unwrap_or(value.get()));
                self.digest.resource(&self.text);
                if by_content.is_some() && !self.by_content {
                    self.compact(value.get());
                }
                for (upload, _) in references {
                    if upload.key.is_empty() || !self.uploads.contains(&upload) {
                        self.uploads.push(upload);
                    }
                }
            }
        }
        self.write_text()
    }

    /// The end of a list.
    pub(super) fn close(&mut self, list: List) -> Result<(), BundleError> {
        self.punctuation(list, b"]")?;
        if list == List::SharedFiles {
            let hasher = std::mem::take(&mut self.shared_files);
            self.digest.part(list.key(), hasher);
        }
        Ok(())
    }

    /// The end of the bundle with this text. Writes everything but the last `}`.
    pub(super) fn finish(self, text: &[u8]) -> Result<(Inspection, W), BundleError> {
        let missing: Vec<_> = REQUIRED
            .into_iter()
            .filter(|key| !self.keys.contains(*key))
            .collect();
        let (Some(project), []) = (self.project, missing.as_slice()) else {
            return Err(BundleError::NotABundle {
                missing,
                keys: self.keys.into_iter().collect(),
            });
        };
        let inspection = Inspection {
            logical_id: project.logical_id,
            name: project.name,
            repo_url: project.repo_url,
            uploads: self.uploads,
            heartbeats: self.heartbeats,
            text_hash: (!self.keys.contains("repoInfo")).then(|| source::hash(text)),
            facts: BundleFacts {
                sha256: self.digest.finish(),
                resources: self.resources.len(),
                bytes: self.written + 1,
                gzip_bytes: None,
            },
        };
        Ok((inspection, self.out))
    }

    fn check_resource(&mut self, index: usize, value: &RawValue) -> Result<(), BundleError> {
        let place = format_args!("resources[{index}]");
        let resource = Object::new(value, place)?;
        let [kind, logical_id] = resource.members(["type", "logicalId"])?;
        let kind = resource.required("type", kind)?;
        let logical_id = resource.required("logicalId", logical_id)?;
        match self.resources.entry((kind, logical_id)) {
            Entry::Vacant(new) => {
                new.insert(index);
                Ok(())
            }
            Entry::Occupied(seen) => {
                let (kind, logical_id) = seen.key().clone();
                Err(BundleError::DuplicateResource {
                    kind,
                    logical_id,
                    first: *seen.get(),
                    second: index,
                })
            }
        }
    }

    fn punctuation(&mut self, list: List, text: &[u8]) -> Result<(), BundleError> {
        // Resources are hashed one by one, shared files together.
        if list == List::SharedFiles {
            self.shared_files.update(text);
        }
        self.write(text)
    }

    fn compact(&mut self, json: &str) {
        self.text.clear();
        self.text.extend_from_slice(json.as_bytes());
        compact(&mut self.text);
    }

    fn write_text(&mut self) -> Result<(), BundleError> {
        let text = std::mem::take(&mut self.text);
        let written = self.write(&text);
        self.text = text;
        written
    }

    fn write(&mut self, text: &[u8]) -> Result<(), BundleError> {
        self.written += text.len() as u64;
        self.out.write_all(text).map_err(BundleError::Compression)
    }
}

impl Project {
    fn new(value: &RawValue) -> Result<Self, BundleError> {
        let project = Object::new(value, format_args!("project"))?;
        let [logical_id, name, repo_url] = project.members(["logicalId", "name", "repoUrl"])?;
        let logical_id = project.required("logicalId", logical_id)?;
        if !is_legal(&logical_id) {
            return Err(BundleError::IllegalLogicalId(logical_id));
        }
        Ok(Self {
            logical_id,
            name: project.required("name", name)?,
            repo_url: project.optional("repoUrl", repo_url)?,
        })
    }
}

/// The characters that the Checkly CLI allows.
fn is_legal(logical_id: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-/#.".contains(&byte);
    // `.` and `..` would be steps in the path of a URL.
    !matches!(logical_id, "" | "." | "..") && logical_id.bytes().all(allowed)
}
