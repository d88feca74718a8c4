//! The sandbox over real sockets, in virtual time, called by a client that shares no types with it.

mod accounts;
mod deleting;
mod deploying;
mod faults;
mod hooks;
mod older_clients;
mod other_endpoints;
mod raw;
mod refusals;
mod rig;
mod script;
mod waiting;
