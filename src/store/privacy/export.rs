//! Everything about one person, in words of JSON.

use super::{PLACES, Place, Shown, Who, places::push_pieces};
use crate::{
    domain::id::OpportunityId,
    message::Card,
    store::{
        Tx,
        copy::{
            cell::{self, Cell},
            schema::{self, Table},
        },
        on,
        seal::{DELIVERY_CARD, Keyring, SEALED},
    },
};
use serde_json::{Map, Value, json};
use sqlx::QueryBuilder;

/// Rows of one kind.
#[derive(Clone, Debug, PartialEq)]
pub struct Section {
    pub name: &'static str,
    pub rows: Vec<Value>,
}

/// Everything about one person.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// Also the empty ones, so that it is seen what could be there.
    pub sections: Vec<Section>,
}

/// What one side of a conversation answered is not told to the other, unless both say that it happened.
const SIDES: [(&str, &str, [&str; 2]); 2] = [
    ("career_conversations", "manager_says", ["manager_says", "manager_said_at"]),
    ("career_conversations_with_your_team", "report_says", ["report_says", "report_said_at"]),
];

/// Reads every place. Words are opened; what is other people's own is left out.
///
/// # Errors
/// The database refused, or words do not open with the keys at hand.
pub async fn export(tx: &mut Tx, who: &Who) -> anyhow::Result<Dossier> {
    let tables = schema::tables().await?;
    let mut sections = Vec::new();
    for place in PLACES {
        let (Shown::As(name, _) | Shown::Only(name, _)) = place.shown else { continue };
        let Some(table) = tables.iter().find(|table| table.name == place.table) else {
            anyhow::bail!("there is no table {}", place.table);
        };
        let mut rows = Vec::new();
        for row in read(tx, place, table, who).await? {
            let mut row = written(place, table, &row, &tx.keyring())?;
            for (section, theirs, columns) in SIDES {
                let is_held = ["manager_says", "report_says"].iter().all(|side| row.get(*side) == Some(&json!("held")));
                if section == name && !is_held && row.contains_key(theirs) {
                    columns.iter().for_each(|column| drop(row.remove(*column)));
                }
            }
            name_others(tx, &mut row, who).await?;
            rows.push(Value::Object(row));
        }
        sections.push(Section { name, rows });
    }
    Ok(Dossier { sections })
}

async fn read(tx: &mut Tx, place: &Place, table: &Table, who: &Who) -> sqlx::Result<Vec<Vec<Cell>>> {
    let names = |columns: &[schema::Column]| columns.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    let head = format!("SELECT {} FROM {} WHERE ", names(&table.columns), table.name);
    on!(tx, c => {
        let mut query = QueryBuilder::new(head);
        push_pieces!(query, place.condition(who));
        query.push(format!(" ORDER BY {}", names(table.key())));
        let rows = query.build().fetch_all(c).await?;
        rows.iter().map(|row| cell::read(row, &table.columns)).collect()
    })
}

/// A row as an object, with the columns that are shown, in the clear.
fn written(place: &Place, table: &Table, row: &[Cell], keyring: &Keyring) -> anyhow::Result<Map<String, Value>> {
    let cells = || table.columns.iter().map(|column| column.name.as_str()).zip(row);
    let text_of = |name: &str| cells().find(|(column, _)| *column == name).map(|(_, cell)| plain(cell));
    let mut object = Map::new();
    for (name, cell) in cells() {
        let is_shown = match place.shown {
            Shown::As(_, hidden) => !hidden.contains(&name),
            Shown::Only(_, shown) => shown.contains(&name),
            Shown::Elsewhere => false,
        };
        if !is_shown {
            continue;
        }
        let Some(sealed) = SEALED.iter().find(|it| it.table == table.name && it.name == name) else {
            object.insert(name.to_owned(), plain(cell));
            continue;
        };
        let key: Vec<String> = table.key().iter().zip(row).map(|(_, cell)| bare(&plain(cell))).collect();
        let tenant = text_of("tenant").map_or(String::new(), |it| bare(&it));
        let tenant = if *sealed == DELIVERY_CARD { tenant.as_str() } else { "" };
        let stands = sealed.of_tenant(tenant, key.join(" "));
        let value = match cell {
            Cell::Json(Some(sqlx::types::Json(Value::String(stored)))) => {
                serde_json::from_str(&keyring.open(&stands, stored)?)?
            }
            Cell::Text(Some(stored)) => keyring.open(&stands, stored)?.into(),
            other => plain(other),
        };
        let is_card = *sealed == DELIVERY_CARD;
        match serde_json::from_value::<Card>(value.clone()) {
            Ok(card) if is_card => {
                let said = if card.blocks.is_empty() { card.summary } else { card.to_plain() };
                object.insert("text".to_owned(), said.into())
            }
            _ if is_card => object.insert("text".to_owned(), Value::Null),
            _ => object.insert(name.to_owned(), value),
        };
    }
    Ok(object)
}

fn plain(cell: &Cell) -> Value {
    match cell {
        Cell::Time(at) => at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)).into(),
        Cell::Json(it) => it.as_ref().map_or(Value::Null, |it| it.0.clone()),
        other => other.to_json(),
    }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Beside the number of a colleague or of a post stands its name, as the person knows it anyway.
async fn name_others(tx: &mut Tx, row: &mut Map<String, Value>, who: &Who) -> sqlx::Result<()> {
    for (column, said) in [
        ("manager_id", "manager"),
        ("report_id", "report"),
        ("mentor_id", "mentor"),
        ("person_id", "person"),
        ("planned_by", "planned_by_name"),
    ] {
        if let Some(id) = row.get(column).and_then(Value::as_i64) {
            let name: Option<String> = if id == who.id.0 {
                Some(who.name.clone())
            } else {
                on!(&mut *tx, c => sqlx::query_scalar("SELECT name FROM person WHERE id = $1").bind(id).fetch_optional(c).await)?
            };
            row.insert(said.to_owned(), name.into());
        }
    }
    if let Some(id) = row.get("opportunity_id").and_then(Value::as_i64) {
        let title: Option<String> = on!(&mut *tx, c => sqlx::query_scalar("SELECT title FROM opportunity WHERE id = $1")
            .bind(id).fetch_optional(c).await)?;
        row.insert("post".to_owned(), format!("{} {}", OpportunityId(id), title.unwrap_or_default()).trim().into());
    }
    if row.contains_key("actor") {
        let actor = row.get("actor").and_then(Value::as_str).and_then(crate::domain::audit::Actor::parse);
        if let Some(crate::domain::audit::Actor::Person(person)) = actor {
            let name: Option<String> = on!(&mut *tx, c => sqlx::query_scalar("SELECT name FROM person WHERE id = $1")
                .bind(person.0).fetch_optional(c).await)?;
            row.insert("actor_name".to_owned(), name.into());
        }
    }
    Ok(())
}
