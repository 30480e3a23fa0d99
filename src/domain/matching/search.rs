//! Search: the open posts for a query, best first.

use super::{
    index::{Facts, Index, Number, Slot},
    openings::Asking,
    profile::Profile,
    query::Query,
    rank::{Best, Rank, exact},
    reading::{Mask, Named, Reading, Word, bit},
    reason::Reason,
};
use crate::domain::{
    id::OpportunityId,
    opportunity::Kind,
    person::Person,
    skills::{self, taxonomy},
};
use chrono::NaiveDate;
use std::cell::RefCell;

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
    /// How many of them have all that was asked for; the others come near. None where `relaxed` says so.
    pub answers: usize,
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
            Relaxed::Words => "No open post has all of that. These come near:",
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

    pub(super) fn of(hours: u32) -> HoursRange {
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

/// Kind, hours and remote or not in one number, so that a result is counted in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sort(u8);

/// Those with no hours come after those with some.
const HOURS: usize = HoursRange::ALL.len() + 1;

impl Sort {
    const COUNT: usize = Kind::ALL.len() * HOURS * 2;

    pub fn of(kind: Kind, hours: Option<HoursRange>, is_remote: bool) -> Sort {
        let hours = hours.map_or(HoursRange::ALL.len(), |hours| hours as usize);
        Sort(u8::try_from((kind as usize * HOURS + hours) * 2 + usize::from(is_remote)).unwrap_or(0))
    }

    fn kind(at: usize) -> Kind {
        Kind::ALL[at / 2 / HOURS]
    }

    fn hours(at: usize) -> Option<HoursRange> {
        HoursRange::ALL.get(at / 2 % HOURS).copied()
    }

    fn is_remote(at: usize) -> bool {
        at % 2 == 1
    }
}

/// How many teams a facet names.
const TEAMS_SHOWN: usize = 10;

/// What speaks for a post: its words (at most 1), skills that are named, skills next to those, the kind of work, and a
/// sentence that says together what was asked for. Measured, see docs/matching.md.
const NAMED: f32 = 1.0;
const NEAR: f32 = 0.3;
const ROLE: f32 = 0.6;
const SENTENCE: f32 = 1.0;
/// A word that says nearly the same as one of a description.
const LIKE: f32 = 0.5;
/// Skills next to those that were asked for count where fewer posts name the skills themselves.
const FEW: usize = 50;
/// What speaks less for a post than this share of the best is no result, unless it has every word or names the skill.
const LEAST: f32 = 0.2;
/// What has all that was asked for stands above what only comes near.
const ANSWER: f32 = 10.0;
/// So many of the best are looked at sentence by sentence.
const READ: usize = 100;

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
        let reading = self.read_query(query);
        let room = Room { hidden: &hidden, today, offset, limit };
        let mut found = self.run(&self.plan(query, &reading), &room);
        if found.total == 0 && !query.is_empty() {
            for (relaxed, easier) in easier(query) {
                let nearest = if easier.text == query.text {
                    self.run(&self.plan(&easier, &reading), &room)
                } else {
                    self.run(&self.plan(&easier, &self.read_query(&easier)), &room)
                };
                if nearest.total > 0 {
                    found = Found { relaxed: Some(relaxed), ..nearest };
                    break;
                }
            }
        }
        found.did_you_mean = self.corrected(query, &reading.words);
        let profile = viewer.map(|viewer| Profile::plain(self, viewer));
        for hit in &mut found.hits {
            hit.why = self.because(hit.id, &reading);
            if let Some(profile) = &profile {
                hit.why.extend(self.plain_reasons(hit.id, profile));
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

    fn plan<'a>(&'a self, query: &'a Query, reading: &'a Reading<'a>) -> Plan<'a> {
        let skills =
            query.skills.iter().map(|skill| self.lexicon.get(skill).map_or(&[][..], |it| self.openings.asking(it)));
        let teams = query.team.as_ref().map(|team| {
            let wanted = skills::fold(team);
            self.teams.iter().filter(|(name, _)| name.contains(&wanted)).map(|(_, number)| number).collect()
        });
        Plan { reading, skills: skills.collect(), teams, is_filtered: query.has_filters(), query }
    }

    fn run(&self, plan: &Plan<'_>, room: &Room<'_>) -> Found {
        let mut tally = Tally::new(self, room);
        if plan.query.text.is_empty() {
            let mut see = |slot| {
                if tally.admits(plan, slot) {
                    tally.see(slot, 0.0);
                }
            };
            match plan.skills.first() {
                Some(asking) => asking.iter().map(|it| it.slot).for_each(&mut see),
                None => self.open.iter().copied().for_each(&mut see),
            }
            tally.answers = tally.total;
            return tally.found();
        }
        BOARDS.with_borrow_mut(|[board, nearest]| {
            board.clear(self.docs.len());
            nearest.clear(self.docs.len());
            let everything = self.add_up(plan.reading, board, nearest);
            board.keep(|slot| tally.admits(plan, slot));
            if plan.reading.is_description {
                self.read_sentences(plan.reading, board);
            }
            let least = LEAST * board.best();
            for slot in board.touched() {
                let cell = board.cells[*slot as usize];
                if cell.said & everything == everything {
                    tally.answers += 1;
                    tally.see(*slot, ANSWER + cell.score);
                } else if cell.score >= least {
                    tally.see(*slot, cell.score);
                }
            }
        });
        tally.found()
    }

    /// Adds up everything that speaks for each post; the words of the query, a bit each.
    fn add_up(&self, reading: &Reading<'_>, board: &mut Board, nearest: &mut Board) -> Mask {
        let all: f32 = reading.words.iter().map(|word| word.rarity).sum();
        let mut everything = 0;
        for (at, word) in reading.words.iter().enumerate() {
            let (worth, by) = (word.rarity / all, bit(at));
            everything |= by;
            for posting in word.postings.iter() {
                board.add(posting.slot, posting.impact * worth, by);
            }
            for (stem, nearness) in &word.like {
                let postings = self.postings_of(*stem);
                let worth = LIKE * nearness * word.rarity.min(self.rarity_of(postings.len())) / all;
                for posting in postings {
                    board.add(posting.slot, posting.impact * worth, 0);
                }
            }
        }
        for Named { skill, sure, by } in &reading.skills {
            let by = if *sure >= SURE { *by } else { 0 };
            for Asking { slot, .. } in self.openings.asking(*skill) {
                board.add(*slot, NAMED * sure, by);
            }
        }
        let named: usize = reading.skills.iter().map(|it| self.openings.asking(it.skill).len()).sum();
        if named < FEW {
            for (skill, nearness) in &reading.near {
                for Asking { slot, .. } in self.openings.asking(*skill) {
                    nearest.raise(*slot, *nearness);
                }
            }
        }
        for slot in nearest.touched() {
            board.add(*slot, NEAR * nearest.cells[*slot as usize].score, 0);
        }
        for (role, likeness) in &reading.roles {
            let by = if reading.named_roles.contains(role) { reading.roles_by } else { 0 };
            for posting in self.openings.working(*role) {
                let by = if posting.impact >= MOSTLY { by } else { 0 };
                board.add(posting.slot, ROLE * likeness * posting.impact, by);
            }
        }
        everything
    }

    /// Adds what the best sentence of each of the best posts says of the query.
    fn read_sentences(&self, reading: &Reading<'_>, board: &mut Board) {
        let mut best = Best::new(READ);
        for slot in board.touched() {
            let score = exact(board.cells[*slot as usize].score);
            if best.may_take(score) {
                best.offer(Rank { score, turn: u64::from(*slot), id: self.facts[*slot as usize].id });
            }
        }
        let sought = self.sought(&reading.words);
        let all: f32 = reading.words.iter().map(|word| word.rarity).sum();
        for rank in best.sorted() {
            let Some(slot) = self.slot(rank.id) else { continue };
            board.cells[slot as usize].score += SENTENCE * self.best_sentence(slot, &sought) / all;
        }
    }

    /// Why a post came up for a query.
    fn because(&self, id: OpportunityId, reading: &Reading<'_>) -> Vec<Reason> {
        let (Some(post), Some(slot)) = (self.get(id), self.slot(id)) else { return Vec::new() };
        let numbers = &self.docs[slot as usize].skills;
        let named =
            |number: Number| numbers.iter().zip(post.skills()).find(|(it, _)| **it == number).map(|(_, name)| name);
        let mut because = Vec::new();
        let names: Vec<String> =
            reading.skills.iter().filter_map(|it| named(it.skill)).map(|name| name.trim().to_owned()).collect();
        let is_said = |word: &&Word<'_>| {
            let is_there = word.postings.binary_search_by_key(&slot, |posting| posting.slot).is_ok();
            is_there && !names.iter().any(|name| skills::words(name).contains(&word.typed))
        };
        let words: Vec<String> = reading.words.iter().filter(is_said).map(|word| word.typed.clone()).collect();
        if !names.is_empty() {
            because.push(Reason::Names(names));
        }
        if !words.is_empty() {
            because.push(Reason::Says(words));
        }
        if because.is_empty() {
            let near = reading.near.iter().filter_map(|(skill, nearness)| Some((nearness, named(*skill)?)));
            if let Some((_, name)) = near.max_by(|(a, _), (b, _)| a.total_cmp(b)) {
                because.push(Reason::Near(name.trim().to_owned()));
            }
            let asks = self.openings.asks(slot);
            let like = asks.work.iter().find(|(role, _)| reading.roles.iter().any(|(other, _)| other == role));
            if let Some((role, _)) = like {
                // What a title that nobody knows is taken for is a guess, and not said as a fact.
                let title = asks.is_named.then(|| taxonomy().occupation(*role).title.to_string());
                because.push(title.map_or(Reason::LooksLikeThat, Reason::WorkLike));
            }
        }
        because
    }
}

/// From which weight on an occupation is what a post is about.
const MOSTLY: f32 = 0.5;
/// From which certainty on naming a skill answers the question.
const SURE: f32 = 0.5;

/// Scores by slot while they are added up.
#[derive(Default)]
struct Board {
    cells: Vec<Cell>,
    /// The slots with a score come first; there is room for all.
    slots: Vec<Slot>,
    touched: usize,
}

#[derive(Clone, Copy, Default)]
struct Cell {
    score: f32,
    said: Mask,
}

thread_local! {
    /// Kept between searches, because clearing what was touched costs less than a new one.
    static BOARDS: RefCell<[Board; 2]> = RefCell::default();
}

impl Board {
    fn clear(&mut self, posts: usize) {
        for slot in &self.slots[..self.touched] {
            self.cells[*slot as usize] = Cell::default();
        }
        self.touched = 0;
        self.cells.resize(posts, Cell::default());
        self.slots.resize(posts, 0);
    }

    fn touched(&self) -> &[Slot] {
        &self.slots[..self.touched]
    }

    /// Without a branch on whether it is new here, which nobody can foretell.
    #[inline]
    fn touch(&mut self, slot: Slot) -> &mut Cell {
        let cell = &mut self.cells[slot as usize];
        if let Some(next) = self.slots.get_mut(self.touched) {
            *next = slot;
            self.touched += usize::from(cell.score.to_bits() == 0);
        }
        cell
    }

    #[inline]
    fn add(&mut self, slot: Slot, score: f32, says: Mask) {
        let cell = self.touch(slot);
        cell.score += score;
        cell.said |= says;
    }

    #[inline]
    fn raise(&mut self, slot: Slot, score: f32) {
        let cell = self.touch(slot);
        cell.score = cell.score.max(score);
    }

    fn best(&self) -> f32 {
        let mut best = 0.0;
        for slot in self.touched() {
            let score = self.cells[*slot as usize].score;
            if score > best {
                best = score;
            }
        }
        best
    }

    /// Forgets every other slot.
    fn keep(&mut self, is_kept: impl Fn(Slot) -> bool) {
        let mut kept = 0;
        for at in 0..self.touched {
            let slot = self.slots[at];
            self.slots[kept] = slot;
            if is_kept(slot) {
                kept += 1;
            } else {
                self.cells[slot as usize] = Cell::default();
            }
        }
        self.touched = kept;
    }
}

/// The query with one thing less, from the least important on.
fn easier(query: &Query) -> Vec<(Relaxed, Query)> {
    let mut steps = Vec::new();
    let mut step = |is_there: bool, relaxed, change: &dyn Fn(&mut Query)| {
        if is_there {
            let mut easier = query.clone();
            change(&mut easier);
            steps.push((relaxed, easier));
        }
    };
    step(query.starts.is_some(), Relaxed::Starts, &|query| query.starts = None);
    let has_hours = query.min_hours.is_some() || query.max_hours.is_some();
    step(has_hours, Relaxed::Hours, &|query| (query.min_hours, query.max_hours) = (None, None));
    step(query.remote.is_some(), Relaxed::Remote, &|query| query.remote = None);
    step(query.team.is_some(), Relaxed::Team, &|query| query.team = None);
    step(!query.kinds.is_empty(), Relaxed::Kind, &|query| query.kinds.clear());
    step(!query.skills.is_empty(), Relaxed::Skill, &|query| query.skills.clear());
    let only_words = |query: &mut Query| *query = Query { text: std::mem::take(&mut query.text), ..Query::default() };
    step(query.has_filters() && !query.text.is_empty(), Relaxed::Filters, &only_words);
    step(true, Relaxed::Everything, &|query| *query = Query::default());
    steps
}

struct Plan<'a> {
    query: &'a Query,
    reading: &'a Reading<'a>,
    skills: Vec<&'a [Asking]>,
    teams: Option<Vec<Number>>,
    is_filtered: bool,
}

impl Plan<'_> {
    fn admits(&self, slot: Slot, facts: &Facts, today: NaiveDate) -> bool {
        self.query.admits(facts, today)
            && self.teams.as_ref().is_none_or(|teams| teams.contains(&facts.team))
            && self.skills.iter().all(|asking| asking.binary_search_by_key(&slot, |it| it.slot).is_ok())
    }
}

struct Room<'a> {
    hidden: &'a [Slot],
    today: NaiveDate,
    offset: usize,
    limit: usize,
}

/// Counts and keeps the best while the results go by.
struct Tally<'a> {
    index: &'a Index,
    room: &'a Room<'a>,
    best: Best,
    total: usize,
    /// How many of them have all that was asked for.
    answers: usize,
    sorts: [usize; Sort::COUNT],
    teams: Vec<usize>,
}

impl<'a> Tally<'a> {
    fn new(index: &'a Index, room: &'a Room<'a>) -> Tally<'a> {
        Tally {
            index,
            room,
            best: Best::new(room.offset.saturating_add(room.limit)),
            total: 0,
            answers: 0,
            sorts: [0; Sort::COUNT],
            teams: vec![0; index.team_names.len()],
        }
    }

    #[inline]
    fn admits(&self, plan: &Plan<'_>, slot: Slot) -> bool {
        self.index.counted[slot as usize].until >= self.room.today
            && (!plan.is_filtered || plan.admits(slot, &self.index.facts[slot as usize], self.room.today))
            && (self.room.hidden.is_empty() || self.room.hidden.binary_search(&slot).is_err())
    }

    #[inline]
    fn see(&mut self, slot: Slot, score: f32) {
        let counted = &self.index.counted[slot as usize];
        self.total += 1;
        self.sorts[usize::from(counted.sort.0)] += 1;
        self.teams[counted.team as usize] += 1;
        let score = exact(score);
        if self.best.may_take(score) {
            let facts = &self.index.facts[slot as usize];
            self.best.offer(Rank { score, turn: facts.newest_first(), id: facts.id });
        }
    }

    fn found(self) -> Found {
        let hits = self.best.sorted().into_iter().skip(self.room.offset).map(Hit::from);
        let mut teams: Vec<_> =
            self.teams.iter().zip(&self.index.team_names).filter(|(count, _)| **count > 0).collect();
        teams.sort_unstable_by(|(a, a_name), (b, b_name)| b.cmp(a).then_with(|| a_name.cmp(b_name)));
        let count = |is_meant: &dyn Fn(usize) -> bool| -> usize {
            self.sorts.iter().enumerate().filter(|(at, _)| is_meant(*at)).map(|(_, count)| count).sum()
        };
        let hours = HoursRange::ALL.into_iter().map(|range| (range, count(&|at| Sort::hours(at) == Some(range))));
        Found {
            hits: hits.collect(),
            total: self.total,
            answers: self.answers,
            facets: Facets {
                kinds: most_first(Kind::ALL.into_iter().map(|kind| (kind, count(&|at| Sort::kind(at) == kind)))),
                hours: hours.filter(|(_, count)| *count > 0).collect(),
                remote: count(&Sort::is_remote),
                teams: teams.into_iter().take(TEAMS_SHOWN).map(|(count, name)| (name.clone(), *count)).collect(),
            },
            did_you_mean: None,
            relaxed: (self.total > 0 && self.answers == 0).then_some(Relaxed::Words),
        }
    }
}

fn most_first<T: Ord + Copy>(counts: impl Iterator<Item = (T, usize)>) -> Vec<(T, usize)> {
    let mut all: Vec<_> = counts.filter(|(_, count)| *count > 0).collect();
    all.sort_by_key(|(what, count)| (std::cmp::Reverse(*count), *what));
    all
}
