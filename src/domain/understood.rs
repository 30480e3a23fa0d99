//! What somebody means who names a skill: the company's own words come first, then those that everybody knows. What is
//! not certain is asked, never guessed.

use super::{
    company::Company,
    skills::{self, Resolved, SkillId, fold, slips_allowed, taxonomy},
};

/// What a text means where a skill is expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Understood {
    /// One skill, under the name it is kept by.
    Known(String),
    /// Several are called so.
    Several(Vec<String>),
    /// No skill that anybody knows; probably a slip of this one.
    Slip(String),
    /// No skill that anybody knows. It counts as typed.
    New,
}

/// A skill to offer while somebody types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub name: String,
    /// Nobody knows it yet: it is what was typed.
    pub is_new: bool,
}

/// So many meanings are told apart at most.
const MEANINGS: usize = 4;
/// So many near ones are looked at.
const NEAR: usize = 3;
/// A word that so many people and posts use here is one, whatever it resembles.
const USUAL: usize = 3;
/// A name as short as this says little to whoever does not know it.
const SHORT: usize = 4;

impl Company {
    /// What this text means here.
    #[must_use]
    pub fn understand(&self, typed: &str) -> Understood {
        match self.own_skills.named(typed).as_slice() {
            [own] => return Understood::Known(own.name.clone()),
            [] => {}
            several => {
                return Understood::Several(several.iter().take(MEANINGS).map(|own| own.name.clone()).collect());
            }
        }
        let exact = taxonomy().label(&fold(typed));
        let resolved = skills::resolve(typed);
        match &resolved {
            Resolved::Ambiguous(several) => {
                return Understood::Several(several.iter().take(MEANINGS).map(|skill| self.usual(*skill)).collect());
            }
            Resolved::Known(skill) if !exact.is_empty() => {
                return match skills::mostly(typed).filter(|_| self.vocabulary.spelling(typed).is_none()) {
                    Some(other) => Understood::Slip(self.usual(other)),
                    None => Understood::Known(self.kept_as(typed, *skill)),
                };
            }
            Resolved::Known(_) | Resolved::Unknown => {}
        }
        let used = self.vocabulary.suggest(typed, 1);
        let used = used.first().filter(|_| !self.own_skills.is_refused(typed));
        let used = used.filter(|offer| offer.count > 0 && skills::same(&offer.name, typed));
        if let Some(used) = used.filter(|used| used.count >= USUAL) {
            return Understood::Known(used.name.clone());
        }
        let slip = self.vocabulary.near_miss(typed).map(str::to_owned).or_else(|| self.near(typed, &resolved));
        match (slip, used) {
            (Some(slip), _) => Understood::Slip(slip),
            (None, Some(used)) => Understood::Known(used.name.clone()),
            (None, None) => Understood::New,
        }
    }

    /// The skill that everybody knows and that this is probably a slip of.
    fn near(&self, typed: &str, resolved: &Resolved) -> Option<String> {
        if let Resolved::Known(skill) = resolved {
            return Some(self.usual(*skill));
        }
        let key = fold(typed);
        let slips = slips_allowed(&key);
        let near = skills::link(typed, NEAR).into_iter().map(|(skill, _)| skill);
        let mut near = near.filter(|skill| strsim::osa_distance(&fold(&taxonomy().skill(*skill).name), &key) <= slips);
        near.next().map(|skill| self.usual(skill))
    }

    /// How the company writes a skill that everybody knows.
    fn usual(&self, skill: SkillId) -> String {
        self.vocabulary.name(&taxonomy().skill(skill).name).to_owned()
    }

    /// The name under which a known skill is kept: as people here write it; else as it is typed, with the usual capitals,
    /// and in full where it was short.
    fn kept_as(&self, typed: &str, skill: SkillId) -> String {
        if let Some(used) = self.vocabulary.spelling(typed) {
            return used.to_owned();
        }
        let name = &*taxonomy().skill(skill).name;
        let is_name = fold(name) == fold(typed);
        let has_capitals = name.chars().any(char::is_uppercase);
        let is_short = !typed.contains(' ') && typed.chars().count() <= SHORT;
        if (is_name && has_capitals) || (!is_name && is_short) { self.usual(skill) } else { typed.trim().to_owned() }
    }

    /// What somebody who typed this may mean: what people here use and the company's own, then what everybody knows; at
    /// last what was typed, where it is no skill yet.
    #[must_use]
    pub fn offer_skills(&self, typed: &str, limit: usize) -> Vec<Offer> {
        let mut offers: Vec<Offer> = Vec::new();
        let mut offer = |name: &str| {
            if !offers.iter().any(|there| skills::same(&there.name, name)) {
                offers.push(Offer { name: name.to_owned(), is_new: false });
            }
        };
        let used = self.vocabulary.suggest(typed, limit);
        for used in used.iter().filter(|used| used.count > 0 && !self.own_skills.is_refused(&used.name)) {
            offer(&used.name);
        }
        for own in self.own_skills.beginning_with(typed) {
            offer(&own.name);
        }
        let is_exact = match self.understand(typed) {
            Understood::Known(name) => {
                offer(&name);
                true
            }
            Understood::Several(names) => {
                names.iter().for_each(|name| offer(name));
                false
            }
            Understood::Slip(name) => {
                offer(&name);
                false
            }
            Understood::New => false,
        };
        for skill in beginning_with(typed).into_iter().take(limit) {
            offer(&self.usual(skill));
        }
        let is_new = !is_exact && !fold(typed).is_empty();
        offers.truncate(if is_new { limit.saturating_sub(1) } else { limit });
        if is_new && limit > 0 && !offers.iter().any(|there| there.name.eq_ignore_ascii_case(typed)) {
            offers.push(Offer { name: typed.split_whitespace().collect::<Vec<_>>().join(" "), is_new: true });
        }
        offers
    }

    /// Words that people and posts here use as skills, that nobody knows and nobody has decided about: the name, how
    /// often it is used, and the known skill it may be a slip of. The most used first.
    #[must_use]
    pub fn suggested_skills(&self) -> Vec<(String, usize, Option<String>)> {
        let mut open: Vec<(String, usize, Option<String>)> = self
            .vocabulary
            .suggest("", usize::MAX)
            .into_iter()
            .filter(|used| skills::exactly(taxonomy(), &used.name) == Resolved::Unknown)
            .filter(|used| self.own_skills.named(&used.name).is_empty() && !self.own_skills.is_refused(&used.name))
            .map(|used| {
                let near = self.near(&used.name, &skills::resolve(&used.name));
                (used.name, used.count, near)
            })
            .collect();
        open.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        open
    }
}

/// Skills that everybody knows and that begin with this, or have a word that does: those most asked for first.
fn beginning_with(typed: &str) -> Vec<SkillId> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Vec::new();
    }
    let begins = |text: &str| text.get(..typed.len()).is_some_and(|start| start.eq_ignore_ascii_case(typed));
    let nearness = |name: &str| match name {
        _ if begins(name) => Some(0),
        _ if name.split([' ', '-', '/', '(']).any(begins) => Some(1),
        _ => None,
    };
    let found = taxonomy().skills().filter_map(|(id, skill)| {
        Some(((nearness(&skill.name)?, std::cmp::Reverse(skill.demand), skill.name.len(), id), id))
    });
    let mut found: Vec<_> = found.collect();
    found.sort_unstable();
    found.into_iter().map(|(_, id)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{id::PersonId, own_skills::OwnSkill, person::Person};

    fn company() -> Company {
        let mut company = Company::default();
        let own = |name: &str, aliases: &[&str], is_skill| OwnSkill {
            name: name.into(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            related: Vec::new(),
            is_skill,
        };
        company.upsert_own_skills(vec![
            own("Hydra gateway", &["Hydra", "HGW"], true),
            own("Atlas maps", &["atlas"], true),
            own("Atlas planning", &["atlas"], true),
            own("Being nice", &[], false),
        ]);
        for (id, have) in [(1, "Excel;Glassblowing;Being nice"), (2, "Glassblowing"), (3, "Kubernetes;Sabrage")] {
            let have = have.split(';').map(Into::into).collect();
            company.upsert_person(Person { id: PersonId(id), have, ..Person::unknown() });
        }
        company
    }

    #[test]
    fn what_is_certain_is_kept_by_the_name_people_here_use() {
        let company = company();
        for (typed, kept) in [
            ("hydra", "Hydra gateway"),
            ("rust", "Rust"),
            ("k8s", "Kubernetes"),
            ("excel", "Excel"),
            ("aws", "Amazon Web Services"),
            ("rust lang", "rust lang"),
            ("glassblowing", "Glassblowing"),
        ] {
            assert_eq!(company.understand(typed), Understood::Known(kept.into()), "{typed}");
        }
    }

    #[test]
    fn what_is_not_certain_is_a_question() {
        let company = company();
        let Understood::Several(meanings) = company.understand("PM") else { panic!("PM is one thing") };
        assert!(meanings.len() >= 2 && meanings.iter().any(|name| name == "Product Management"), "{meanings:?}");
        let own = Understood::Several(vec!["Atlas maps".into(), "Atlas planning".into()]);
        assert_eq!(company.understand("atlas"), own);
        assert_eq!(company.understand("Kuberntes"), Understood::Slip("Kubernetes".into()));
        assert_eq!(company.understand("Grafanna"), Understood::Slip("Grafana".into()));
        assert_eq!(company.understand("ML"), Understood::Slip("Machine learning".into()));
        assert_eq!(company.understand("MS Excel"), Understood::Slip("Excel".into()));
        for new in ["Juggling fire at parties", "Being nice and kind of it"] {
            assert_eq!(company.understand(new), Understood::New, "{new}");
        }
    }

    #[test]
    fn typing_offers_the_companys_words_first_then_everybodys_then_what_was_typed() {
        let company = company();
        let offers = |typed: &str| -> Vec<String> {
            let all = company.offer_skills(typed, 6).into_iter();
            all.map(|offer| if offer.is_new { format!("{} (new)", offer.name) } else { offer.name }).collect()
        };
        let first = offers("ex");
        assert_eq!((first[0].as_str(), first.last().unwrap().as_str(), first.len()), ("Excel", "ex (new)", 6));
        assert_eq!(offers("hyd")[0], "Hydra gateway");
        assert_eq!(offers("Kuberntes")[0], "Kubernetes");
        assert_eq!(offers("being nice"), ["being nice (new)"], "what is no skill is offered to nobody else");
        assert!(offers("PM").iter().any(|name| name == "Product Management"), "{:?}", offers("PM"));
        assert!(offers("rust").iter().all(|name| !name.contains("(new)")), "{:?}", offers("rust"));
        assert_eq!(company.offer_skills("ex", 0), []);
        assert_eq!(offers("Ünï🦀")[0], "Ünï🦀 (new)");
    }

    #[test]
    fn an_editor_sees_what_nobody_knows_and_nobody_decided() {
        let open = company().suggested_skills();
        let names: Vec<(&str, usize)> = open.iter().map(|(name, times, _)| (name.as_str(), *times)).collect();
        assert_eq!(names, [("Glassblowing", 2), ("Sabrage", 1)]);
    }
}
