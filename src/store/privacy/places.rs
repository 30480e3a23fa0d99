//! Every column that names a person.

use super::Who;

/// How a column names somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// By their number.
    Number,
    /// As what a wake-up is for: `manager 7`, `conversation 12 7`.
    Subject,
    /// As `person 7`.
    Words,
    /// By the id of an account, beside its platform.
    Account,
    /// As what is shown to an account: its home, or a message in its one-to-one conversation.
    Screen,
    /// Inside the key of something that was handled.
    Key,
}

/// What an export shows of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Everything in them, under this name, but for these columns: they are other people's, or mean nothing outside.
    As(&'static str, &'static [&'static str]),
    /// Under this name no more than these columns.
    Only(&'static str, &'static [&'static str]),
    /// Another place shows the same rows.
    Elsewhere,
}

/// What an erasure makes of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    Goes,
    /// They stay, with these columns set.
    Set(&'static str),
    /// They stay as they are, because of this.
    Stays(&'static str),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub table: &'static str,
    pub column: &'static str,
    pub by: By,
    pub shown: Shown,
    pub fate: Fate,
}

const fn at(table: &'static str, column: &'static str, by: By, shown: Shown, fate: Fate) -> Place {
    Place { table, column, by, shown, fate }
}

const NUMBER_ONLY: Fate = Fate::Stays("a number that leads to nobody any more");

/// A message keeps when it was due and what became of it, for the totals.
const MESSAGE: Fate = Fate::Set(
    "recipient = 'erased ' || CAST(id AS TEXT), conversation = NULL, message = NULL, why = '', card = 'null',
     reason = CASE WHEN state IN ('pending', 'sending', 'unknown', 'dead') THEN 'the person was erased' ELSE reason END,
     settled_at = COALESCE(settled_at, created_at), look_at = NULL, lease_until = NULL,
     state = CASE WHEN state IN ('pending', 'sending', 'unknown', 'dead') THEN 'cancelled' ELSE state END",
);

/// What was agreed is off; that something happened, or is said to have, stays without a name.
const CONVERSATION: Fate = Fate::Set(
    "skip_reason = '', version = version + 1,
     planned_at = CASE WHEN manager_says = 'held' OR report_says = 'held' THEN planned_at END",
);

/// In the order in which an erasure goes through them: what refers to others first.
pub const PLACES: &[Place] = &[
    at("draft", "person_id", By::Number, Shown::As("unfinished_forms", &["person_id"]), Fate::Goes),
    at("saved", "person_id", By::Number, Shown::As("saved_posts", &["person_id"]), Fate::Goes),
    at("hidden", "person_id", By::Number, Shown::As("posts_not_for_you", &["person_id"]), Fate::Goes),
    at("liking", "person_id", By::Number, Shown::As("posts_that_interested_you", &["person_id"]), Fate::Goes),
    at("showing", "person_id", By::Number, Shown::As("posts_you_were_shown", &["person_id"]), Fate::Goes),
    at("exposure", "audience", By::Words, Shown::As("posts_brought_up_to_you", &["audience", "place"]), Fate::Goes),
    // The words of both sides: each of the two sees them.
    at(
        "mentoring_request",
        "person_id",
        By::Number,
        Shown::As("help_you_asked_for", &["person_id", "version"]),
        Fate::Goes,
    ),
    at(
        "mentoring_request",
        "mentor_id",
        By::Number,
        Shown::As("help_you_were_asked_for", &["mentor_id", "version"]),
        Fate::Goes,
    ),
    at("team_request", "manager_id", By::Number, Shown::As("people_you_called_your_team", &["manager_id"]), Fate::Goes),
    at("team_request", "report_id", By::Number, Shown::As("people_who_called_you_their_team", &["report_id"]), Fate::Goes),
    at("person_role", "person_id", By::Number, Shown::As("roles", &["person_id", "granted_by"]), Fate::Goes),
    at(
        "person_role",
        "granted_by",
        By::Number,
        Shown::Only("roles_you_gave", &["person_id", "role", "granted_at"]),
        Fate::Set("granted_by = NULL"),
    ),
    // Which seats are taken, and how many applied, stays for the owner and the totals.
    at(
        "application",
        "person_id",
        By::Number,
        Shown::As("applications", &["person_id", "version"]),
        Fate::Set(
            "note = '', availability = '', reason = '', version = version + 1,
             state = CASE WHEN state = 'waiting' THEN 'withdrawn' ELSE state END",
        ),
    ),
    // What the other one answered is told to nobody; see `export`.
    at(
        "conversation",
        "report_id",
        By::Number,
        Shown::As("career_conversations", &["report_id", "version"]),
        CONVERSATION,
    ),
    at(
        "conversation",
        "manager_id",
        By::Number,
        Shown::As("career_conversations_with_your_team", &["manager_id", "version"]),
        CONVERSATION,
    ),
    at("conversation", "planned_by", By::Number, Shown::Elsewhere, Fate::Set("planned_by = NULL")),
    at("slot", "subject", By::Subject, Shown::As("reminders", &[]), Fate::Goes),
    at(
        "delivery",
        "person_id",
        By::Number,
        Shown::As(
            "messages_to_you",
            &["id", "delivery", "tenant", "person_id", "thread_of", "urgency", "attempt", "tries", "started_at",
              "lease_until", "look_at", "absences", "is_cleared", "occurrence"],
        ),
        MESSAGE,
    ),
    at("delivery", "recipient", By::Account, Shown::Elsewhere, MESSAGE),
    at("delivery", "subject", By::Subject, Shown::Elsewhere, NUMBER_ONLY),
    at("refresh", "target", By::Screen, Shown::Only("screens_to_be_redrawn", &["platform", "target", "due_at"]), Fate::Goes),
    at("inbound_seen", "key", By::Key, Shown::As("things_you_did_once", &[]), Fate::Goes),
    at(
        "event",
        "person_id",
        By::Number,
        Shown::As("what_you_did", &["id", "person_id"]),
        Fate::Set("person_id = NULL"),
    ),
    at("event", "subject", By::Subject, Shown::Elsewhere, Fate::Set("subject = '', person_id = NULL")),
    at("channel", "set_up_by", By::Number, Shown::Only("channels_you_set_up", &["platform", "channel_id", "name", "changed_at"]), Fate::Set("set_up_by = NULL")),
    at("company_skill", "decided_by", By::Number, Shown::Only("skills_you_decided_on", &["name", "is_skill", "decided_at"]), Fate::Set("decided_by = NULL")),
    at("instance", "activated_by", By::Number, Shown::Only("the_programme_you_started", &["activated_at"]), Fate::Set("activated_by = NULL")),
    at(
        "opportunity",
        "owner_id",
        By::Number,
        Shown::As("posts", &["owner_id", "version", "revision"]),
        Fate::Set(
            "owner_id = NULL, title = 'A removed post', summary = '', team = '', place = '', needs = '[]', nice = '[]', teaches = '[]',
             version = version + 1, revision = $1",
        ),
    ),
    at(
        "person",
        "manager_id",
        By::Number,
        Shown::Only("people_who_report_to_you", &["id"]),
        Fate::Set("manager_id = NULL, revision = $1"),
    ),
    at(
        "account",
        "person_id",
        By::Number,
        Shown::As("accounts", &["person_id"]),
        Fate::Goes,
    ),
    at("account", "user_id", By::Account, Shown::Elsewhere, Fate::Goes),
    at(
        "audit",
        "person_id",
        By::Number,
        Shown::As("who_looked_at_or_changed_what_is_yours", &["id", "person_id", "secret_id", "hash"]),
        Fate::Stays("the log shows that nobody changed it; it holds a number and no name"),
    ),
    at(
        "audit",
        "actor",
        By::Words,
        Shown::Only("what_you_looked_at_or_changed", &["at", "action", "object", "data"]),
        Fate::Stays("the log shows that nobody changed it; it holds a number and no name"),
    ),
    at(
        "person",
        "id",
        By::Number,
        Shown::As("profile", &["revision", "erased_at"]),
        Fate::Set(
            "email = NULL, name = '', manager_id = NULL, department = '', title = '', location = '', time_zone = NULL, locale = NULL,
             employed_since = NULL, role_since = NULL, have = '[]', want = '[]', wished_role = '', mentoring = NULL, preferences = '{}',
             is_active = FALSE, is_imported = FALSE, revision = $1",
        ),
    ),
];

/// A condition in SQL, with what is bound to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Sql(String),
    Bound(String),
}

impl Place {
    /// Which rows name this person here.
    pub(super) fn condition(&self, who: &Who) -> Vec<Piece> {
        let (column, id) = (self.column, who.id.0);
        let sql = |text: String| vec![Piece::Sql(text)];
        match self.by {
            By::Number => sql(format!("{column} = {id}")),
            By::Words => sql(format!("{column} = 'person {id}'")),
            By::Subject => sql(format!(
                "({column} IN ('manager {id}', 'report {id}', 'person {id}') OR {column} LIKE 'conversation % {id}')"
            )),
            By::Key => sql(format!("({column} LIKE 'post {id} %' OR {column} LIKE 'rehearsed {id} %')")),
            By::Account => any(who.accounts.iter().map(|account| {
                let platform = account.address.platform.as_str();
                vec![
                    Piece::Sql(format!("platform = '{platform}' AND {column} = ")),
                    Piece::Bound(account.address.id.clone()),
                ]
            })),
            By::Screen => any(who.accounts.iter().flat_map(|account| {
                let platform = account.address.platform.as_str();
                let home = vec![
                    Piece::Sql(format!("platform = '{platform}' AND {column} = ")),
                    Piece::Bound(format!("home {}", account.address.id)),
                ];
                let messages = account.direct.as_ref().map(|direct| {
                    let begin = format!("message {direct} ");
                    let length = begin.chars().count();
                    vec![
                        Piece::Sql(format!("platform = '{platform}' AND substr({column}, 1, {length}) = ")),
                        Piece::Bound(begin),
                    ]
                });
                std::iter::once(home).chain(messages)
            })),
        }
    }
}

/// Where one of these holds; nowhere where there is none.
fn any(all: impl Iterator<Item = Vec<Piece>>) -> Vec<Piece> {
    let mut pieces = vec![Piece::Sql("(1 = 0".to_owned())];
    for one in all {
        pieces.push(Piece::Sql(" OR (".to_owned()));
        pieces.extend(one);
        pieces.push(Piece::Sql(")".to_owned()));
    }
    pieces.push(Piece::Sql(")".to_owned()));
    pieces
}

/// Adds pieces to a statement.
macro_rules! push_pieces {
    ($query:expr, $pieces:expr) => {
        for piece in $pieces {
            match piece {
                $crate::store::privacy::places::Piece::Sql(text) => $query.push(text),
                $crate::store::privacy::places::Piece::Bound(text) => $query.push_bind(text),
            };
        }
    };
}
pub(super) use push_pieces;
