//! A SQLite database as files: what is told by looking at them before they are opened, and what stands beside them.

use super::Damaged;
use anyhow::{Context, bail};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::Write,
    path::{Path, PathBuf},
};

/// The file that a `sqlite:` address names; `None` for any other address.
#[must_use]
pub fn path_of(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.trim_start_matches("//");
    Some(Path::new(path.split('?').next().unwrap_or(path)))
}

/// The file beside the database whose name ends in this.
#[must_use]
pub fn beside(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// What SQLite keeps beside its database.
pub const COMPANIONS: [&str; 2] = ["-wal", "-shm"];

/// Beside the database: which one it is. See [`super::generation`].
pub const GENERATION: &str = ".generation";

/// Looks at the file before SQLite does, which takes an empty one for a new database and throws its log away.
///
/// # Errors
/// [`Damaged`]: a database was here, and is gone or empty.
pub(super) fn look(path: &Path) -> Result<(), Damaged> {
    let size = |path: &Path| std::fs::metadata(path).map(|it| it.len()).ok();
    if size(path).is_some_and(|size| size > 0) {
        return Ok(());
    }
    for witness in [GENERATION, COMPANIONS[0]] {
        let witness = beside(path, witness);
        if size(&witness).is_some_and(|size| size > 0) {
            let what = if size(path).is_some() { "is empty" } else { "is gone" };
            return Err(Damaged(format!(
                "{} {what}, but {} says that there was one; to begin anew, delete that too",
                path.display(),
                witness.display()
            )));
        }
    }
    Ok(())
}

/// For its owner only: it holds people's careers.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}

/// Makes the file where there is none. SQLite would make it readable by everybody.
pub(super) fn create_private(path: &Path) -> anyhow::Result<()> {
    if path.as_os_str().is_empty() || path.to_string_lossy().contains(":memory:") {
        bail!("DATABASE_URL must name a file, such as sqlite://trailmark.db");
    }
    private()
        .create(true)
        .open(path)
        .map(drop)
        .with_context(|| format!("the database file {} cannot be opened for reading and writing", path.display()))
}

/// Held for as long as this lives: no other server, no restore and no move of the same database. The operating system
/// lets go of it with the process, however that ends.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

/// Another process serves this database.
#[derive(Debug, thiserror::Error)]
#[error(
    "a server is already running on {path} ({who}). Two on one SQLite file would get in each other's way: stop that one \
     first. Every other command works beside it"
)]
pub struct Taken {
    path: String,
    who: String,
}

/// Takes the place of the one server on this database. Postgres has room for several.
///
/// # Errors
/// [`Taken`]; or the file beside the database cannot be made or locked.
pub fn lock(url: &str) -> anyhow::Result<Lock> {
    let Some(path) = path_of(url) else { return Ok(Lock { _file: None }) };
    let path = beside(&whole(path), ".lock");
    let mut file = private()
        .create(true)
        .open(&path)
        .with_context(|| format!("the file {} beside the database cannot be opened", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let pid = std::fs::read_to_string(&path).unwrap_or_default();
            let who = match pid.trim() {
                "" => "its process is not known".to_owned(),
                pid => format!("process {pid}"),
            };
            return Err(Taken { path: path.with_extension("").display().to_string(), who }.into());
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| {
                format!("{} cannot be locked; SQLite needs a file system with locks", path.display())
            });
        }
    }
    file.set_len(0)
        .and_then(|()| writeln!(file, "{}", std::process::id()))
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(Lock { _file: Some(file) })
}

/// The same file has the same name, whichever way it is named. Where it cannot be found, opening it will say why.
fn whole(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    match (folder.canonicalize(), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
