//! What a run does with its projects.

use super::names::named;

named! {
    /// The operation of a run on each of its projects.
    #[derive(Default)]
    pub enum Operation {
        /// Submit the project and follow the deployment until it finishes.
        #[default]
        Deploy = "deploy",
        /// Compute what submitting it would change, without changing anything on the server.
        Preview = "preview",
        /// Delete the project and follow the deletion until it finishes.
        Destroy = "destroy",
    }
}
