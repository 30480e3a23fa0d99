//! For those who run the programme: roles, totals, what is stuck, and the switch. No career data of anybody.

use super::{Answer, Ctx, Failure, cards, notice, people, refuse, rehearse, report, words};
use crate::{
    access::{Asker, Deed, authorize},
    domain::{
        audit::{Act, Note},
        calendar::{Quarter, local_date, spoken_day, spoken_time},
        id::{OpportunityId, PersonId},
        opportunity::Opportunity,
        person::Role,
    },
    message::{Button, Card, Reply, Text},
    store::{audit, channels, inbound, instance, outbox, reports},
};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::collections::HashMap;

const SHOWN: usize = 12;
/// An open post is looked after so often.
const CONFIRM_DAYS: i64 = 30;
/// No 0, O, 1, I or L: codes are read from one screen and typed into another.
const LETTERS: &[u8] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const CODE_LENGTH: usize = 16;

/// A fresh one-time code for the first administrator, such as `7K2M-…`. Only its hash is kept.
#[must_use]
pub fn new_code() -> String {
    let bytes: [u8; 64] = rand::random();
    // What lies above the last whole run of letters would make some of them more likely.
    let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 - 256 % LETTERS.len());
    let letters: String =
        fair.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).take(CODE_LENGTH).collect();
    letters.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

/// What is kept of a code. Case, spaces and dashes do not matter.
#[must_use]
pub fn hash_code(code: &str) -> String {
    hex::encode(Sha256::digest(letters_of(code).as_bytes()))
}

fn letters_of(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

/// `admin …`.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let asker = ctx.asker().await?;
    let (word, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let more = more.trim();
    match word.to_lowercase().as_str() {
        "" | "doctor" | "status" => status(ctx, &asker).await,
        "grant" => change_role(ctx, &asker, more, true).await,
        "revoke" => change_role(ctx, &asker, more, false).await,
        "roles" => roles(ctx, &asker).await,
        "report" | "coverage" => totals(ctx, &asker, more).await,
        "rehearse" => rehearse::run(ctx, &asker, more).await,
        "start" => start(ctx, &asker, more).await,
        "stop" => stop(ctx, &asker).await,
        "stale" => stale(ctx, &asker).await,
        "skills" => words::run(ctx, &asker, more).await,
        "undelivered" => undelivered(ctx, &asker).await,
        "import" => {
            authorize(&asker, Deed::RunProgramme)?;
            refuse(
                "Files are read on the server: `trailmark import people people.csv`, `trailmark import opportunities posts.csv` or `trailmark import skills skills.csv`. Each says what it would do with `--dry-run`.",
            )
        }
        _ if letters_of(rest).len() == CODE_LENGTH => redeem(ctx, rest).await,
        _ => {
            authorize(&asker, Deed::RunProgramme)?;
            refuse(
                "That is none of: `admin report`, `admin rehearse`, `admin start`, `admin stop`, `admin stale`, `admin skills`, `admin undelivered`, `admin roles`, `admin grant hr @name`, `admin revoke hr @name`.",
            )
        }
    }
}

/// The one-time code of `trailmark admin bootstrap` makes its user an administrator.
async fn redeem(ctx: &Ctx<'_>, code: &str) -> Answer {
    let mut tx = ctx.db.write().await?;
    if !instance::redeem_admin_code(&mut tx, &hash_code(code), ctx.now).await? {
        return refuse(
            "That code is unknown, used, or too old. Make a new one on the server: `trailmark admin bootstrap`.",
        );
    }
    instance::grant(&mut tx, ctx.person, Role::Administrator, None, ctx.now).await?;
    record_role(&mut tx, ctx, "role.redeemed", ctx.person, Role::Administrator).await?;
    notice::redraw_home(&mut tx, ctx.person, ctx.now).await?;
    audit::note(&mut tx, ctx.now, role_note(ctx, Act::CodeRedeemed, ctx.person, Role::Administrator)).await?;
    tx.commit().await?;
    Ok(Reply::Private(
        Card::new("You are an administrator now")
            .text("You are an administrator now. Next: name who runs the programme with `/mobility admin grant hr @name`, look at the rehearsal, and turn it on.")
            .buttons(vec![Button::run("Rehearse", "admin rehearse").primary(), Button::run("Roles", "admin roles")]),
    ))
}

async fn record_role(
    tx: &mut crate::store::Tx,
    ctx: &Ctx<'_>,
    event: &str,
    person: PersonId,
    role: Role,
) -> sqlx::Result<()> {
    inbound::record(tx, ctx.now, event, Some(ctx.person), &person.0.to_string(), json!({"role": role.as_str()})).await
}

fn role_note(ctx: &Ctx<'_>, act: Act, person: PersonId, role: Role) -> Note {
    Note::by(ctx.person, act).about(person).on(role.as_str())
}

async fn change_role(ctx: &Ctx<'_>, asker: &Asker, rest: &str, is_grant: bool) -> Answer {
    authorize(asker, Deed::Administer)?;
    let verb = if is_grant { "grant" } else { "revoke" };
    let (role, who) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let role: Role = match role.parse() {
        Ok(role) => role,
        Err(words) => return refuse(format!("{words}. Try `/mobility admin {verb} hr @name`.")),
    };
    let person = people::find_person(ctx, who)?;
    let name = people::name(ctx, person);
    let label = role_label(role);
    let mut tx = ctx.db.write().await?;
    let has = instance::roles_of(&mut tx, person).await?.contains(&role);
    if has == is_grant {
        let state = if has { "has the role already" } else { "does not have that role" };
        return refuse(format!("{name} {state}: {label}. Nothing was changed."));
    }
    if is_grant {
        instance::grant(&mut tx, person, role, Some(ctx.person), ctx.now).await?;
    } else {
        if role == Role::Administrator && instance::people_with(&mut tx, role).await?.len() == 1 {
            return refuse(
                "That is the only administrator. Name another one first: `/mobility admin grant administrator @name`.",
            );
        }
        instance::revoke(&mut tx, person, role).await?;
    }
    record_role(&mut tx, ctx, if is_grant { "role.granted" } else { "role.revoked" }, person, role).await?;
    let by = people::name(ctx, ctx.person);
    let words = if is_grant {
        format!("{by} gave you the role {label} in Mobility. `/mobility admin` shows what that lets you see and do.")
    } else {
        format!("{by} took the role {label} in Mobility back. Everything else of yours stays as it was.")
    };
    let turn = ctx.now.timestamp_millis().to_string();
    notice::tell(&mut tx, person, &format!("role_{verb}"), role.as_str(), turn, Card::saying(words), ctx.now).await?;
    notice::redraw_home(&mut tx, person, ctx.now).await?;
    let act = if is_grant { Act::RoleGranted } else { Act::RoleRevoked };
    audit::note(&mut tx, ctx.now, role_note(ctx, act, person, role)).await?;
    tx.commit().await?;
    let now = if is_grant { "has the role" } else { "no longer has the role" };
    Ok(Reply::Private(
        Card::saying(format!("{name} {now} {label}, and knows.")).buttons(vec![Button::run("Roles", "admin roles")]),
    ))
}

fn role_label(role: Role) -> &'static str {
    match role {
        Role::Administrator => "administrator",
        Role::Hr => "HR",
    }
}

async fn roles(ctx: &Ctx<'_>, asker: &Asker) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let mut tx = ctx.db.read().await?;
    let mut card = Card::new("Who runs the programme").header("Roles");
    for (role, title, does) in [
        (Role::Administrator, "Administrators", "settings, roles and deliveries; no career data"),
        (Role::Hr, "HR", "totals of groups large enough, stale posts, rehearsal"),
    ] {
        let names: Vec<String> =
            instance::people_with(&mut tx, role).await?.into_iter().map(|person| people::name(ctx, person)).collect();
        let names = if names.is_empty() { "nobody yet".to_owned() } else { cards::listed(&names) };
        card = card.text(Text::new().bold(title).then(format!(": {names}\n{does}")));
    }
    Ok(Reply::Private(card.note(
        "`/mobility admin grant hr @name` and `/mobility admin revoke hr @name` change this; administrators only.",
    )))
}

async fn totals(ctx: &Ctx<'_>, asker: &Asker, rest: &str) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let quarter = match rest {
        "" => Quarter::of(ctx.today()),
        text => match text.parse::<Quarter>() {
            Ok(quarter) => quarter,
            Err(_) => {
                return refuse(
                    "Which quarter? Write it as `/mobility admin report 2026-Q2`, or leave it out for this one.",
                );
            }
        },
    };
    let mut tx = ctx.db.read().await?;
    let report = report::report(&mut tx, ctx.live, ctx.programme, quarter, ctx.now).await?;
    let mut card = Card::new(format!("Report {quarter}")).header(format!("Report {}", report.heading()));
    for it in &report.measures {
        card = card.text(Text::new().bold(it.name).then(format!(": {}\n", it.total())).italic(it.definition));
        if let Some(groups) = it.by_group() {
            card = card.note(groups);
        }
    }
    let turn = ["prev", "next"].map(|way| if way == "prev" { quarter.prev() } else { quarter.next() });
    let is_known = |it: &&Quarter| it.start() <= ctx.today();
    let buttons =
        turn.iter().filter(is_known).map(|it| Button::run(it.label(), format!("admin report {it}"))).collect();
    Ok(Reply::Private(card.note(report.rule()).buttons(buttons)))
}

async fn start(ctx: &Ctx<'_>, asker: &Asker, rest: &str) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    if ctx.programme.is_active {
        return refuse(
            "The programme is on already. `/mobility admin rehearse` shows what comes next; `/mobility admin stop` turns it off.",
        );
    }
    let mut tx = ctx.db.write().await?;
    if rest != "now" || !inbound::was_seen(&mut tx, &rehearse::key(ctx)).await? {
        drop(tx);
        let card = rehearse::show(ctx, None).await?;
        return Ok(Reply::Private(
            card.text("Nothing of this is sent until you turn it on. From then on it leaves by itself, on working days and outside everybody's quiet hours.").buttons(vec![
                Button::run("Turn it on", "admin start now")
                    .primary()
                    .confirm("Turn the programme on? From now on these messages are sent."),
                Button::run("Not now", "admin"),
            ]),
        ));
    }
    instance::set_activated(&mut tx, Some(ctx.now), ctx.person).await?;
    switched(&mut tx, ctx, Act::ProgrammeStarted).await?;
    tx.commit().await?;
    Ok(Reply::Private(
        Card::saying(
            "The programme is on. The first messages leave when the people they are for can be reached: on a working day, outside their quiet hours.",
        )
        .buttons(vec![Button::run("What comes next", "admin rehearse"), Button::run("Turn it off", "admin stop")]),
    ))
}

async fn stop(ctx: &Ctx<'_>, asker: &Asker) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let mut tx = ctx.db.write().await?;
    let activated = instance::activated_at(&mut tx).await?;
    if activated.is_none() {
        return refuse(if ctx.programme.is_active {
            "The programme is switched on in the configuration (`programme.active`), so it is switched off there: on the server."
        } else {
            "The programme is off already: nothing is sent unasked."
        });
    }
    instance::set_activated(&mut tx, None, ctx.person).await?;
    switched(&mut tx, ctx, Act::ProgrammeStopped).await?;
    tx.commit().await?;
    Ok(Reply::Private(
        Card::saying("The programme is off: nothing is sent unasked any more. Answers between people still arrive.")
            .buttons(vec![Button::run("Turn it on", "admin start")]),
    ))
}

/// Notes the switch, and draws the homes of those who see it.
async fn switched(tx: &mut crate::store::Tx, ctx: &Ctx<'_>, act: Act) -> Result<(), Failure> {
    inbound::record(tx, ctx.now, act.as_str(), Some(ctx.person), "", json!({})).await?;
    for role in [Role::Administrator, Role::Hr] {
        for person in instance::people_with(tx, role).await? {
            notice::redraw_home(tx, person, ctx.now).await?;
        }
    }
    audit::note(tx, ctx.now, Note::by(ctx.person, act)).await?;
    Ok(())
}

async fn stale(ctx: &Ctx<'_>, asker: &Asker) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let mut tx = ctx.db.read().await?;
    let waiting: HashMap<OpportunityId, i64> = reports::waiting_by_post(&mut tx).await?.into_iter().collect();
    let today = ctx.today();
    let company = ctx.live.read();
    let complaint = |post: &Opportunity| -> Option<(i64, String)> {
        let late = post.reply_by.map_or(0, |day| (today - day).num_days());
        let age = (today - local_date(ctx.zone(), post.created_at)).num_days();
        let asked = waiting.get(&post.id).copied().unwrap_or(0);
        let is_owned = post.owner.and_then(|owner| company.person(owner)).is_some_and(|owner| owner.is_active);
        if !is_owned {
            Some((i64::MAX, format!("has no owner; {asked} waiting")))
        } else if asked > 0 && late > 0 {
            Some((late, format!("{asked} waiting; an answer was promised {} ago", cards::count(late, "day"))))
        } else if age > CONFIRM_DAYS {
            Some((age - CONFIRM_DAYS, format!("open for {} days", age)))
        } else {
            None
        }
    };
    let mut found: Vec<(i64, String, &Opportunity)> = company
        .index
        .all()
        .filter(|post| post.is_open())
        .filter_map(|post| complaint(post).map(|(weight, words)| (weight, words, post)))
        .collect();
    found.sort_by_key(|(weight, _, post)| (std::cmp::Reverse(*weight), post.id));
    let total = found.len();
    let mut card = Card::new(format!("{total} stale")).header(format!(
        "Posts that need somebody · {}",
        cards::count(i64::try_from(total).unwrap_or(i64::MAX), "post")
    ));
    if total == 0 {
        card =
            card.text("Every open post has an owner, is younger than a month, and nobody waits longer than promised.");
    }
    for (_, words, post) in found.into_iter().take(SHOWN) {
        let text = cards::line(post, ctx.zone()).then(format!("\n{words}"));
        card = card.item(text, vec![cards::show(post), cards::on_post("Close", "close", post)]);
    }
    if total > SHOWN {
        card = card.note(format!("{} more come up as these are settled.", total - SHOWN));
    }
    Ok(Reply::Private(card))
}

async fn undelivered(ctx: &Ctx<'_>, asker: &Asker) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let mut tx = ctx.db.read().await?;
    let since = ctx.now - chrono::Duration::days(30);
    let all = reports::undelivered(&mut tx, since).await?;
    let total: i64 = all.iter().map(|(_, _, _, times)| times).sum();
    let mut card = Card::new(format!("{total} undelivered"))
        .header(format!("Not delivered in the last 30 days · {}", cards::count(total, "message")));
    if all.is_empty() {
        card = card.text("Everything that was due has arrived.");
    }
    for (state, kind, reason, times) in all.iter().take(SHOWN) {
        let state = match state.as_str() {
            "dead" => "given up",
            "expired" => "too late to be useful",
            _ => "may or may not have arrived",
        };
        let reason = if reason.is_empty() { "no reason recorded" } else { reason };
        card = card.text(Text::new().bold(times.to_string()).then(format!(" · {kind} · {state}: {reason}")));
    }
    Ok(Reply::Private(card.note("Counts and reasons only. On the server `trailmark outbox list` names the deliveries; `retry` and `discard` settle them.")))
}

/// How the installation stands.
async fn status(ctx: &Ctx<'_>, asker: &Asker) -> Answer {
    authorize(asker, Deed::RunProgramme)?;
    let mut tx = ctx.db.read().await?;
    let switch = match (ctx.programme.is_active, instance::activated_at(&mut tx).await?) {
        (true, Some(at)) => format!("On since {}.", spoken_time(at, ctx.zone())),
        (true, None) => "On, by the configuration.".to_owned(),
        (false, _) => "Off: nothing is sent unasked. Look at the rehearsal, then turn it on.".to_owned(),
    };
    let installed = instance::installations(&mut tx).await?;
    let gone = installed.iter().filter(|it| !it.is_active).count();
    let standings = outbox::standings(&mut tx).await?;
    let of = |state: &str| standings.iter().find(|it| it.state == state).map_or(0, |it| it.count);
    let reading = channels::all(&mut tx).await?.iter().filter(|it| it.is_member && !it.is_paused).count();
    let (active, managed, managers, open) = {
        let company = ctx.live.read();
        let everybody: Vec<_> = company.people().into_iter().filter(|person| person.is_active).collect();
        let managed = everybody.iter().filter(|person| person.manager.is_some()).count();
        let managers = everybody.iter().filter(|person| !company.reports_of(person.id).is_empty()).count();
        (everybody.len(), managed, managers, company.index.all().filter(|post| post.is_open()).count())
    };
    let mut card = Card::new("Mobility, as it stands")
        .header("Mobility, as it stands")
        .text(Text::new().bold("Programme: ").then(switch))
        .text(
            Text::new()
                .bold("People: ")
                .then(format!("{active} active, {} without a manager, {managers} with reports", active - managed)),
        )
        .text(Text::new().bold("Posts: ").then(format!("{open} open")))
        .text(Text::new().bold("Channels with a digest: ").then(reading.to_string()))
        .text(Text::new().bold("Messages: ").then(format!(
            "{} sent, {} waiting, {} on their way, {} given up",
            of("sent"),
            of("pending"),
            of("sending"),
            of("dead")
        )));
    if gone > 0 {
        card = card.text("A workspace removed the app or its token, so nothing is sent there. Install it again; what waits then leaves.");
    }
    let switch = if ctx.programme.is_active {
        Button::run("Rehearse", "admin rehearse")
    } else {
        Button::run("Turn it on", "admin start").primary()
    };
    card = card.buttons(vec![
        switch,
        Button::run("Open report", "admin report"),
        Button::run("Stale posts", "admin stale"),
        Button::run("New words", "admin skills"),
        Button::run("Undelivered", "admin undelivered"),
        Button::run("Roles", "admin roles"),
    ]);
    Ok(Reply::Private(card.note(format!(
        "As of {}. `trailmark doctor` on the server checks keys, database and clock.",
        spoken_day(ctx.today())
    ))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_long_and_never_the_same_and_is_typed_as_one_likes() {
        let code = new_code();
        assert_eq!(letters_of(&code).len(), CODE_LENGTH);
        assert_ne!(code, new_code());
        assert_eq!(hash_code(&code), hash_code(&format!(" {} ", code.to_lowercase().replace('-', " "))));
        assert_eq!(hash_code(&code).len(), 64);
    }
}
