//! The whole product on this machine with nothing configured: the real server, a sample company on a database of its own,
//! and a simulated workspace that talks to it over real HTTP.

use super::{demo_clock::DemoClock, http::SLACK_EVENTS, import, run};
use crate::{
    chat::slack::{self, Slack},
    domain::{
        Instant,
        mentoring::{Mentoring, Way},
        person::{Person, Role},
        programme::Programme,
    },
    engine::{Engine, Settings},
    playground::{
        self, Playground,
        company::{self, SampleCompany},
    },
    ports::{Chat, Clock},
    store::{Db, Tx, file, instance, keys, people, schema::Mark},
};
use anyhow::Context;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use chrono_tz::Tz;
use secrecy::{SecretBox, SecretString};
use std::{
    io::Write as _,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, sync::watch};

/// Where the sample company works.
const ZONE: Tz = Tz::Europe__Berlin;
const HTTP_TIMEOUT: Duration = Duration::from_secs(10);
const TICK: Duration = Duration::from_secs(1);

pub struct Options {
    /// Of the page; 0 picks a free one.
    pub port: u16,
    /// Where everything is kept; without one it is gone at the end.
    pub data: Option<PathBuf>,
    /// The moment at which it begins; now unless given.
    pub starts_at: Option<Instant>,
}

/// A demo that runs.
pub struct Demo {
    pub playground: Playground,
    pub engine: Engine,
    pub clock: Arc<DemoClock>,
    /// Where the product itself answers.
    pub server: SocketAddr,
    stop: watch::Sender<bool>,
    running: tokio::task::JoinHandle<()>,
    folder: Folder,
    _lock: file::Lock,
}

enum Folder {
    Given(PathBuf),
    /// Removed at the end.
    Own(PathBuf),
}

impl Folder {
    fn new(given: Option<PathBuf>) -> anyhow::Result<Folder> {
        let folder = match given {
            Some(path) => Folder::Given(path),
            None => Folder::Own(std::env::temp_dir().join(format!("trailmark-demo-{:016x}", rand::random::<u64>()))),
        };
        let path = folder.path();
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::DirBuilderExt;
            builder.mode(0o700);
        }
        builder.create(path).with_context(|| format!("the folder {} cannot be made", path.display()))?;
        Ok(folder)
    }

    fn path(&self) -> &Path {
        match self {
            Folder::Given(path) | Folder::Own(path) => path,
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Folder::Own(path) = self {
            // Only ours, and only a demo: what cannot be removed is left to the system's own tidying.
            let _ = std::fs::remove_dir_all(path);
        }
    }
}

/// Starts everything; it is ready when this returns.
///
/// # Errors
/// The port is taken, or the folder cannot be used.
pub async fn start(options: Options) -> anyhow::Result<Demo> {
    let is_kept = options.data.is_some();
    let folder = Folder::new(options.data)?;
    let clock = Arc::new(DemoClock::new(is_kept.then(|| folder.path().join("demo-clock")), options.starts_at));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.context("the server cannot listen")?;
    let server = listener.local_addr()?;
    let company = company::sample_company(clock.now().with_timezone(&ZONE).date_naive());
    let (signing_secret, bot_token) = (secret(), format!("xoxb-{}", secret()));
    let playground = playground::start(playground::Options {
        listen: SocketAddr::from((Ipv4Addr::LOCALHOST, options.port)),
        events_url: format!("http://{server}{SLACK_EVENTS}"),
        signing_secret: signing_secret.clone(),
        bot_token: bot_token.clone(),
        clock: Arc::clone(&clock) as Arc<dyn playground::TimeMachine>,
        people: company.people.clone(),
        channels: company.channels.clone(),
    })
    .await?;
    let url = format!("sqlite://{}", folder.path().join("trailmark.db").display());
    let lock = file::lock(&url)?;
    let db = Db::open(&url).await?;
    db.migrate().await?;
    let db = keys::unlock(db, &[key(folder.path())?], clock.now()).await?;
    instance::ensure(&db, clock.now()).await?;
    let is_fresh = fill(&db, &company, folder.path(), &clock).await?;
    let settings = Settings { max_per_second: 0, ..Settings::default() };
    let slack = Slack::new(slack::Settings {
        api_url: playground.api_url(),
        bot_token: SecretString::from(bot_token),
        http_timeout: HTTP_TIMEOUT,
        allow_test_endpoints: true,
    })?;
    let programme = Programme { is_active: true, default_zone: ZONE, ..Programme::default() };
    let engine = Engine::new(db, programme, vec![Arc::new(slack) as Arc<dyn Chat>], settings).await?;
    clock.drive(engine.clone());
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(run::start(
        engine.clone(),
        run::Clocks { door: Arc::clone(&clock) as Arc<dyn Clock>, loops: Arc::clone(&clock) as Arc<dyn Clock> },
        run::Doors { listener, metrics: None },
        vec![SecretString::from(signing_secret)],
        TICK,
        stopped,
    ));
    if is_fresh {
        for (channel, member) in company.channels.iter().filter_map(|it| Some((&it.id, it.members.first()?))) {
            playground.invite_bot(member, channel).await?;
        }
    }
    Ok(Demo { playground, engine, clock, server, stop, running, folder, _lock: lock })
}

impl Demo {
    pub async fn stop(self) -> anyhow::Result<()> {
        self.engine.stop();
        let _ = self.stop.send(true);
        self.running.await?;
        self.engine.db().close().await;
        drop(self.folder);
        Ok(())
    }
}

/// The demo's own key, made with the folder, in a form that `TRAILMARK_KEY_FILE` takes.
fn key(folder: &Path) -> anyhow::Result<SecretBox<[u8; 32]>> {
    let path = folder.join("demo-key");
    if let Ok(kept) = std::fs::read_to_string(&path) {
        let kept = kept.trim();
        // Once it was written as hex.
        let bytes = hex::decode(kept).ok().or_else(|| BASE64_STANDARD.decode(kept).ok());
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let bytes = bytes.with_context(|| format!("{} is no key: delete the folder to begin anew", path.display()))?;
        return Ok(SecretBox::new(Box::new(bytes)));
    }
    let bytes: [u8; 32] = rand::random();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&path).with_context(|| format!("{} cannot be written", path.display()))?;
    file.write_all(BASE64_STANDARD.encode(bytes).as_bytes())
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(SecretBox::new(Box::new(bytes)))
}

fn secret() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}

/// As if the person had said so themselves.
async fn change(tx: &mut Tx, email: &str, change: impl FnOnce(&mut Person)) -> anyhow::Result<()> {
    let Some(id) = people::find_by_email(tx, email).await? else { return Ok(()) };
    if let Some(mut person) = people::find(tx, id).await? {
        change(&mut person);
        people::update(tx, &person).await?;
    }
    Ok(())
}

/// Puts the sample company in, unless somebody is there already.
async fn fill(db: &Db, company: &SampleCompany, folder: &Path, clock: &DemoClock) -> anyhow::Result<bool> {
    let now = clock.now();
    let mut tx = db.read().await?;
    let is_fresh = people::changed_after(&mut tx, Mark::after(0), 1).await?.0.is_empty();
    drop(tx);
    if !is_fresh {
        return Ok(false);
    }
    let (people_file, posts_file) = (folder.join("people.csv"), folder.join("opportunities.csv"));
    let skills_file = folder.join("skills.csv");
    std::fs::write(&skills_file, &company.skills_csv).context("the sample company cannot be written")?;
    std::fs::write(&people_file, &company.people_csv).context("the sample company cannot be written")?;
    std::fs::write(&posts_file, &company.opportunities_csv).context("the sample company cannot be written")?;
    let options = import::Options { strict: true, ..import::Options::default() };
    for outcome in [
        import::people(db, &people_file, options, now).await?,
        import::opportunities(db, &posts_file, options, now).await?,
        import::skills(db, &skills_file, options, now).await?,
    ] {
        let refused: Vec<String> =
            outcome.refused.iter().map(|it| format!("line {}: {}", it.line, it.reason)).collect();
        anyhow::ensure!(refused.is_empty(), "the sample company is not sound: {}", refused.join("; "));
    }
    let mut tx = db.write().await?;
    for (name, roles) in [(company::HR[0], [Role::Hr, Role::Administrator].as_slice()), (company::HR[1], &[Role::Hr])] {
        let email = company.people.iter().find(|person| person.name == name).and_then(|person| person.email.as_deref());
        let Some(person) = people::find_by_email(&mut tx, email.unwrap_or_default()).await? else { continue };
        for role in roles {
            instance::grant(&mut tx, person, *role, None, now).await?;
        }
    }
    for helper in &company.helpers {
        let offer = Mentoring {
            skills: helper.skills.clone(),
            capacity: helper.people,
            ways: helper.ways.iter().filter_map(|way| Way::parse(way)).collect(),
            note: helper.note.clone(),
        };
        change(&mut tx, &helper.email, |person| person.mentoring = Some(Box::new(offer))).await?;
    }
    for (email, role) in &company.wishes {
        change(&mut tx, email, |person| person.wished_role.clone_from(role)).await?;
    }
    tx.commit().await?;
    Ok(true)
}
