//! The app's manifest: what a workspace is asked for.

/// The shipped manifest. Its address is a placeholder until [`manifest`] knows the real one.
const SHIPPED: &str = include_str!("../../../manifests/slack.yaml");
const PLACEHOLDER: &str = "https://mobility.example.com";

/// The manifest to paste into Slack, for the installation at `url`.
#[must_use]
pub fn manifest(url: Option<&str>) -> String {
    match url {
        Some(url) => SHIPPED.replace(PLACEHOLDER, url.trim_end_matches('/')),
        None => SHIPPED.to_owned(),
    }
}
