//! Signing and sending to the app, as the platform does it.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use std::time::Duration;

/// How the app answered one request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    pub status: u16,
    /// JSON, or a JSON string where the body is plain text, or null where it is empty.
    pub body: Value,
}

impl Answer {
    #[must_use]
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// `v0=` and the hexadecimal HMAC of the timestamp and the raw body.
#[must_use]
pub fn sign(secret: &str, timestamp: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("an HMAC key may have any length");
    mac.update(format!("v0:{timestamp}:{body}").as_bytes());
    format!("v0={}", hex::encode(mac.finalize().into_bytes()))
}

/// What a request to the app is made of, so that tests can bend each part.
#[derive(Clone, Debug)]
pub struct Request {
    pub content_type: &'static str,
    pub body: String,
    pub timestamp: i64,
    pub signature: String,
    /// A redelivery: its number and reason.
    pub retry: Option<(u32, &'static str)>,
}

pub(super) fn client() -> anyhow::Result<reqwest::Client> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing this race is fine: somebody else has installed one.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    Ok(builder.timeout(Duration::from_secs(10)).build()?)
}

pub(super) async fn send(client: &reqwest::Client, url: &str, request: Request) -> anyhow::Result<Answer> {
    let mut builder = client
        .post(url)
        .header("content-type", request.content_type)
        .header("x-slack-request-timestamp", request.timestamp.to_string())
        .header("x-slack-signature", request.signature)
        .header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)");
    if let Some((number, reason)) = request.retry {
        builder = builder.header("x-slack-retry-num", number.to_string()).header("x-slack-retry-reason", reason);
    }
    let response = builder.body(request.body).send().await?;
    let status = response.status().as_u16();
    let text = response.text().await?;
    let body = match text.trim() {
        "" => Value::Null,
        words => serde_json::from_str(words).unwrap_or_else(|_| Value::String(words.to_owned())),
    };
    Ok(Answer { status, body })
}

#[cfg(test)]
mod tests {
    /// The example of the platform's own documentation.
    #[test]
    fn the_official_vector_is_reproduced() {
        let body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let signature = super::sign("8f742231b10e8888abcd99yyyzzz85a5", 1_531_420_618, body);
        assert_eq!(signature, "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
    }
}
