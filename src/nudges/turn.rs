//! One turn of one subject: what planning and rehearsing have in common. Pure.
//!
//! A subject (a manager, a channel, one side of a conversation) has a wake-up; when it is due, its nudge looks at the
//! company and at what is known ([`Facts`]) and comes to a [`Turn`]: messages, or a reason for silence, and the next
//! wake-up. Planning writes turns into the database; a rehearsal only notes them in the facts and goes on.

use crate::{
    domain::{
        Instant,
        budget::{self, Ask, Decision, Response, Sent, Settings},
        calendar::Meetings,
        company::Company,
        conversation::{Claim, Conversation},
        feedback::Feedback,
        id::{ConversationId, OpportunityId, PersonId},
        person::Person,
        preference::NudgeKind,
        programme::Programme,
    },
    message::{Address, Card, Platform},
    store::{
        channels::{Channel, Exposure},
        outbox::{Draft, Entry, HOME_TENANT, Urgency},
        slots::Slot,
    },
};
use chrono::TimeDelta;
use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    str::FromStr,
    sync::Arc,
};

/// How far back the budget looks, at its slowest.
pub const MEMORY: TimeDelta = TimeDelta::days(70);
/// How the ledger tells the question "keep, less, stop?" from the message it stands for.
const QUESTION: &str = "question";

/// Whom a wake-up is for, as it stands in the slot table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// Somebody with reports, about all of them.
    Manager(PersonId),
    /// Somebody with a manager, about their own conversation.
    Report(PersonId),
    /// Somebody, about work that fits.
    Person(PersonId),
    Channel(Address),
    /// One of the two of a conversation.
    Side {
        conversation: ConversationId,
        person: PersonId,
    },
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Manager(person) => write!(f, "manager {}", person.0),
            Subject::Report(person) => write!(f, "report {}", person.0),
            Subject::Person(person) => write!(f, "person {}", person.0),
            Subject::Channel(channel) => write!(f, "channel {} {}", channel.platform.as_str(), channel.id),
            Subject::Side { conversation, person } => write!(f, "conversation {} {}", conversation.0, person.0),
        }
    }
}

/// Not a subject that this version of the program wrote.
#[derive(Debug, PartialEq, Eq)]
pub struct Unknown;

impl FromStr for Subject {
    type Err = Unknown;

    fn from_str(text: &str) -> Result<Subject, Unknown> {
        let parts: Vec<&str> = text.split(' ').collect();
        let person = |text: &str| text.parse().map(PersonId).map_err(|_| Unknown);
        match parts[..] {
            ["manager", id] => Ok(Subject::Manager(person(id)?)),
            ["report", id] => Ok(Subject::Report(person(id)?)),
            ["person", id] => Ok(Subject::Person(person(id)?)),
            ["channel", platform, id] => {
                Ok(Subject::Channel(Address::new(Platform::parse(platform).ok_or(Unknown)?, id)))
            }
            ["conversation", id, other] => Ok(Subject::Side {
                conversation: ConversationId(id.parse().map_err(|_| Unknown)?),
                person: person(other)?,
            }),
            _ => Err(Unknown),
        }
    }
}

impl Subject {
    #[must_use]
    pub fn person(&self) -> Option<PersonId> {
        match *self {
            Subject::Manager(person) | Subject::Report(person) | Subject::Person(person) => Some(person),
            Subject::Side { person, .. } => Some(person),
            Subject::Channel(_) => None,
        }
    }
}

/// What a subject's turn comes to.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The last turn handled, including this one if it is.
    pub label: String,
    /// `planned`, or a code that says why nothing is sent.
    pub outcome: &'static str,
    /// What a turn that waits waits for: a code, too.
    pub because: &'static str,
    pub next_at: Option<Instant>,
    pub draft: Option<Draft>,
    /// Goes into the thread of the draft.
    pub thread: Option<Card>,
    pub shown: Option<Shown>,
    /// Other subjects whose turn this message is, too: how their slots stand once it was sent.
    pub also: Vec<Slot>,
}

/// Posts that an audience gets to see by a turn, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub audience: String,
    pub occurrence: String,
    pub posts: Vec<OpportunityId>,
}

impl Turn {
    /// Nothing is sent, for this reason; the next look is at `next_at`.
    #[must_use]
    pub fn silent(label: impl Into<String>, outcome: &'static str, next_at: Option<Instant>) -> Turn {
        Turn {
            label: label.into(),
            outcome,
            because: "",
            next_at,
            draft: None,
            thread: None,
            shown: None,
            also: Vec::new(),
        }
    }

    /// The same turn is looked at again then; `because` says what did not allow it yet.
    #[must_use]
    pub fn later(label: impl Into<String>, because: &'static str, at: Instant) -> Turn {
        Turn { because, ..Turn::silent(label, LATER, Some(at)) }
    }

    /// What became of the turn, as its slot keeps it.
    #[must_use]
    pub fn kept_outcome(&self) -> String {
        format!("{} {}", self.outcome, self.because).trim_end().to_owned()
    }

    /// This message is sent.
    #[must_use]
    pub fn planned(label: impl Into<String>, draft: Draft, next_at: Option<Instant>) -> Turn {
        Turn { draft: Some(draft), ..Turn::silent(label, PLANNED, next_at) }
    }
}

impl Turn {
    /// Why the turn is over without a message, as it is counted; `None` for one that was sent, still waits, or had not
    /// come yet. Whether somebody wants to move is not even counted.
    #[must_use]
    pub fn skipped(&self) -> Option<&'static str> {
        match self.outcome {
            _ if self.draft.is_some() => None,
            LATER | ASKED | AGAIN | STARTED | MOVED => None,
            "not_now" | "no_skills" => Some("nothing_to_go_by"),
            outcome => Some(outcome),
        }
    }
}

/// The subject has its first wake-up.
pub const STARTED: &str = "started";
/// The planned time it waits for was moved.
pub const MOVED: &str = "moved";
pub const PLANNED: &str = "planned";
/// Its time passed while nobody was there to plan it.
pub const STALE: &str = "skipped_stale";
/// The same turn is looked at again: the budget, or the hour, did not allow it yet.
pub const LATER: &str = "later";
/// The person was asked "keep, less, stop?" instead.
pub const ASKED: &str = "asked";
/// The person asked to be asked again.
pub const AGAIN: &str = "again";

/// Whether the same turn still waits, so that a newly reckoned time must not replace its own.
#[must_use]
pub fn is_waiting(slot: &Slot) -> bool {
    is_later(slot) || [ASKED, AGAIN].contains(&slot.outcome.as_str())
}

/// Whether the same turn waits for what did not allow it yet.
#[must_use]
pub fn is_later(slot: &Slot) -> bool {
    slot.outcome.split(' ').next() == Some(LATER)
}

/// What the database knows about those who are due.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub sent: HashMap<PersonId, Vec<Sent>>,
    pub conversations: HashMap<ConversationId, Conversation>,
    pairs: HashMap<(PersonId, PersonId, String), ConversationId>,
    /// When each person has a conversation already, on either side.
    taken: HashMap<PersonId, Vec<Instant>>,
    pub last_held: HashMap<PersonId, Instant>,
    pub channels: HashMap<Address, Channel>,
    /// What each audience was shown.
    pub exposures: HashMap<String, Vec<Exposure>>,
    /// Where other subjects of the same nudge stand, by their text.
    pub slots: HashMap<String, Slot>,
    /// The posts each person knows already.
    pub known: HashMap<PersonId, BTreeSet<OpportunityId>>,
    /// What each person thinks of posts.
    pub feedback: HashMap<PersonId, Feedback>,
    /// When people could meet, whatever they have planned.
    pub meetings: Arc<Meetings>,
}

impl Facts {
    pub fn add_conversation(&mut self, it: Conversation) {
        if let Some(at) = it.planned_at.filter(|_| !it.is_skipped) {
            self.take_time(it.manager, at);
            self.take_time(it.report, at);
        }
        self.pairs.insert((it.manager, it.report, it.window.clone()), it.id);
        self.conversations.insert(it.id, it);
    }

    /// The person is busy then.
    pub fn take_time(&mut self, person: PersonId, at: Instant) {
        self.taken.entry(person).or_default().push(at);
    }

    #[must_use]
    pub fn taken(&self, person: PersonId) -> &[Instant] {
        self.taken.get(&person).map_or(&[], Vec::as_slice)
    }

    #[must_use]
    pub fn of_pair(&self, manager: PersonId, report: PersonId, window: &str) -> Option<&Conversation> {
        self.pairs.get(&(manager, report, window.to_owned())).and_then(|id| self.conversations.get(id))
    }

    /// A line of the ledger, as the budget sees it. What never left is not counted.
    pub fn add_entry(&mut self, entry: &Entry) {
        if let (Some(person), Some(kind)) = (entry.person, entry.nudge())
            && entry.is_nudge
            && !["cancelled", "expired", "dead"].contains(&entry.state.as_str())
        {
            self.sent.entry(person).or_default().push(Sent {
                kind,
                at: entry.settled_at.filter(|_| entry.state == "sent").unwrap_or(entry.due_at),
                is_bundled_manager: is_bundle(kind, &entry.subject),
                is_question: entry.occurrence.ends_with(QUESTION),
                response: match entry.response.as_deref() {
                    Some("acted") => Some(Response::Acted),
                    Some("dismissed") => Some(Response::Dismissed),
                    Some("fewer") => Some(Response::Fewer),
                    Some("snoozed") => Some(Response::Snoozed),
                    _ => None,
                },
            });
        }
    }

    /// Takes in what a turn did, as reading the database again would.
    pub fn apply(&mut self, turn: &Turn, now: Instant) {
        if let Some(draft) = &turn.draft
            && let (Some(person), Some(kind)) = (draft.person, NudgeKind::parse(&draft.kind))
        {
            self.sent.entry(person).or_default().push(Sent {
                kind,
                at: draft.due_at,
                is_bundled_manager: is_bundle(kind, &draft.subject),
                is_question: draft.occurrence.ends_with(QUESTION),
                response: None,
            });
        }
        if let Some(shown) = &turn.shown {
            if let Some(person) = turn.draft.as_ref().and_then(|draft| draft.person) {
                self.known.entry(person).or_default().extend(&shown.posts);
            }
            let seen = self.exposures.entry(shown.audience.clone()).or_default();
            for post in &shown.posts {
                seen.push(Exposure { post: *post, occurrence: shown.occurrence.clone(), shown_at: now });
            }
        }
    }
}

#[must_use]
pub fn is_bundle(kind: NudgeKind, subject: &str) -> bool {
    kind == NudgeKind::CareerConversation && subject.starts_with("manager")
}

/// Everything a turn is decided by.
pub struct World<'a> {
    pub company: &'a Company,
    pub programme: &'a Programme,
    pub facts: &'a Facts,
    pub now: Instant,
}

/// A turn of a person's nudge that wants to be sent.
pub struct Wish<'a> {
    pub kind: NudgeKind,
    pub slot: &'a Slot,
    /// How the turn is called once it was handled.
    pub label: String,
    /// How it is called in the ledger.
    pub occurrence: String,
    /// When the turn after this one comes.
    pub next_at: Option<Instant>,
    /// A turn that could be sent only then gives way to the next one.
    pub gives_way_at: Option<Instant>,
    /// Sent later than this it would make no sense.
    pub useful_until: Option<Instant>,
    pub has_deadline: bool,
}

impl World<'_> {
    /// Sends the message if the person may be written to now; waits, asks or gives the turn up otherwise.
    #[must_use]
    pub fn send(&self, person: &Person, wish: &Wish<'_>, message: impl FnOnce(Instant) -> Message) -> Turn {
        let give_up = |outcome| Turn::silent(wish.label.clone(), outcome, wish.next_at);
        let due = wish.slot.next_at.unwrap_or(self.now);
        let Some(address) = self.company.address_of(person.id) else { return give_up("no_account") };
        if self.now - due > self.programme.grace {
            return give_up(STALE);
        }
        let settings = Settings::of(person, self.programme);
        let ask = Ask {
            kind: wish.kind,
            is_bundled_manager: is_bundle(wish.kind, &wish.slot.subject),
            has_deadline: wish.has_deadline,
            now: self.now,
            useful_until: wish.useful_until,
        };
        let wait = |at: Instant, outcome, because| match wish.gives_way_at {
            Some(next) if at >= next => give_up(because),
            _ => {
                // A message that was asked for again stays one, however long it waits.
                let (outcome, because) = if wish.slot.outcome == AGAIN { (AGAIN, "") } else { (outcome, because) };
                let at = at.max(self.now + TimeDelta::seconds(1));
                Turn { because, ..Turn::silent(wish.slot.label.clone(), outcome, Some(at)) }
            }
        };
        let sent = self.facts.sent.get(&person.id).map_or(&[][..], Vec::as_slice);
        match budget::decide(&ask, &settings, sent) {
            Decision::Send => {
                Turn::planned(wish.label.clone(), self.draft(person, address, wish, message(self.now)), wish.next_at)
            }
            Decision::Question => {
                let again = settings.next_moment(self.now + TimeDelta::days(3));
                let mut turn = wait(again, ASKED, "");
                let question = super::exits::question(wish.kind);
                let mut draft = self.draft(person, address, wish, question);
                draft.occurrence = format!("{} {QUESTION}", draft.occurrence);
                turn.draft = Some(draft);
                turn
            }
            Decision::Later { at, reason: budget::Reason::QuietHours | budget::Reason::FreeDay }
                if settings.is_welcome(due) && at - due > self.programme.grace =>
            {
                give_up(STALE)
            }
            Decision::Later { at, reason } => wait(at, LATER, reason.code()),
            Decision::Never { reason } => give_up(reason.code()),
        }
    }

    fn draft(&self, person: &Person, address: &Address, wish: &Wish<'_>, message: Message) -> Draft {
        Draft {
            tenant: HOME_TENANT.to_owned(),
            platform: address.platform,
            kind: wish.kind.as_str().to_owned(),
            subject: message.subject.unwrap_or_else(|| wish.slot.subject.clone()),
            recipient: address.id.clone(),
            occurrence: wish.occurrence.clone(),
            person: Some(person.id),
            is_nudge: true,
            why: message.why,
            card: message.card,
            thread_of: None,
            urgency: Urgency::Nudge,
            due_at: self.now,
            useful_until: wish.useful_until,
        }
    }

    /// The first name, for a sentence.
    #[must_use]
    pub fn name(&self, person: PersonId) -> String {
        first_name(self.company, person)
    }
}

/// The first name, for a sentence.
#[must_use]
pub fn first_name(company: &Company, person: PersonId) -> String {
    company.person(person).map_or("your colleague", Person::first_name).to_owned()
}

/// The words of a nudge.
pub struct Message {
    pub card: Card,
    /// Why it is sent, as the ledger tells it.
    pub why: String,
    /// What it is about, where that is not the subject of the turn.
    pub subject: Option<String>,
}

/// Whether this conversation still needs a time. One that was planned and has passed waits for the two answers first.
#[must_use]
pub fn needs_time(it: &Conversation, now: Instant) -> bool {
    let says = [it.manager_says, it.report_says];
    let is_said = says.contains(&Some(Claim::Held)) || it.is_skipped;
    !is_said && (it.planned_at.is_none() || (it.planned_at < Some(now) && says.contains(&Some(Claim::NotHeld))))
}
