//! The measures of a quarter. Each carries its definition, its count beside the whole, and its departments, of which the
//! small ones stay hidden ([`measure::guard`]).

mod exposure;

use crate::{
    domain::{
        Instant,
        calendar::{Quarter, local_date, resolve, spoken_time},
        company::Company,
        conversation::{Conversation, Standing},
        id::PersonId,
        measure::{self, Figure, Guarded, Part},
        opportunity::ApplicationState,
        person::Person,
        programme::Programme,
    },
    store::{
        Tx, conversations,
        live::Live,
        reports::{self, Applied, Sent},
        showings,
    },
};
use chrono::{Days, NaiveDate, NaiveTime};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;

const NO_DEPARTMENT: &str = "No department recorded";
const CHANNELS: &str = "Channels";
/// Newcomers count from their thirtieth day.
const SETTLED: Days = Days::new(30);

/// How a figure is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    /// A part of a whole.
    Share,
    /// Things beside the people they come from.
    People,
    /// A cost beside a thousand messages.
    Thousand,
}

/// One measure, with what may be shown of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measure {
    pub id: &'static str,
    pub name: &'static str,
    /// What is counted, and of what.
    pub definition: &'static str,
    unit: Unit,
    pub shown: Guarded,
    /// How often each reason was given, where there are reasons: codes, most frequent first.
    pub reasons: Vec<(String, u64)>,
}

/// Everything that is measured of one quarter, at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub quarter: Quarter,
    pub at: Instant,
    pub smallest_group: u32,
    pub measures: Vec<Measure>,
    when: String,
}

/// Counts a quarter as it stands now.
///
/// # Errors
/// The database refused.
pub async fn report(
    tx: &mut Tx,
    live: &Live,
    programme: &Programme,
    quarter: Quarter,
    now: Instant,
) -> anyhow::Result<Report> {
    let zone = programme.default_zone;
    let from = resolve(zone, quarter.start(), NaiveTime::MIN);
    let to = resolve(zone, quarter.next().start(), NaiveTime::MIN);
    let conversations = conversations::of_window(tx, &quarter.label()).await?;
    let applied = reports::applications(tx, from, to).await?;
    let sent = reports::deliveries(tx, from, to.min(now + chrono::Duration::milliseconds(1))).await?;
    let suggested = showings::suggested(tx, quarter).await?;
    let company = live.read();
    let today = local_date(zone, now);
    let counting = Counting::new(&company, programme, today, quarter);
    let mut measures = counting.conversations(&conversations);
    measures.push(counting.posts(from, to));
    measures.extend(counting.applications(&applied));
    measures.extend(counting.exposure(&suggested));
    measures.extend(counting.deliveries(&sent));
    Ok(Report {
        quarter,
        at: now,
        smallest_group: programme.smallest_group,
        measures,
        when: spoken_time(now, programme.default_zone),
    })
}

struct Counting<'a> {
    company: &'a Company,
    programme: &'a Programme,
    today: NaiveDate,
    quarter: Quarter,
    /// Everybody who works here.
    active: Vec<&'a Person>,
    /// Every department with its active people, counting nothing yet.
    departments: Parts,
}

/// Figures by group, with how many people each is about.
type Parts = BTreeMap<String, Part>;

fn group_name(department: &str) -> String {
    if department.trim().is_empty() { NO_DEPARTMENT.to_owned() } else { department.trim().to_owned() }
}

fn part<'p>(parts: &'p mut Parts, group: &str) -> &'p mut Part {
    parts.entry(group.to_owned()).or_insert_with(|| Part {
        group: group.to_owned(),
        people: 0,
        figure: Figure::default(),
    })
}

impl<'a> Counting<'a> {
    fn new(company: &'a Company, programme: &'a Programme, today: NaiveDate, quarter: Quarter) -> Counting<'a> {
        let active: Vec<&Person> = company.people().into_iter().filter(|person| person.is_active).collect();
        let mut departments = Parts::new();
        for person in &active {
            part(&mut departments, &group_name(&person.department)).people += 1;
        }
        Counting { company, programme, today, quarter, active, departments }
    }

    fn measure(
        &self,
        id: &'static str,
        name: &'static str,
        definition: &'static str,
        unit: Unit,
        parts: Parts,
    ) -> Measure {
        let shown = measure::guard(parts.into_values().collect(), u64::from(self.programme.smallest_group));
        Measure { id, name, definition, unit, shown, reasons: Vec::new() }
    }

    fn department_of(&self, person: Option<PersonId>) -> String {
        group_name(person.and_then(|id| self.company.person(id)).map_or("", |person| &person.department))
    }

    fn is_eligible(&self, person: &Person) -> bool {
        let until = self.today.min(self.quarter.end());
        let has_manager = person.manager.is_some_and(|id| self.company.person(id).is_some_and(|it| it.is_active));
        let is_settled =
            person.employed_since.is_none_or(|since| since.checked_add_days(SETTLED).is_some_and(|day| day <= until));
        has_manager && is_settled
    }

    fn conversations(&self, all: &[Conversation]) -> Vec<Measure> {
        let mut standing: HashMap<PersonId, Standing> = HashMap::new();
        for conversation in all {
            let best = standing.entry(conversation.report).or_insert(Standing::Open);
            *best = (*best).max(conversation.standing());
        }
        let kinds = [
            (
                Standing::Held,
                "conversation_coverage",
                "Conversations held",
                "people whose conversation of the quarter both sides confirmed",
            ),
            (
                Standing::OneSided,
                "conversation_one_sided",
                "Confirmed by one side only",
                "people whose conversation only one of the two confirmed; never counted as held",
            ),
            (
                Standing::Planned,
                "conversation_planned",
                "Planned",
                "people with a day and time, and no confirmation yet",
            ),
            (Standing::Open, "conversation_open", "Open", "people with neither a time nor a confirmation"),
            (
                Standing::Skipped,
                "conversation_skipped",
                "Not this quarter, on purpose",
                "people whose conversation was left out on purpose",
            ),
        ];
        kinds
            .into_iter()
            .map(|(wanted, id, name, definition)| {
                let mut parts = Parts::new();
                for person in self.active.iter().filter(|person| self.is_eligible(person)) {
                    let it = part(&mut parts, &group_name(&person.department));
                    let is_so = standing.get(&person.id).copied().unwrap_or(Standing::Open) == wanted;
                    it.people += 1;
                    it.figure.denominator += 1;
                    it.figure.numerator += u64::from(is_so);
                }
                self.measure(id, name, definition, Unit::Share, parts)
            })
            .collect()
    }

    fn posts(&self, from: Instant, to: Instant) -> Measure {
        let mut parts = self.departments.clone();
        parts.values_mut().for_each(|it| it.figure.denominator = it.people);
        for post in self.company.index.all().filter(|post| post.created_at >= from && post.created_at < to) {
            part(&mut parts, &self.department_of(post.owner)).figure.numerator += 1;
        }
        self.measure(
            "posts_published",
            "Posts published",
            "posts made in the quarter, beside the active people of their owners' department",
            Unit::People,
            parts,
        )
    }

    fn applications(&self, all: &[Applied]) -> [Measure; 2] {
        let mut made = self.departments.clone();
        made.values_mut().for_each(|it| it.figure.denominator = it.people);
        let mut answered = self.departments.clone();
        let mut asked: BTreeMap<String, BTreeSet<PersonId>> = BTreeMap::new();
        for it in all {
            part(&mut made, &self.department_of(Some(it.person))).figure.numerator += 1;
            let owner = self.company.opportunity(it.post).and_then(|post| post.owner);
            let group = self.department_of(owner);
            if let Some(is_in_time) = self.is_answered_in_time(it) {
                asked.entry(group.clone()).or_default().insert(it.person);
                let figure = &mut part(&mut answered, &group).figure;
                figure.denominator += 1;
                figure.numerator += u64::from(is_in_time);
            }
        }
        // The figure is about the people who asked as much as about the department that answers.
        for (group, it) in &mut answered {
            it.people = it.people.min(asked.get(group).map_or(0, |people| people.len() as u64));
        }
        answered.retain(|_, it| it.figure.denominator > 0);
        [
            self.measure(
                "applications",
                "Applications",
                "applications made in the quarter, beside the active people of the applicants' department",
                Unit::People,
                made,
            ),
            self.measure(
                "answered_in_time",
                "Answered in time",
                "applications of the quarter answered by the promised day, of those that were answered or whose day has passed; by the department of the owner",
                Unit::Share,
                answered,
            ),
        ]
    }

    /// `None` while the answer may still come in time, and for what was withdrawn or promised no day.
    fn is_answered_in_time(&self, it: &Applied) -> Option<bool> {
        let promised = it.reply_by?;
        match (it.state, it.decided_at) {
            (ApplicationState::Withdrawn, _) => None,
            (ApplicationState::Waiting, _) | (_, None) => (promised < self.today).then_some(false),
            (_, Some(at)) => Some(local_date(self.programme.default_zone, at) <= promised),
        }
    }

    fn deliveries(&self, all: &[Sent]) -> Vec<Measure> {
        let is_delivered = |it: &Sent| it.state == "sent";
        let is_nudge = |it: &Sent| it.is_nudge && it.state == "sent";
        let outcome = |id, name, definition, states: &'static [&'static str]| {
            let is_so = move |it: &Sent| states.contains(&it.state.as_str());
            let mut measure = self.counted(all, id, name, definition, Unit::Share, |_| true, is_so);
            measure.reasons = reasons(all.iter().filter(|it| is_so(it)));
            measure
        };
        let cost = |id, name, definition, responses: &'static [&'static str]| {
            let is_so = move |it: &Sent| it.response.as_deref().is_some_and(|it| responses.contains(&it));
            self.counted(all, id, name, definition, Unit::Thousand, is_nudge, is_so)
        };
        vec![
            self.counted(
                all,
                "deliveries",
                "Messages delivered",
                "messages that arrived, of all that fell due",
                Unit::Share,
                |_| true,
                is_delivered,
            ),
            outcome(
                "deliveries_dead",
                "Given up",
                "messages that could not be delivered; somebody must look",
                &["dead"],
            ),
            outcome(
                "deliveries_unknown",
                "Not known",
                "messages that may or may not have arrived; never sent twice blindly",
                &["unknown"],
            ),
            outcome(
                "deliveries_expired",
                "Too late",
                "messages that were no longer useful when they could be sent",
                &["expired"],
            ),
            outcome("deliveries_cancelled", "Cancelled", "messages that were no longer wanted", &["cancelled"]),
            outcome(
                "deliveries_waiting",
                "On their way",
                "messages that are due and not settled yet",
                &["pending", "sending"],
            ),
            cost("nudge_response", "Nudges acted on", "nudges whose button was used, of those delivered", &["acted"]),
            cost(
                "nudge_cost",
                "What nudges cost",
                "nudges dismissed, snoozed or opted out of, of those delivered",
                &["dismissed", "snoozed", "fewer"],
            ),
            cost(
                "nudge_dismissed",
                "… dismissed",
                "nudges answered with “not now”, of those delivered",
                &["dismissed"],
            ),
            cost("nudge_snoozed", "… snoozed", "nudges answered with a pause, of those delivered", &["snoozed"]),
            cost(
                "nudge_opted_out",
                "… opted out",
                "nudges answered with “fewer like this”, of those delivered",
                &["fewer"],
            ),
        ]
    }

    #[expect(clippy::too_many_arguments, reason = "what a measure is, and the two questions it counts by")]
    fn counted(
        &self,
        all: &[Sent],
        id: &'static str,
        name: &'static str,
        definition: &'static str,
        unit: Unit,
        is_counted: impl Fn(&Sent) -> bool,
        is_so: impl Fn(&Sent) -> bool,
    ) -> Measure {
        let mut parts = self.departments.clone();
        for it in all.iter().filter(|it| is_counted(it)) {
            let times = u64::try_from(it.times).unwrap_or(0);
            let group = it.department.as_deref().map_or_else(|| CHANNELS.to_owned(), group_name);
            let part = part(&mut parts, &group);
            if it.department.is_none() {
                // A channel is nobody in particular.
                part.people = u64::from(self.programme.smallest_group);
            }
            part.figure.denominator += times;
            part.figure.numerator += if is_so(it) { times } else { 0 };
        }
        self.measure(id, name, definition, unit, parts)
    }
}

fn reasons<'a>(all: impl Iterator<Item = &'a Sent>) -> Vec<(String, u64)> {
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    for it in all {
        let reason = if it.reason.is_empty() { "no reason recorded" } else { &it.reason };
        *times.entry(reason).or_default() += u64::try_from(it.times).unwrap_or(0);
    }
    let mut sorted: Vec<(String, u64)> = times.into_iter().map(|(reason, times)| (reason.to_owned(), times)).collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sorted
}

impl Measure {
    /// The whole, as it is said.
    #[must_use]
    pub fn total(&self) -> String {
        self.said(self.shown.total)
    }

    /// The groups in one line, where there is something to tell apart.
    #[must_use]
    pub fn by_group(&self) -> Option<String> {
        let has_news = self.shown.total.is_some_and(|total| total.numerator > 0);
        let groups = self.shown.groups.iter().map(|group| format!("{} {}", group.name, self.said(group.figure)));
        has_news.then(|| groups.collect::<Vec<_>>().join(" · "))
    }

    fn said(&self, figure: Option<Figure>) -> String {
        let Some(it) = figure else { return "not shown".to_owned() };
        let (part, whole) = (it.numerator, it.denominator);
        match (self.unit, it.percent(), it.per(1000)) {
            (Unit::People, ..) => format!("{part} (among {whole} people)"),
            (Unit::Share, Some(percent), _) => format!("{part} of {whole} ({percent} %)"),
            (Unit::Thousand, _, Some(rate)) => format!("{part} of {whole} ({rate} per 1,000)"),
            _ => "nothing to count yet".to_owned(),
        }
    }
}

impl Report {
    /// The measure of this id.
    #[must_use]
    pub fn measure(&self, id: &str) -> Option<&Measure> {
        self.measures.iter().find(|measure| measure.id == id)
    }

    /// One line for each measure.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.measures.iter().map(|it| format!("{}: {}", it.name, it.total())).collect()
    }

    /// What the reader must know before the figures.
    #[must_use]
    pub fn heading(&self) -> String {
        format!("{}, as it stands on {}", self.quarter, self.when)
    }

    /// What is not shown, and why.
    #[must_use]
    pub fn rule(&self) -> String {
        format!(
            "Groups of fewer than {} people are not shown, nor what would give them away. Eligible for conversations: has a manager, \
             employed at least 30 days, active.",
            self.smallest_group
        )
    }

    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!("Trailmark report {}\n{}\n", self.heading(), self.rule());
        for it in &self.measures {
            let _ = write!(text, "\n{}: {}\n  {}\n", it.name, it.total(), it.definition);
            for (reason, times) in &it.reasons {
                let _ = writeln!(text, "  reason: {reason}: {times}");
            }
            if let Some(groups) = it.by_group() {
                let _ = writeln!(text, "  {groups}");
            }
        }
        text
    }

    #[must_use]
    pub fn to_json(&self) -> Value {
        let figure = |figure: Option<Figure>| {
            json!({
                "numerator": figure.map(|it| it.numerator),
                "denominator": figure.map(|it| it.denominator),
                "suppressed": figure.is_none(),
            })
        };
        let measures = self.measures.iter().map(|it| {
            let mut value = figure(it.shown.total);
            value["id"] = it.id.into();
            value["definition"] = it.definition.into();
            value["groups"] = it
                .shown
                .groups
                .iter()
                .map(|group| {
                    let mut value = figure(group.figure);
                    value["group"] = group.name.as_str().into();
                    value
                })
                .collect();
            if !it.reasons.is_empty() {
                let reason = |(reason, times): &(String, u64)| json!({"reason": reason, "count": times});
                value["reasons"] = it.reasons.iter().map(reason).collect();
            }
            value
        });
        json!({
            "quarter": self.quarter.label(),
            "at": self.at,
            "smallest_group": self.smallest_group,
            "measures": measures.collect::<Vec<_>>(),
        })
    }

    /// A row for each measure and for each of its groups; the whole has the group `*`. A cell never starts a formula.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut out = csv::Writer::from_writer(Vec::new());
        let mut row = |cells: [&str; 6]| out.write_record(cells.map(safe_cell));
        let mut write_all = || -> csv::Result<()> {
            row(["measure", "group", "numerator", "denominator", "suppressed", "definition"])?;
            for it in &self.measures {
                let whole = std::iter::once(("*", it.shown.total));
                for (name, figure) in
                    whole.chain(it.shown.groups.iter().map(|group| (group.name.as_str(), group.figure)))
                {
                    let part = figure.map_or_else(String::new, |it| it.numerator.to_string());
                    let of = figure.map_or_else(String::new, |it| it.denominator.to_string());
                    let suppressed = if figure.is_none() { "true" } else { "false" };
                    row([it.id, name, &part, &of, suppressed, it.definition])?;
                }
            }
            Ok(())
        };
        write_all().expect("writing to memory cannot fail");
        let bytes = out.into_inner().expect("writing to memory cannot fail");
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Spreadsheets run what begins like a formula.
fn safe_cell(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_cell_starts_a_formula(cell in "[=+@\\-\t\r a-z]{0,6}") {
            prop_assert!(!safe_cell(&cell).starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert!(safe_cell(&cell).ends_with(&cell));
        }
    }
}
