//! The sample company of the demo: people, their skills and wishes, and what is open to them.
//!
//! The data stand in tables beside this file, with every date as a distance from today.

use super::{SimChannel, SimPerson};
use chrono::{Datelike, Days, Months, NaiveDate, Weekday};

const PEOPLE: &str = include_str!("company/people.csv");
const OPPORTUNITIES: &str = include_str!("company/opportunities.csv");
const HELPERS: &str = include_str!("company/helpers.csv");
const WISHES: &str = include_str!("company/wishes.csv");
const PEOPLE_COLUMNS: &str = "email,name,manager_email,department,title,location,\
     time_zone,employed_since,role_since,slack_id,teams_id,skills,wants";
const OPPORTUNITY_COLUMNS: &str = "id,kind,title,summary,team,owner_email,needs,nice,teaches,\
     hours_per_week,weeks,starts_on,reply_by,seats,place,remote";
const DOMAIN: &str = "lindwerk.example";

/// Who runs the programme in the sample company.
pub const HR: [&str; 2] = ["Miriam Adler", "Tomás Pereira"];

/// id, name, topic, departments that are in it (everybody where there are none).
const CHANNELS: [(&str, &str, &str, &[&str]); 5] = [
    ("C0GENERAL", "general", "Everybody, everything that concerns us all", &[]),
    ("C0BUILDERS", "builders", "Code, platforms and the odd outage", &["Engineering", "Data"]),
    ("C0DATA", "data-corner", "Numbers, and what they do not say", &["Data", "Product and Design", "Marketing"]),
    ("C0MARKET", "go-to-market", "Campaigns, events, customers", &["Marketing", "Sales and Customers"]),
    ("C0LEARN", "learning", "Talks, courses and people to learn from", &[]),
];

/// Somebody who offered to help others, as if they had filled in the form.
#[derive(Clone, Debug)]
pub struct SampleHelper {
    pub email: String,
    pub skills: Vec<String>,
    pub people: u32,
    /// The codes of the form's choices.
    pub ways: Vec<String>,
    pub note: String,
}

/// Everything the demo starts from; the CSV texts are what `trailmark import` reads.
#[derive(Clone, Debug, Default)]
pub struct SampleCompany {
    pub people_csv: String,
    pub opportunities_csv: String,
    pub skills_csv: String,
    pub helpers: Vec<SampleHelper>,
    /// An e-mail address, and the role they would like.
    pub wishes: Vec<(String, String)>,
    pub people: Vec<SimPerson>,
    pub channels: Vec<SimChannel>,
}

/// The company as it stands on `today`: every date in it is near.
#[must_use]
pub fn sample_company(today: NaiveDate) -> SampleCompany {
    let rows = rows(PEOPLE);
    let people: Vec<SimPerson> = rows.iter().map(person).collect();
    let channels = CHANNELS
        .iter()
        .map(|(id, name, topic, departments)| {
            let is_in = |one: &&SimPerson| departments.is_empty() || departments.contains(&one.department.as_str());
            let members = people.iter().filter(is_in).map(|one| one.id.clone()).collect();
            SimChannel { id: (*id).into(), name: (*name).into(), members, topic: (*topic).into() }
        })
        .collect();
    SampleCompany {
        people_csv: people_csv(&rows, today),
        opportunities_csv: opportunities_csv(today),
        skills_csv: include_str!("company/skills.csv").to_owned(),
        helpers: self::rows(HELPERS).iter().map(helper).collect(),
        wishes: self::rows(WISHES)
            .iter()
            .map(|row| (email_of(cell(row, "name")), cell(row, "role").to_owned()))
            .collect(),
        people,
        channels,
    }
}

type Row = std::collections::HashMap<String, String>;

fn rows(table: &str) -> Vec<Row> {
    csv::Reader::from_reader(table.as_bytes()).deserialize().filter_map(Result::ok).collect()
}

fn cell<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).map_or("", String::as_str)
}

fn number(row: &Row, name: &str) -> u32 {
    cell(row, name).parse().unwrap_or(0)
}

/// Only the letters that every system takes.
fn plain(name: &str) -> String {
    let folded = |letter: char| match letter {
        'á' | 'à' => 'a',
        'é' | 'è' => 'e',
        'í' | 'ı' => 'i',
        'ó' => 'o',
        'ř' => 'r',
        'ů' | 'ú' => 'u',
        'Y' => 'y',
        other => other.to_ascii_lowercase(),
    };
    name.chars().map(folded).collect()
}

fn email_of(name: &str) -> String {
    let (first, last) = name.split_once(' ').unwrap_or((name, ""));
    let joined = format!("{}.{}", plain(first), plain(last).replace(' ', "-"));
    format!("{}@{DOMAIN}", joined.trim_end_matches('.'))
}

fn person(row: &Row) -> SimPerson {
    let name = cell(row, "name");
    let first = name.split(' ').next().unwrap_or(name);
    SimPerson {
        id: format!("U0{}", plain(first).to_uppercase()),
        name: name.to_owned(),
        email: Some(email_of(name)),
        zone: cell(row, "zone").to_owned(),
        locale: "en-GB".to_owned(),
        title: cell(row, "title").to_owned(),
        department: cell(row, "department").to_owned(),
        is_guest: false,
    }
}

fn helper(row: &Row) -> SampleHelper {
    let list = |name: &str| cell(row, name).split(';').map(str::to_owned).collect();
    SampleHelper {
        email: email_of(cell(row, "name")),
        skills: list("skills"),
        people: number(row, "people"),
        ways: list("ways"),
        note: cell(row, "note").to_owned(),
    }
}

fn table(columns: &str, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = writer.write_record(columns.split(',')).and_then(|()| {
        let mut rows = rows;
        rows.try_for_each(|row| writer.write_record(row))
    });
    written.expect("rows of equal length are written to memory");
    String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
}

fn people_csv(rows: &[Row], today: NaiveDate) -> String {
    let ago = |months: u32| today.checked_sub_months(Months::new(months)).unwrap_or(today).to_string();
    table(
        PEOPLE_COLUMNS,
        rows.iter().map(|row| {
            let manager = Some(cell(row, "manager")).filter(|name| !name.is_empty());
            let copy = |name: &str| cell(row, name).to_owned();
            let one = person(row);
            vec![
                one.email.unwrap_or_default(),
                one.name,
                manager.map(email_of).unwrap_or_default(),
                one.department,
                one.title,
                copy("location"),
                one.zone,
                ago(number(row, "months_here")),
                ago(number(row, "months_in_role")),
                one.id,
                String::new(),
                copy("skills"),
                copy("wants"),
            ]
        }),
    )
}

fn opportunities_csv(today: NaiveDate) -> String {
    let workday = |days: u32| {
        let day = today + Days::new(u64::from(days));
        let beyond = match day.weekday() {
            Weekday::Sat => 2,
            Weekday::Sun => 1,
            _ => 0,
        };
        (day + Days::new(beyond)).to_string()
    };
    table(
        OPPORTUNITY_COLUMNS,
        rows(OPPORTUNITIES).iter().map(|row| {
            let of = |name: &str| match name {
                "owner_email" => email_of(cell(row, "owner")),
                "starts_on" => workday(number(row, "starts_in_days")),
                "reply_by" => workday(number(row, "reply_in_days")),
                other => cell(row, other).to_owned(),
            };
            OPPORTUNITY_COLUMNS.split(',').map(of).collect()
        }),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn the_sample_company_is_whole() {
        let company = sample_company("2026-03-02".parse().unwrap());
        let people = rows(&company.people_csv);
        let known: BTreeSet<&str> = people.iter().map(|row| cell(row, "email")).collect();
        let ids: BTreeSet<&str> = people.iter().map(|row| cell(row, "slack_id")).collect();
        assert_eq!((people.len(), known.len(), ids.len()), (42, 42, 42));
        assert!(known.iter().chain(&ids).all(|text| text.is_ascii()), "{known:?}");
        assert_eq!(people.iter().map(|row| cell(row, "department")).collect::<BTreeSet<_>>().len(), 6);

        let mut reports: BTreeMap<&str, usize> = BTreeMap::new();
        for row in &people {
            let manager = cell(row, "manager_email");
            assert!(manager.is_empty() || known.contains(manager), "{manager} is nobody");
            *reports.entry(manager).or_default() += 1;
        }
        assert_eq!(reports.remove(""), Some(1), "one person leads");
        assert!(reports.values().all(|count| (3..=9).contains(count)), "{reports:?}");
        assert!(HR.iter().all(|name| people.iter().any(|row| cell(row, "name") == *name)));
        let named = company.helpers.iter().map(|it| &it.email).chain(company.wishes.iter().map(|(email, _)| email));
        assert!(
            named.into_iter().all(|email| known.contains(email.as_str())),
            "somebody who helps or wishes is nobody"
        );
        assert!(company.helpers.iter().all(|it| it.people > 0 && !it.skills.is_empty() && !it.ways.is_empty()));
    }

    #[test]
    fn everything_open_has_an_owner_and_a_day_to_answer_by() {
        let today: NaiveDate = "2026-03-02".parse().unwrap();
        let company = sample_company(today);
        let open = rows(&company.opportunities_csv);
        assert_eq!(open.len(), 30);
        assert_eq!(open.iter().map(|row| cell(row, "kind")).collect::<BTreeSet<_>>().len(), 6);
        for row in &open {
            assert!(company.people.iter().any(|one| one.email.as_deref() == Some(cell(row, "owner_email"))), "{row:?}");
            let reply_by: NaiveDate = cell(row, "reply_by").parse().unwrap();
            assert!(today < reply_by && reply_by.weekday() != Weekday::Sun, "{row:?}");
        }
        for word in ["Rust", "webinar", "SQL", "Figma"] {
            assert!(company.opportunities_csv.contains(word), "{word}");
        }
    }
}
