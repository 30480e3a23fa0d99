//! The Slack adapter: [`verify`] who sent it, [`parse`] it into our words, [`respond`] in the acknowledgement,
//! [`render`] our words as Block Kit, and [`client`] for everything we say on our own.
//!
//! It knows neither the database nor the commands. What is not verified against the live platform is marked `[U]`.

pub mod client;
mod fenced;
pub mod manifest;
pub mod parse;
pub mod render;
pub mod respond;
pub mod verify;

pub use client::{Settings, Slack};
pub use manifest::manifest;
pub use parse::Parsed;
pub use respond::{Response, respond};

use crate::domain::Instant;
use secrecy::SecretString;

/// Refused at the door. Carries nothing of what was sent and nothing of what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejected {
    /// Not signed by Slack, or too long ago: 401.
    #[error("not signed by the platform")]
    Unsigned,
    /// Signed, but not something the platform sends: 400.
    #[error("malformed")]
    Malformed,
}

/// What arrived over HTTP: the headers that count, and the body as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// `X-Slack-Request-Timestamp`
    pub timestamp: Option<&'a [u8]>,
    /// `X-Slack-Signature`
    pub signature: Option<&'a [u8]>,
    pub content_type: Option<&'a [u8]>,
    pub body: &'a [u8],
}

/// Verifies, then parses: nothing unsigned is ever looked at, but for the platform's own certificate check, which comes
/// unsigned and is answered with nothing.
///
/// # Errors
/// [`Rejected`]: answer 401 or 400 with an empty body.
pub fn receive(secrets: &[SecretString], request: Request<'_>, now: Instant) -> Result<Parsed, Rejected> {
    match verify::verify(secrets, request.timestamp, request.signature, request.body, now) {
        Ok(()) => parse::parse(request.content_type, request.body),
        Err(_) if parse::is_ssl_check(request.content_type, request.body) => Ok(Parsed::SslCheck),
        Err(rejected) => Err(rejected),
    }
}
