//! The configuration: defaults, then `trailmark.toml`, then the environment; secrets from the environment only.
//!
//! One struct per section. [`Config::load`] reports every problem at once, including those between settings.

mod reader;
mod values;

pub use reader::{Problems, Source};

use crate::domain::{programme::Programme, retention::Keeping};
use base64::Engine as _;
use reader::Reader;
use secrecy::{ExposeSecret, SecretBox, SecretString};
use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    time::Duration,
};
use values::{
    clock, days, duration, endpoint, is_test_endpoint, listen, listen_or_not, number, truth, weekday, weekdays,
    written, zone,
};

/// So many days back the messages are needed to say how many more there may be, and which were decided already.
const BUDGETS_MEMORY: u32 = 100;

/// The configuration file with every setting and its default, as `trailmark example-config` prints it.
pub const EXAMPLE: &str = include_str!("../../../config.example.toml");

/// Where `/metrics` answers unless somebody chose otherwise.
pub const USUAL_METRICS: SocketAddr = SocketAddr::V4(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9464));

/// What the configuration is needed for: a command that only reads the database needs no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The database and the programme's rules.
    Database,
    /// Also sending: at least one platform with what it needs to send.
    Sending,
    /// Also receiving.
    Serving,
}

#[derive(Debug)]
pub struct Config {
    pub database_url: SecretString,
    pub server: Server,
    pub slack: Slack,
    pub delivery: Delivery,
    pub programme: Programme,
    /// The first encrypts, all decrypt.
    pub keys: Vec<SecretBox<[u8; 32]>>,
}

#[derive(Debug)]
pub struct Server {
    pub listen: SocketAddr,
    /// `None` when it is off.
    pub metrics_listen: Option<SocketAddr>,
    pub public_url: Option<reqwest::Url>,
    /// Http and loopback endpoints are accepted. Only for tests; warned about at every start.
    pub allow_test_endpoints: bool,
}

#[derive(Debug)]
pub struct Slack {
    pub is_enabled: bool,
    pub api_url: reqwest::Url,
    /// Two while a new one is being rolled out.
    pub signing_secrets: Vec<SecretString>,
    pub bot_token: Option<SecretString>,
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub http_timeout: Duration,
    pub lease: Duration,
    pub quarantine: Duration,
    pub tick: Duration,
    pub max_attempts: u32,
    pub max_per_second: u32,
}

impl Config {
    /// # Errors
    /// Everything that is wrong, each with what to do.
    pub fn load(source: Source, purpose: Purpose) -> Result<Config, Problems> {
        let (config, problems) = Config::examine(source, purpose);
        if problems.is_empty() { Ok(config) } else { Err(Problems(problems)) }
    }

    /// As [`Config::load`], with the default in place of every setting that is wrong, for those who go on to look for
    /// more problems.
    #[must_use]
    pub fn examine(source: Source, purpose: Purpose) -> (Config, Vec<String>) {
        let mut reader = Reader::new(source);
        let config = Config::read(&mut reader);
        config.check(&mut reader, purpose);
        (config, reader.finish())
    }

    /// The names of all settings, as `section.key`.
    #[must_use]
    pub fn names() -> Vec<String> {
        let mut reader = Reader::new(Source::default());
        Config::read(&mut reader);
        reader.known().iter().map(|(section, key)| format!("{section}.{key}")).collect()
    }

    fn read(reader: &mut Reader) -> Config {
        let database_url = reader.secret("DATABASE_URL").unwrap_or_else(|| SecretString::from("sqlite://trailmark.db"));
        let server = Server {
            listen: reader.setting("server", "listen", SocketAddr::from(([127, 0, 0, 1], 8080)), listen),
            metrics_listen: reader.setting("server", "metrics_listen", Some(USUAL_METRICS), listen_or_not),
            public_url: reader.optional("server", "public_url", endpoint),
            allow_test_endpoints: reader.setting("server", "allow_test_endpoints", false, truth),
        };
        let keys = read_keys(reader);
        Config {
            database_url,
            slack: read_slack(reader),
            delivery: Delivery {
                http_timeout: reader.setting("delivery", "http_timeout", Duration::from_secs(10), duration),
                lease: reader.setting("delivery", "lease", Duration::from_secs(30), duration),
                quarantine: reader.setting("delivery", "quarantine", Duration::from_secs(60), duration),
                tick: reader.setting("delivery", "tick", Duration::from_secs(1), duration),
                max_attempts: reader.setting("delivery", "max_attempts", 8, number(1, 100)),
                max_per_second: reader.setting("delivery", "max_per_second", 50, number(0, 10_000)),
            },
            programme: read_programme(reader),
            server,
            keys,
        }
    }

    fn check(&self, reader: &mut Reader, purpose: Purpose) {
        let Delivery { http_timeout, lease, quarantine, .. } = self.delivery;
        let shortest = http_timeout + Duration::from_secs(5);
        if lease < shortest {
            reader.refuse(
                "delivery",
                "lease",
                &format!(
                    "{} is too short: a message may be on its way for http_timeout ({}); set it to {} or more",
                    written(lease),
                    written(http_timeout),
                    written(shortest)
                ),
            );
        }
        if quarantine < 2 * http_timeout {
            reader.refuse(
                "delivery",
                "quarantine",
                &format!(
                    "{} is too short: set it to twice http_timeout ({}) or more",
                    written(quarantine),
                    written(2 * http_timeout)
                ),
            );
        }
        if self.programme.quiet_before >= self.programme.quiet_after {
            reader.refuse(
                "programme",
                "quiet_before",
                &format!(
                    "{} is not before quiet_after ({}): messages are welcome between the two",
                    self.programme.quiet_before.format("%H:%M"),
                    self.programme.quiet_after.format("%H:%M")
                ),
            );
        }
        for (section, key, url) in
            [("slack", "api_url", Some(&self.slack.api_url)), ("server", "public_url", self.server.public_url.as_ref())]
        {
            if url.is_some_and(is_test_endpoint) && !self.server.allow_test_endpoints {
                reader.refuse(section, key, "must be an https address outside of this machine and its private network; only tests may set server.allow_test_endpoints");
            }
        }
        let url = self.database_url.expose_secret();
        if !["sqlite:", "postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            reader.problem("DATABASE_URL must begin with sqlite:// or postgres://, such as sqlite://trailmark.db");
        }
        self.check_platforms(reader, purpose);
    }

    fn check_platforms(&self, reader: &mut Reader, purpose: Purpose) {
        if purpose == Purpose::Database {
            return;
        }
        if !self.slack.is_enabled {
            reader.problem(
                "no platform is switched on (slack.enabled is false): set SLACK_SIGNING_SECRET and SLACK_BOT_TOKEN to connect to Slack, or \
                 try everything without a workspace: trailmark demo",
            );
            return;
        }
        if self.slack.signing_secrets.is_empty() && purpose == Purpose::Serving {
            reader.problem(
                "SLACK_SIGNING_SECRET is missing: copy it from your app's page, Basic Information, Signing Secret, or name a file with \
                 SLACK_SIGNING_SECRET_FILE",
            );
        }
        if self.slack.bot_token.is_none() {
            reader.problem(
                "SLACK_BOT_TOKEN is missing: copy it from your app's page, OAuth & Permissions, Bot User OAuth Token (xoxb-…), or name a \
                 file with SLACK_BOT_TOKEN_FILE",
            );
        }
    }
}

fn read_slack(reader: &mut Reader) -> Slack {
    let signing_secrets: Vec<SecretString> = reader
        .secret("SLACK_SIGNING_SECRET")
        .iter()
        .flat_map(|all| all.expose_secret().split(','))
        .map(str::trim)
        .filter(|one| !one.is_empty())
        .map(SecretString::from)
        .collect();
    if signing_secrets.len() > 2 {
        reader.problem(
            "SLACK_SIGNING_SECRET holds more than two secrets: keep the old and the new one, separated by a comma",
        );
    }
    let bot_token = reader.secret("SLACK_BOT_TOKEN");
    let has_secret = !signing_secrets.is_empty() || bot_token.is_some();
    let standard = reqwest::Url::parse("https://slack.com/api/").expect("an address written here is valid");
    Slack {
        is_enabled: reader.setting("slack", "enabled", has_secret, truth),
        api_url: reader.setting("slack", "api_url", standard, endpoint),
        signing_secrets,
        bot_token,
    }
}

fn read_programme(reader: &mut Reader) -> Programme {
    let it = Programme::default();
    reader.setting("programme", "cadence", (), |text| match text {
        "quarter" => Ok(()),
        other => Err(format!("“{other}” is not a cadence; there is: quarter")),
    });
    let grace = Duration::from_secs(it.grace.num_seconds().unsigned_abs());
    let grace = reader.setting("delivery", "grace", grace, duration);
    Programme {
        is_active: reader.setting("programme", "active", it.is_active, truth),
        digest_day: reader.setting("programme", "digest_day", it.digest_day, weekday),
        digest_at: reader.setting("programme", "digest_at", it.digest_at, clock),
        quiet_before: reader.setting("programme", "quiet_before", it.quiet_before, clock),
        quiet_after: reader.setting("programme", "quiet_after", it.quiet_after, clock),
        max_per_week: reader.setting("programme", "max_per_week", it.max_per_week, number(1, 100)),
        smallest_group: reader.setting("programme", "smallest_group", it.smallest_group, number(1, 1000)),
        default_zone: reader.setting("programme", "default_zone", it.default_zone, zone),
        working_days: reader.setting("programme", "working_days", it.working_days, weekdays),
        keeping: read_keeping(reader),
        grace: chrono::Duration::seconds(i64::try_from(grace.as_secs()).unwrap_or(i64::MAX)),
    }
}

fn read_keeping(reader: &mut Reader) -> Keeping {
    let it = Keeping::default();
    Keeping {
        messages: reader.setting("retention", "messages", it.messages, days(BUDGETS_MEMORY)),
        message_text: reader.setting("retention", "message_text", it.message_text, days(1)),
        notes: reader.setting("retention", "notes", it.notes, days(1)),
        drafts: reader.setting("retention", "drafts", it.drafts, days(1)),
    }
}

fn read_keys(reader: &mut Reader) -> Vec<SecretBox<[u8; 32]>> {
    let Some(all) = reader.secret("TRAILMARK_KEY") else { return Vec::new() };
    let mut keys = Vec::new();
    for (place, text) in all.expose_secret().split(',').enumerate() {
        match base64::engine::general_purpose::STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        {
            Some(key) => keys.push(SecretBox::new(Box::new(key))),
            None => reader.problem(format!(
                "TRAILMARK_KEY: key {} is not 32 bytes in base64; make one with: openssl rand -base64 32",
                place + 1
            )),
        }
    }
    keys
}
