//! Facts instead of scores: why a post fits, what is missing, and which rule hides it.

use crate::domain::calendar::spoken_day;
use chrono::NaiveDate;

/// One fact for which a post is shown, or about what is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Words of the search that stand in the post.
    Says(Vec<String>),
    /// Skills of the search that the post names.
    Names(Vec<String>),
    /// A skill of the post that is next to one of the search.
    Near(String),
    /// The kind of work that the search asks for.
    WorkLike(String),
    /// It looks like the kind of work that the search asks for; its title is none that everybody knows.
    LooksLikeThat,
    /// Needed skills the person has, of so many that are needed.
    Has { skills: Vec<String>, of: usize },
    /// Needed skills the person neither has nor wants.
    Misses(Vec<String>),
    /// Skills the team teaches that are on the person's list.
    Learns(Vec<String>),
    /// Needed or helpful skills that are on the person's list.
    Uses(Vec<String>),
    /// Helpful skills the person has.
    Helps(Vec<String>),
    /// Needed or helpful skills the person lacks, each with one of theirs that is next to it.
    Close(Vec<(String, String)>),
    /// Work like the person's own: the occupation theirs is read as, that of the post where it is another, and what both
    /// take.
    LikeYours { yours: String, theirs: Option<String>, shared: Vec<String> },
    /// The kind of work that uses skills like the person's.
    OfYourSkills(String),
    /// It looks like the person's work, or like what they wish for; its title is none that everybody knows.
    LooksRight,
    /// Work on the way to the role the person wishes for.
    TowardsWish(String),
    /// The kind of work that uses what the person wants to learn, next to their own.
    TowardsList(String),
    /// The hours the person can spare are enough.
    FitsHours(u32),
    /// The work is where the person is.
    SamePlace(String),
    /// The owner works somewhere else in the company.
    OtherDepartment(String),
    /// Fewer people than its share have seen it.
    ShownToFew,
}

impl Reason {
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Reason::Says(words) => format!("Says {}.", list(words)),
            Reason::Names(skills) => format!("Names {}.", list(skills)),
            Reason::Near(skill) => format!("Close to what you look for: {skill}."),
            Reason::WorkLike(title) => format!("Work like that of {title}."),
            Reason::LooksLikeThat => "Its title and skills look like that kind of work.".to_owned(),
            Reason::Has { skills, of } if skills.len() == *of => format!("You have {}.", list(skills)),
            Reason::Has { skills, of } => {
                format!("{} of {of} skill{}: {}.", skills.len(), if *of == 1 { "" } else { "s" }, list(skills))
            }
            Reason::Misses(skills) => format!("Missing: {}.", list(skills)),
            Reason::Learns(skills) => format!("You'd learn {} — on your list.", list(skills)),
            Reason::Uses(skills) => format!("You want to learn {}; it is used here.", list(skills)),
            Reason::Helps(skills) => format!("{} would help, and you have it.", list(skills)),
            Reason::Close(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(had, needed)| format!("{had} ↔ {needed}")).collect();
                format!("Close to what you know: {}.", list(&pairs))
            }
            Reason::LikeYours { yours, theirs: None, .. } => format!("Work like yours: {yours}."),
            Reason::LikeYours { yours, theirs: Some(theirs), shared } if shared.is_empty() => {
                format!("Work like yours: {yours} → {theirs}.")
            }
            Reason::LikeYours { yours, theirs: Some(theirs), shared } => {
                format!("Work like yours: {yours} → {theirs}. Both take {}.", list(shared))
            }
            Reason::OfYourSkills(work) => format!("Skills like yours are used by {work}."),
            Reason::LooksRight => "Its title and skills look like your kind of work.".to_owned(),
            Reason::TowardsWish(role) => format!("On the way to your wish: {role}."),
            Reason::TowardsList(work) => format!("What you want to learn is used by {work}."),
            Reason::FitsHours(hours) => format!("Fits your time: {hours} h a week."),
            Reason::SamePlace(place) => format!("In {place}, like you."),
            Reason::OtherDepartment(department) => format!("Led by {department}: another department."),
            Reason::ShownToFew => "Shown to few people so far.".to_owned(),
        }
    }
}

/// All sentences in one line.
#[must_use]
pub fn sentences(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::sentence).collect::<Vec<_>>().join(" ")
}

fn list(names: &[String]) -> String {
    names.join(", ")
}

/// How well a post and a person meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Band {
    /// All needed skills are there.
    Strong,
    /// At least half of them are, or the work is like the person's own.
    Good,
    /// Few are, but it is what the person wants to learn, or on the way to what they wish for.
    Stretch,
    /// It shares something with the person, and no more.
    Far,
}

impl Band {
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Band::Strong => "Strong match",
            Band::Good => "Good match",
            Band::Stretch => "Stretch: new to you, and on your list",
            Band::Far => "Further off",
        }
    }
}

/// The rule that keeps a post from a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    Closed,
    Full,
    /// The last day to come in was this one.
    Past(NaiveDate),
    /// The person said "not for me".
    Hidden,
    /// The person's own post.
    Own,
    /// More hours a week than the person can spare.
    TooManyHours {
        needs: u32,
        free: u32,
    },
    /// It starts before the person is free.
    StartsTooEarly {
        starts: NaiveDate,
        free: NaiveDate,
    },
    /// It is at another place, and the person asked for work where they are or from anywhere.
    Elsewhere(String),
    /// A rule of the company; its text.
    NotEligible(String),
    /// It was shown on so many days without an answer.
    Ignored(u32),
}

impl Filter {
    #[must_use]
    pub fn sentence(&self) -> String {
        match self {
            Filter::Closed => "Filtered: it is closed.".to_owned(),
            Filter::Full => "Filtered: all places are taken.".to_owned(),
            Filter::Past(day) => format!("Filtered: the last day to join was {}.", spoken_day(*day)),
            Filter::Hidden => "Filtered: you said it is not for you.".to_owned(),
            Filter::Own => "Filtered: it is your own post.".to_owned(),
            Filter::TooManyHours { needs, free } => {
                format!("Filtered: it takes {needs} h a week, and you can spare {free} h.")
            }
            Filter::StartsTooEarly { starts, free } => {
                format!("Filtered: it starts on {}, before you are free ({}).", spoken_day(*starts), spoken_day(*free))
            }
            Filter::Elsewhere(place) => format!("Filtered: it is in {place}, and you asked for work near you."),
            Filter::NotEligible(rule) => format!("Filtered: {rule}"),
            Filter::Ignored(days) => format!("Filtered: it was shown to you on {days} days. Search still finds it."),
        }
    }
}

/// Everything there is to say about one post and one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// `None`: nothing speaks for it yet.
    pub band: Option<Band>,
    /// Needed skills the person has.
    pub fits: Vec<String>,
    /// Needed skills the person does not have.
    pub missing: Vec<String>,
    /// Skills the team teaches and the person does not have.
    pub teaches: Vec<String>,
    /// Skills of the post that are on the person's list.
    pub wanted: Vec<String>,
    pub hidden_by: Option<Filter>,
    /// The same as facts to show, most important first.
    pub reasons: Vec<Reason>,
}

impl Why {
    /// Reasons and, where there is one, the filter, in one line.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut said: Vec<String> = self.hidden_by.iter().map(|filter| filter.sentence()).collect();
        said.extend(self.reasons.iter().map(Reason::sentence));
        if self.band.is_none() && self.hidden_by.is_none() {
            said.push("Nothing on your profile speaks for it yet: add what you have or want with `skills`.".to_owned());
        }
        said.join(" ")
    }
}
