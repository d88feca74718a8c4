//! The machines as a whole: every state of one deployment, and whole runs.

mod simulation;
mod walk;
