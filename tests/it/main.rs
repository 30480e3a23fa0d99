//! One integration binary; one module per subject.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail where it stands")]

mod access;
mod admin;
mod browser;
mod channel;
mod cli;
mod config;
mod copy;
mod crash;
mod databases;
mod digest;
mod employee;
mod evaluate;
mod floors;
mod growing;
mod helping;
mod home;
mod http;
mod import;
mod late;
mod machine;
mod manifests;
mod matches;
mod migrations;
mod nudges;
mod outbox;
mod owner;
mod peers;
mod playground;
mod receive;
mod rehearse;
mod report;
mod restore;
mod same;
mod scripted;
mod search;
mod slack;
mod slack_client;
mod store;
mod support;
mod taxonomy;
mod team;
mod trust;
mod watching;
mod words;
