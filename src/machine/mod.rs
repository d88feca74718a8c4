//! The two pure machines: [`run`] decides for the Supervisor, [`deployment`] for each DeploymentActor. Their inputs and outputs
//! are the actors' messages and effects.

pub mod deployment;
pub mod run;

#[cfg(test)]
mod tests;
