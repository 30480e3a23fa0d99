//! Where settings come from, and how each is read: a later source beats an earlier one, and every problem is kept, so
//! that a person who starts the program sees all of them at once.

use secrecy::SecretString;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
};

/// What the settings are read from. The process's own environment comes in here and nowhere else.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The configuration file with its contents.
    file: Option<(PathBuf, String)>,
    environment: BTreeMap<String, String>,
    problems: Vec<String>,
}

impl Source {
    /// `--config FILE`, else `trailmark.toml` in the working directory if there is one; and the environment.
    #[must_use]
    pub fn of_process(file: Option<&Path>) -> Source {
        let mut source = Source { environment: std::env::vars().collect(), ..Source::default() };
        let path = file.unwrap_or(Path::new("trailmark.toml"));
        match std::fs::read_to_string(path) {
            Ok(text) => source.file = Some((path.to_owned(), text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => {}
            Err(error) => source.problems.push(format!(
                "the configuration file {} cannot be read: {error}. Name another with --config, or print a fresh one with \
                 `trailmark example-config`",
                path.display()
            )),
        }
        source
    }

    /// Settings that are written in the program or in a test.
    #[must_use]
    pub fn of_text(file: &str, environment: &[(&str, &str)]) -> Source {
        Source {
            file: Some((PathBuf::from("trailmark.toml"), file.to_owned())),
            environment: environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            problems: Vec::new(),
        }
    }
}

/// Everything that is wrong, numbered; each says what to do.
#[derive(Debug)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        write!(f, "the configuration has {count} problem{}:", if count == 1 { "" } else { "s" })?;
        for (number, problem) in self.0.iter().enumerate() {
            write!(f, "\n  {}. {problem}", number + 1)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

type Key = (String, String);

/// Hands out settings one by one; what nobody asked for in the end is unknown.
pub struct Reader {
    values: BTreeMap<Key, String>,
    environment: BTreeMap<String, String>,
    known: BTreeSet<Key>,
    problems: Vec<String>,
}

impl Reader {
    #[must_use]
    pub fn new(source: Source) -> Reader {
        let mut reader = Reader {
            values: BTreeMap::new(),
            environment: source.environment,
            known: BTreeSet::new(),
            problems: source.problems,
        };
        if let Some((path, text)) = source.file {
            reader.read_file(&path, &text);
        }
        let from_environment: Vec<(Key, String)> = reader
            .environment
            .iter()
            .filter_map(|(name, value)| {
                let (section, key) = name.strip_prefix("TRAILMARK_")?.split_once("__")?;
                Some(((section.to_lowercase(), key.to_lowercase()), value.clone()))
            })
            .collect();
        reader.values.extend(from_environment);
        reader
    }

    fn read_file(&mut self, path: &Path, text: &str) {
        let table = match text.parse::<toml::Table>() {
            Ok(table) => table,
            Err(error) => {
                let line = error.span().map_or(1, |span| text[..span.start].matches('\n').count() + 1);
                let what = error.message();
                self.problems.push(format!("{}, line {line}: this is not valid TOML: {what}", path.display()));
                return;
            }
        };
        for (section, contents) in table {
            let toml::Value::Table(keys) = contents else {
                self.problems.push(format!(
                    "{}: `{section}` stands outside of a section; put it under one, such as [server]",
                    path.display()
                ));
                continue;
            };
            for (key, value) in keys {
                let text = match value {
                    toml::Value::String(text) => text,
                    toml::Value::Array(items) => items
                        .iter()
                        .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                        .collect::<Vec<_>>()
                        .join(","),
                    other => other.to_string(),
                };
                self.values.insert((section.clone(), key), text);
            }
        }
    }

    /// A setting, or nothing when nobody set it.
    pub fn optional<T>(&mut self, section: &str, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        let name = (section.to_owned(), key.to_owned());
        let text = self.values.get(&name).cloned();
        self.known.insert(name);
        match parse(text?.trim()) {
            Ok(value) => Some(value),
            Err(what) => {
                self.refuse(section, key, &what);
                None
            }
        }
    }

    /// A setting, or its default.
    pub fn setting<T>(&mut self, section: &str, key: &str, default: T, parse: impl Fn(&str) -> Result<T, String>) -> T {
        self.optional(section, key, parse).unwrap_or(default)
    }

    /// Notes what is wrong with a setting, under both of its names.
    pub fn refuse(&mut self, section: &str, key: &str, what: &str) {
        let variable = variable(section, key);
        self.problems.push(format!("{section}.{key} ({variable}): {what}"));
    }

    pub fn problem(&mut self, what: impl Into<String>) {
        self.problems.push(what.into());
    }

    /// A secret from the environment: the variable itself, or the file that `…_FILE` names. Empty counts as absent.
    pub fn secret(&mut self, name: &str) -> Option<SecretString> {
        let filled = |reader: &Reader, name: &str| {
            reader.environment.get(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
        };
        let file_name = format!("{name}_FILE");
        match (filled(self, name), filled(self, &file_name)) {
            (Some(_), Some(_)) => {
                self.problem(format!("{name} and {file_name} are both set: keep one of them"));
                None
            }
            (Some(value), None) => Some(SecretString::from(value)),
            (None, Some(path)) => match std::fs::read_to_string(&path) {
                Ok(text) if text.trim().is_empty() => {
                    self.problem(format!("{file_name}: the file {path} is empty; write the secret into it"));
                    None
                }
                Ok(text) => Some(SecretString::from(text.trim().to_owned())),
                Err(error) => {
                    self.problem(format!("{file_name}: the file {path} cannot be read: {error}"));
                    None
                }
            },
            (None, None) => None,
        }
    }

    /// Every setting that was asked for, so that the example can be compared with it.
    #[must_use]
    pub fn known(&self) -> &BTreeSet<Key> {
        &self.known
    }

    /// Everything that is wrong, with what was set and is not known.
    #[must_use]
    pub fn finish(mut self) -> Vec<String> {
        let unknown: Vec<Key> = self.values.keys().filter(|key| !self.known.contains(*key)).cloned().collect();
        for (section, key) in unknown {
            let sections: BTreeSet<&str> = self.known.iter().map(|(section, _)| section.as_str()).collect();
            let advice = if key.contains("secret") || key.contains("token") || key.contains("password") {
                "secrets come from the environment only; `trailmark example-config` lists their names".to_owned()
            } else if sections.contains(section.as_str()) {
                let keys: Vec<&str> =
                    self.known.iter().filter(|(of, _)| *of == section).map(|(_, key)| key.as_str()).collect();
                match nearest(&key, &keys) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("[{section}] has {}", keys.join(", ")),
                }
            } else {
                format!("the sections are {}", sections.into_iter().collect::<Vec<_>>().join(", "))
            };
            self.problems.push(format!("{section}.{key} ({}) is not a setting: {advice}", variable(&section, &key)));
        }
        for (section, key) in &self.known {
            let slip = format!("TRAILMARK_{section}_{key}").to_uppercase();
            if self.environment.contains_key(&slip) {
                let right = variable(section, key);
                self.problems.push(format!(
                    "{slip} is not a setting: between the section and the key stand two underscores, {right}"
                ));
            }
        }
        self.problems
    }
}

fn variable(section: &str, key: &str) -> String {
    format!("TRAILMARK_{section}__{key}").to_uppercase()
}

fn nearest<'a>(word: &str, among: &[&'a str]) -> Option<&'a str> {
    among
        .iter()
        .copied()
        .map(|it| (strsim::osa_distance(word, it), it))
        .min()
        .filter(|(far, _)| *far <= 3)
        .map(|(_, it)| it)
}
