//! Search: the open posts for a query, best first.

use super::{
    index::{Facts, Index, Number, Posting, Slot},
    person::Profile,
    query::Query,
    rank::{Best, Rank, exact},
    reason::Reason,
    text,
};
use crate::domain::{
    id::OpportunityId,
    opportunity::Kind,
    person::Person,
    skills::{self, slips_allowed},
};
use chrono::NaiveDate;
use std::{borrow::Cow, collections::BTreeMap};

/// One result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub id: OpportunityId,
    /// In millionths; says nothing beside another query, and is shown to nobody.
    pub score: i64,
    /// What it has to do with whoever asked; empty where nobody did.
    pub why: Vec<Reason>,
}

impl From<Rank> for Hit {
    fn from(rank: Rank) -> Hit {
        Hit { id: rank.id, score: rank.score.0, why: Vec::new() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// On all pages.
    pub total: usize,
    pub facets: Facets,
    /// The query with its slips corrected; `hits` are those of the corrected one.
    pub did_you_mean: Option<String>,
    /// Nothing was found for the whole query; `hits` are the nearest ones, without this.
    pub relaxed: Option<Relaxed>,
}

/// What was left out of a query that found nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relaxed {
    /// Not every word: some of them.
    Words,
    Starts,
    Hours,
    Remote,
    Team,
    Kind,
    Skill,
    /// All filters.
    Filters,
    /// The whole query: these are the newest posts.
    Everything,
}

impl Relaxed {
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Relaxed::Words => "No open post has all these words. These have some of them:",
            Relaxed::Starts => "Nothing starts then. Without the start:",
            Relaxed::Hours => "Nothing with these hours. Without the hours:",
            Relaxed::Remote => "Nothing there with that place. Remote or not:",
            Relaxed::Team => "Nothing in that team. In all teams:",
            Relaxed::Kind => "Nothing of that type. Of all types:",
            Relaxed::Skill => "Nothing names that skill. Without it:",
            Relaxed::Filters => "Nothing fits all the filters. Without them:",
            Relaxed::Everything => "Nothing matches that. The newest posts:",
        }
    }
}

/// How many of the results are of which sort. Only what is there, most first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub kinds: Vec<(Kind, usize)>,
    pub hours: Vec<(HoursRange, usize)>,
    pub remote: usize,
    /// The ten with most results.
    pub teams: Vec<(String, usize)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HoursRange {
    UpTo2,
    UpTo4,
    UpTo8,
    Over8,
}

impl HoursRange {
    const ALL: [HoursRange; 4] = [HoursRange::UpTo2, HoursRange::UpTo4, HoursRange::UpTo8, HoursRange::Over8];

    fn of(hours: u32) -> HoursRange {
        match hours {
            0..=2 => HoursRange::UpTo2,
            3..=4 => HoursRange::UpTo4,
            5..=8 => HoursRange::UpTo8,
            _ => HoursRange::Over8,
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            HoursRange::UpTo2 => "up to 2 h",
            HoursRange::UpTo4 => "3–4 h",
            HoursRange::UpTo8 => "5–8 h",
            HoursRange::Over8 => "over 8 h",
        }
    }

    /// The filter of a query that finds these.
    #[must_use]
    pub fn filter(self) -> &'static str {
        match self {
            HoursRange::UpTo2 => "hours:<=2",
            HoursRange::UpTo4 => "hours:3-4",
            HoursRange::UpTo8 => "hours:5-8",
            HoursRange::Over8 => "hours:>8",
        }
    }
}

/// How many teams a facet names.
const TEAMS_SHOWN: usize = 10;

/// A word of the query that is not in any post stands for near ones; each is worth less than the word itself.
const FULL_NAME: f32 = 0.9;
const PREFIX: f32 = 0.6;
const SLIP: f32 = 0.5;
/// More near words than these are noise.
const MOST_NEAR: usize = 16;

impl Index {
    /// The open posts for a query, best first; of two as good the newer one, then the one with the smaller id. Posts the
    /// viewer said no to are left out. A query without results is relaxed step by step, and what was given up is told.
    #[must_use]
    pub fn search(
        &self,
        query: &Query,
        viewer: Option<&Person>,
        today: NaiveDate,
        offset: usize,
        limit: usize,
    ) -> Found {
        let hidden = self.hidden_slots(viewer);
        let words = self.read_words(query);
        let room = Room { hidden: &hidden, today, offset, limit };
        let mut found = self.run(&self.plan(query, &words, true), &room);
        if found.total == 0 && !query.is_empty() {
            for (relaxed, easier, all_words) in easier(query) {
                let words = if easier.text == query.text { Cow::Borrowed(&words) } else { Cow::Owned(Vec::new()) };
                let nearest = self.run(&self.plan(&easier, &words, all_words), &room);
                if nearest.total > 0 {
                    found = Found { relaxed: Some(relaxed), ..nearest };
                    break;
                }
            }
        }
        found.did_you_mean = self.corrected(query, &words);
        if let Some(viewer) = viewer {
            let profile = Profile::of(self, viewer);
            for hit in &mut found.hits {
                hit.why = self.reasons(hit.id, &profile);
            }
        }
        found
    }

    fn hidden_slots(&self, viewer: Option<&Person>) -> Vec<Slot> {
        let hidden = viewer.into_iter().flat_map(|viewer| &viewer.hidden);
        let mut slots: Vec<_> = hidden.filter_map(|id| self.slot(*id)).collect();
        slots.sort_unstable();
        slots
    }

    fn run(&self, plan: &Plan<'_>, room: &Room<'_>) -> Found {
        let mut tally = Tally::new(self, room);
        match plan.words[..] {
            [] => match plan.skills.first() {
                Some(skill) => skill.iter().for_each(|slot| tally.see(plan, *slot, 0.0)),
                None => self.open.iter().for_each(|slot| tally.see(plan, *slot, 0.0)),
            },
            [ref only] => only.postings.iter().for_each(|posting| {
                tally.see(plan, posting.slot, posting.impact * only.rarity);
            }),
            ref words if plan.needs_all_words => intersect(words, |slot, score| tally.see(plan, slot, score)),
            ref words => unite(words, self.docs.len(), |slot, score| tally.see(plan, slot, score)),
        }
        tally.found()
    }

    fn plan<'a>(&'a self, query: &'a Query, words: &'a [Word<'a>], needs_all_words: bool) -> Plan<'a> {
        const NONE: &[Slot] = &[];
        let skills = query.skills.iter().map(|skill| {
            let number = self.skills.get(&skills::canonical(skill));
            number.map_or(NONE, |number| self.skilled[number as usize].as_slice())
        });
        let teams = query.team.as_ref().map(|team| {
            let wanted = skills::fold(team);
            self.teams.iter().filter(|(name, _)| name.contains(&wanted)).map(|(_, number)| number).collect()
        });
        Plan { words, needs_all_words, skills: skills.collect(), teams, is_filtered: query.has_filters(), query }
    }

    /// What each word of the query stands for; words that tell nothing are left out.
    fn read_words<'a>(&'a self, query: &Query) -> Vec<Word<'a>> {
        let all = query.text.iter().flat_map(|piece| skills::words(piece));
        all.filter(|word| !text::is_stop_word(word)).map(|word| self.read_word(word)).collect()
    }

    fn read_word(&self, word: String) -> Word<'_> {
        let own = self.postings_of(&text::stem(&word));
        let full_name = skills::full_name(&word);
        if full_name.is_none()
            && let Some(postings) = own
        {
            return self.word(word, Cow::Borrowed(postings), None);
        }
        let mut near: Vec<(&[Posting], f32)> = own.map(|postings| (postings, 1.0)).into_iter().collect();
        let mut named = Vec::new();
        if let Some(name) = full_name {
            let skill = self.skills.get(&skills::canonical(name));
            let slots = skill.map_or(&[][..], |skill| &self.skilled[skill as usize]);
            named.extend(slots.iter().map(|slot| Posting { slot: *slot, impact: FULL_NAME }));
            if !name.contains(' ') {
                let whole = skills::words(name).first().and_then(|name| self.postings_of(&text::stem(name)));
                near.extend(whole.map(|postings| (postings, FULL_NAME)));
            }
            near.push((&named, 1.0));
        }
        let mut meant = None;
        if near.iter().all(|(postings, _)| postings.is_empty()) {
            near = self.beginnings(&word);
            if near.is_empty() {
                let slips = self.slips(&word);
                meant = slips.first().map(|(spelling, _)| (*spelling).to_owned());
                near = slips.into_iter().map(|(_, postings)| (postings, SLIP)).collect();
            }
        }
        let mut best: BTreeMap<Slot, f32> = BTreeMap::new();
        for (postings, worth) in near {
            for posting in postings {
                let known = best.entry(posting.slot).or_default();
                *known = known.max(posting.impact * worth);
            }
        }
        let merged = best.into_iter().map(|(slot, impact)| Posting { slot, impact }).collect();
        self.word(word, Cow::Owned(merged), meant)
    }

    fn word<'a>(&self, typed: String, postings: Cow<'a, [Posting]>, meant: Option<String>) -> Word<'a> {
        let (all, with) = (count(self.open.len()), count(postings.len()));
        let rarity = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
        Word { typed, postings, rarity, meant }
    }

    fn postings_of(&self, stem: &str) -> Option<&[Posting]> {
        let number = self.stems.get(stem)?;
        Some(self.postings[number as usize].as_slice()).filter(|postings| !postings.is_empty())
    }

    fn beginnings(&self, start: &str) -> Vec<(&[Posting], f32)> {
        if start.chars().count() < 2 {
            return Vec::new();
        }
        let words = self.words.starting_with(start).map(|number| &self.spellings[number as usize]);
        let live = words.filter(|spelling| spelling.posts > 0);
        live.take(MOST_NEAR).map(|spelling| (self.postings[spelling.stem as usize].as_slice(), PREFIX)).collect()
    }

    /// The words of open posts that are a slip away from this one, nearest and most used first.
    fn slips(&self, word: &str) -> Vec<(&str, &[Posting])> {
        let allowed = slips_allowed(word);
        if allowed == 0 {
            return Vec::new();
        }
        let (length, signature) = (word.len(), text::signature(word));
        // A slip changes at most three pairs of letters.
        let most_bits = u32::try_from(3 * allowed).unwrap_or(u32::MAX);
        let mut near: Vec<_> = self
            .spellings
            .iter()
            .filter(|spelling| spelling.posts > 0)
            .filter(|spelling| (signature & !spelling.signature).count_ones() <= most_bits)
            .filter(|spelling| spelling.word.len().abs_diff(length) <= 4 * allowed)
            .filter_map(|spelling| {
                let distance = strsim::osa_distance(&spelling.word, word);
                (distance <= allowed).then_some((distance, std::cmp::Reverse(spelling.posts), spelling))
            })
            .collect();
        near.sort_by(|(a, a_posts, a_word), (b, b_posts, b_word)| {
            (a, a_posts, &a_word.word).cmp(&(b, b_posts, &b_word.word))
        });
        let nearest = near.first().map_or(0, |(distance, ..)| *distance);
        near.into_iter()
            .take_while(|(distance, ..)| *distance == nearest)
            .take(MOST_NEAR)
            .map(|(_, _, spelling)| (spelling.word.as_str(), self.postings[spelling.stem as usize].as_slice()))
            .collect()
    }

    fn corrected(&self, query: &Query, words: &[Word<'_>]) -> Option<String> {
        if words.iter().all(|word| word.meant.is_none()) {
            return None;
        }
        let text = words.iter().map(|word| word.meant.clone().unwrap_or_else(|| word.typed.clone())).collect();
        Some(Query { text, ..query.at_page(1) }.to_text())
    }
}

/// A count as a float; beyond 16 million the last digits do not matter.
fn count(number: usize) -> f32 {
    #[expect(clippy::cast_precision_loss, reason = "a rarity needs no more than seven digits")]
    let count = number as f32;
    count
}

/// The query with one thing less, from the least important on.
fn easier(query: &Query) -> Vec<(Relaxed, Query, bool)> {
    let mut steps = Vec::new();
    let mut step = |is_there: bool, relaxed, change: &dyn Fn(&mut Query), all_words| {
        if is_there {
            let mut easier = query.clone();
            change(&mut easier);
            steps.push((relaxed, easier, all_words));
        }
    };
    step(query.starts.is_some(), Relaxed::Starts, &|query| query.starts = None, true);
    let has_hours = query.min_hours.is_some() || query.max_hours.is_some();
    step(has_hours, Relaxed::Hours, &|query| (query.min_hours, query.max_hours) = (None, None), true);
    step(query.remote.is_some(), Relaxed::Remote, &|query| query.remote = None, true);
    step(query.team.is_some(), Relaxed::Team, &|query| query.team = None, true);
    step(!query.kinds.is_empty(), Relaxed::Kind, &|query| query.kinds.clear(), true);
    step(!query.text.is_empty(), Relaxed::Words, &|_| {}, false);
    step(!query.skills.is_empty(), Relaxed::Skill, &|query| query.skills.clear(), true);
    let only_words = |query: &mut Query| *query = Query { text: std::mem::take(&mut query.text), ..Query::default() };
    step(query.has_filters() && !query.text.is_empty(), Relaxed::Filters, &only_words, false);
    step(true, Relaxed::Everything, &|query| *query = Query::default(), true);
    steps
}

/// A word of the query and where it, or what is near it, stands.
#[derive(Clone)]
struct Word<'a> {
    typed: String,
    postings: Cow<'a, [Posting]>,
    rarity: f32,
    /// The word that was probably meant.
    meant: Option<String>,
}

struct Plan<'a> {
    query: &'a Query,
    words: &'a [Word<'a>],
    needs_all_words: bool,
    skills: Vec<&'a [Slot]>,
    teams: Option<Vec<Number>>,
    is_filtered: bool,
}

impl Plan<'_> {
    fn admits(&self, slot: Slot, facts: &Facts, today: NaiveDate) -> bool {
        !self.is_filtered
            || (self.query.admits(facts, today)
                && self.teams.as_ref().is_none_or(|teams| teams.contains(&facts.team))
                && self.skills.iter().all(|skill| skill.binary_search(&slot).is_ok()))
    }
}

struct Room<'a> {
    hidden: &'a [Slot],
    today: NaiveDate,
    offset: usize,
    limit: usize,
}

/// Posts that have all words; the scores are added in the order of the query.
fn intersect(words: &[Word<'_>], mut see: impl FnMut(Slot, f32)) {
    let Some(rarest) = words.iter().map(|word| &word.postings).min_by_key(|postings| postings.len()) else { return };
    let mut places = vec![0; words.len()];
    'posts: for Posting { slot, .. } in rarest.iter() {
        let mut score = 0.0;
        for (word, place) in words.iter().zip(&mut places) {
            let rest = &word.postings[*place..];
            *place += rest.partition_point(|posting| posting.slot < *slot);
            match word.postings.get(*place).filter(|posting| posting.slot == *slot) {
                Some(posting) => score += posting.impact * word.rarity,
                None => continue 'posts,
            }
        }
        see(*slot, score);
    }
}

/// Posts that have any word.
fn unite(words: &[Word<'_>], posts: usize, mut see: impl FnMut(Slot, f32)) {
    let mut scores = vec![0.0_f32; posts];
    for word in words {
        for posting in word.postings.iter() {
            scores[posting.slot as usize] += posting.impact * word.rarity;
        }
    }
    for (slot, score) in (0..).zip(scores) {
        if score > 0.0 {
            see(slot, score);
        }
    }
}

/// Counts and keeps the best while the results go by.
struct Tally<'a> {
    index: &'a Index,
    room: &'a Room<'a>,
    best: Best,
    total: usize,
    kinds: [usize; Kind::ALL.len()],
    hours: [usize; HoursRange::ALL.len()],
    remote: usize,
    teams: Vec<usize>,
}

impl<'a> Tally<'a> {
    fn new(index: &'a Index, room: &'a Room<'a>) -> Tally<'a> {
        Tally {
            index,
            room,
            best: Best::new(room.offset.saturating_add(room.limit)),
            total: 0,
            kinds: Default::default(),
            hours: Default::default(),
            remote: 0,
            teams: vec![0; index.team_names.len()],
        }
    }

    #[inline]
    fn see(&mut self, plan: &Plan<'_>, slot: Slot, score: f32) {
        let facts = &self.index.facts[slot as usize];
        if facts.until < self.room.today || !plan.admits(slot, facts, self.room.today) {
            return;
        }
        if !self.room.hidden.is_empty() && self.room.hidden.binary_search(&slot).is_ok() {
            return;
        }
        self.total += 1;
        self.kinds[facts.kind as usize] += 1;
        if let Some(hours) = facts.hours {
            self.hours[HoursRange::of(hours) as usize] += 1;
        }
        self.remote += usize::from(facts.is_remote);
        self.teams[facts.team as usize] += 1;
        self.best.offer(Rank { score: exact(score), turn: facts.newest_first(), id: facts.id });
    }

    fn found(self) -> Found {
        let hits = self.best.sorted().into_iter().skip(self.room.offset).map(Hit::from);
        let mut teams: Vec<_> =
            self.teams.iter().zip(&self.index.team_names).filter(|(count, _)| **count > 0).collect();
        teams.sort_unstable_by(|(a, a_name), (b, b_name)| b.cmp(a).then_with(|| a_name.cmp(b_name)));
        Found {
            hits: hits.collect(),
            total: self.total,
            facets: Facets {
                kinds: most_first(Kind::ALL.into_iter().zip(self.kinds)),
                hours: HoursRange::ALL.into_iter().zip(self.hours).filter(|(_, count)| *count > 0).collect(),
                remote: self.remote,
                teams: teams.into_iter().take(TEAMS_SHOWN).map(|(count, name)| (name.clone(), *count)).collect(),
            },
            did_you_mean: None,
            relaxed: None,
        }
    }
}

fn most_first<T: Ord + Copy>(counts: impl Iterator<Item = (T, usize)>) -> Vec<(T, usize)> {
    let mut all: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
    all.sort_by_key(|(what, count)| (std::cmp::Reverse(*count), *what));
    all
}
