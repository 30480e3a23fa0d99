//! A channel's weekly digest: when it comes, what it is about, what the next one would say.

use super::{Answer, Ctx, cards, people, refuse, skills::cleaned};
use crate::{
    access::{Asker, Deed, authorize},
    domain::{
        Instant,
        calendar::{Cadence, local_date, spoken_time, week_label},
        company::Company,
        id::PersonId,
        opportunity::{Kind, Opportunity},
        programme::Programme,
    },
    message::{
        Action, Address, Block, Button, Card, Choice, Field, FieldKind, Form, Platform, Reply, Text, Values, Verb,
        inbound::Place,
    },
    nudges::channel_digest,
    store::{
        Db, Tx,
        channels::{self, Channel, Digest, LARGEST_DIGEST},
        inbound,
        live::Live,
        outbox::{self, Draft, HOME_TENANT},
    },
};
use chrono::Weekday;
use serde_json::json;

const MOST_TOPICS: usize = 10;

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Mon, "Monday"),
    (Weekday::Tue, "Tuesday"),
    (Weekday::Wed, "Wednesday"),
    (Weekday::Thu, "Thursday"),
    (Weekday::Fri, "Friday"),
    (Weekday::Sat, "Saturday"),
    (Weekday::Sun, "Sunday"),
];

fn day_name(day: Weekday) -> &'static str {
    DAYS.iter().find(|(it, _)| *it == day).map_or("Monday", |(_, name)| name)
}

/// `channel`, `channel pause`, `channel resume`, `channel preview`: in the channel it is about.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let Some(place) = ctx.place.filter(|place| !place.is_direct) else {
        return refuse(
            "Type `/mobility channel` in the channel whose digest you mean: there you can read and change it.",
        );
    };
    let address = Address::new(ctx.address.platform, &place.conversation);
    let mut tx = ctx.db.read().await?;
    let known = channels::find(&mut tx, &address).await?;
    drop(tx);
    let asker = ctx.asker().await?;
    let may_change = authorize(&asker, deed(ctx, known.as_ref()));
    let mut channel = known.clone().unwrap_or_else(|| fresh(ctx.programme, ctx.address.platform, place, ctx.tenant));
    match rest {
        "preview" => Ok(Reply::Private(overview(ctx, &channel, known.is_some()).await?)),
        "" if may_change.is_err() => Ok(Reply::Private(overview(ctx, &channel, known.is_some()).await?)),
        "" | "change" => {
            may_change?;
            if channel.set_up_by.is_none() {
                channel.zone = Some(ctx.zone());
            }
            if let Some(name) = &place.name {
                channel.name.clone_from(name);
            }
            let mut tx = ctx.db.read().await?;
            let preview = preview(&mut tx, ctx.live, ctx.programme, &channel, ctx.now).await?;
            Ok(Reply::OpenForm(form(ctx, &channel, preview)))
        }
        "pause" | "resume" => {
            may_change?;
            let Some(channel) = known else {
                return refuse("This channel has no digest yet. `/mobility channel` sets one up.");
            };
            pause(ctx, channel, rest == "pause").await
        }
        _ => refuse(
            "Here you can type `/mobility channel` (read and change the digest), `channel preview`, `channel pause` or `channel resume`.",
        ),
    }
}

fn deed<'a>(ctx: &Ctx<'_>, channel: Option<&Channel>) -> Deed<'a> {
    let is_here = |person: &PersonId| ctx.live.read().person(*person).is_some_and(|person| person.is_active);
    Deed::SetUpChannel { set_up_by: channel.and_then(|it| it.set_up_by).filter(is_here) }
}

fn fresh(programme: &Programme, platform: Platform, place: &Place, tenant: &str) -> Channel {
    Channel {
        platform,
        id: place.conversation.clone(),
        tenant: tenant.to_owned(),
        name: place.name.clone().unwrap_or_default(),
        digest: Digest::usual(programme),
        zone: None,
        set_up_by: None,
        is_member: true,
        is_paused: false,
    }
}

async fn pause(ctx: &Ctx<'_>, mut channel: Channel, is_paused: bool) -> Answer {
    let is_news = channel.is_paused != is_paused;
    channel.is_paused = is_paused;
    if is_news {
        write(ctx, &channel).await?;
    }
    let words = match (is_paused, is_news) {
        (true, true) => "The digest is paused. `/mobility channel resume` starts it again.".to_owned(),
        (true, false) => "The digest was paused already. `/mobility channel resume` starts it again.".to_owned(),
        (false, _) => format!("The digest is on. {}", when(ctx.programme, &channel, ctx.now)),
    };
    Ok(Reply::Private(Card::saying(words)))
}

async fn write(ctx: &Ctx<'_>, channel: &Channel) -> anyhow::Result<()> {
    let mut tx = ctx.db.write().await?;
    channels::upsert(&mut tx, channel, ctx.now).await?;
    let data = json!({"size": channel.digest.size, "topics": channel.digest.topics.len(), "paused": channel.is_paused});
    inbound::record(&mut tx, ctx.now, "channel.changed", Some(ctx.person), &channel.id, data).await?;
    tx.commit().await
}

fn form(ctx: &Ctx<'_>, channel: &Channel, preview: Vec<Block>) -> Form {
    let digest = &channel.digest;
    let days = DAYS.iter().map(|(day, name)| Choice::new(*name, day.to_string())).collect();
    let kinds = Kind::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.as_str())).collect();
    let zone = channel.zone_or(ctx.programme);
    Form {
        title: "Weekly digest".into(),
        submit: "Save".into(),
        action: Action::new(Verb::SubmitChannel, format!("{} {}", channel.id, channel.name)),
        intro: vec![Block::Text(Text::plain(format!(
            "One message a week with work that fits this channel; none in a week without news. Times are {}.",
            zone.name()
        )))],
        fields: vec![
            Field::new("day", "Day", FieldKind::Select { choices: days, initial: Some(digest.day.to_string()) }),
            Field::new("at", "Time", FieldKind::Time { initial: Some(digest.at) }),
            Field::new("topics", "Topics", FieldKind::Skills { initial: digest.topics.clone() })
                .optional()
                .hint("Skills this channel cares about. Empty means everything."),
            Field::new(
                "kinds",
                "Kinds of work",
                FieldKind::Checks {
                    choices: kinds,
                    initial: digest.kinds.iter().map(|kind| kind.as_str().to_owned()).collect(),
                },
            )
            .optional()
            .hint("None ticked means every kind."),
            Field::new(
                "size",
                "At most so many",
                FieldKind::Number { initial: Some(i64::from(digest.size)), min: 1, max: i64::from(LARGEST_DIGEST) },
            )
            .hint("More than that goes into the thread."),
            Field::new(
                "pause",
                "Pause",
                FieldKind::Checks {
                    choices: vec![Choice::new("Send nothing until this is unticked", "paused")],
                    initial: channel.is_paused.then(|| "paused".to_owned()).into_iter().collect(),
                },
            )
            .optional(),
        ],
        outro: preview,
    }
}

/// The form was sent: checked, kept, and shown as it is now.
///
/// # Errors
/// What the person is told, or what broke.
pub async fn submit(ctx: &Ctx<'_>, action: &Action, values: &Values) -> Answer {
    let (id, name) = action.subject.split_once(' ').unwrap_or((&action.subject, ""));
    let address = Address::new(ctx.address.platform, id);
    let mut tx = ctx.db.read().await?;
    let known = channels::find(&mut tx, &address).await?;
    drop(tx);
    let asker: Asker = ctx.asker().await?;
    authorize(&asker, deed(ctx, known.as_ref()))?;
    let digest = match parse(&ctx.live.read(), values) {
        Ok(digest) => digest,
        Err(errors) => return Ok(Reply::FormErrors(errors)),
    };
    let place =
        Place { conversation: id.to_owned(), is_direct: false, name: (!name.is_empty()).then(|| name.to_owned()) };
    let mut channel = known.unwrap_or_else(|| fresh(ctx.programme, ctx.address.platform, &place, ctx.tenant));
    if matches!(deed(ctx, Some(&channel)), Deed::SetUpChannel { set_up_by: None }) {
        channel.set_up_by = Some(ctx.person);
        channel.zone = Some(ctx.zone());
    }
    if let Some(name) = place.name {
        channel.name = name;
    }
    channel.digest = digest;
    channel.is_paused = values.is_checked("pause", "paused");
    channel.is_member = true;
    write(ctx, &channel).await?;
    Ok(Reply::Private(overview(ctx, &channel, true).await?))
}

fn parse(company: &Company, values: &Values) -> Result<Digest, Vec<(String, String)>> {
    let mut errors = Vec::new();
    let day = values.one("day").parse::<Weekday>();
    let at = values.time("at");
    let size = values.number("size").filter(|size| (1..=LARGEST_DIGEST).contains(size));
    let topics = cleaned(company, values.all("topics"));
    let mut refuse = |field: &str, words: String| errors.push((field.to_owned(), words));
    if day.is_err() {
        refuse("day", "Choose a day of the week.".into());
    }
    if at.is_none() {
        refuse("at", "Choose a time such as 09:30.".into());
    }
    if size.is_none() {
        refuse("size", format!("Choose a number from 1 to {LARGEST_DIGEST}."));
    }
    let topics = topics.unwrap_or_else(|words| {
        refuse("topics", words);
        Vec::new()
    });
    if topics.len() > MOST_TOPICS {
        refuse("topics", format!("Choose at most {MOST_TOPICS} topics; with none the digest is about everything."));
    }
    let kinds = values.all("kinds").iter().filter_map(|kind| Kind::parse(kind)).collect();
    match (day, at, size) {
        (Ok(day), Some(at), Some(size)) if errors.is_empty() => Ok(Digest { day, at, topics, kinds, size }),
        _ => Err(errors),
    }
}

async fn overview(ctx: &Ctx<'_>, channel: &Channel, is_set_up: bool) -> anyhow::Result<Card> {
    let mut card = Card::new("This channel's weekly digest").header("Weekly digest");
    if !is_set_up {
        let card = card
            .text("This channel has no digest yet. Anybody here may set one up.")
            .buttons(vec![Button::run("Set it up", "channel change")]);
        return Ok(card);
    }
    card = card.text(when(ctx.programme, channel, ctx.now)).text(about(&channel.digest));
    let mut tx = ctx.db.read().await?;
    card.blocks.extend(preview(&mut tx, ctx.live, ctx.programme, channel, ctx.now).await?);
    let who = channel.set_up_by.map_or_else(|| "Nobody".to_owned(), |person| people::name(ctx, person));
    let pause =
        if channel.is_paused { Button::run("Resume", "channel resume") } else { Button::run("Pause", "channel pause") };
    Ok(card
        .buttons(vec![Button::run("Change", "channel change"), pause])
        .note(format!("{who} set it up; they or HR can change it.")))
}

/// When the digest comes, in the channel's own zone.
fn when(programme: &Programme, channel: &Channel, now: Instant) -> String {
    if channel.is_paused {
        return "It is paused: nothing comes until somebody resumes it.".to_owned();
    }
    let zone = channel.zone_or(programme);
    let digest = &channel.digest;
    let next = Cadence::weekly(digest.day, digest.at).next_slot(zone, now);
    format!("Every {} at {}, next on {}.", day_name(digest.day), digest.at.format("%H:%M"), spoken_time(next.at, zone))
}

fn about(digest: &Digest) -> String {
    let topics = if digest.topics.is_empty() { "everything".to_owned() } else { cards::listed(&digest.topics) };
    let kinds: Vec<&str> = digest.kinds.iter().map(|kind| kind.as_str()).collect();
    let kinds = if kinds.is_empty() { "every kind of work".to_owned() } else { cards::listed(&kinds) };
    format!("Topics here: {topics}. Kinds: {kinds}. At most {}.", cards::count(i64::from(digest.size), "post"))
}

/// What the next digest would say if it came now.
async fn preview(
    tx: &mut Tx,
    live: &Live,
    programme: &Programme,
    channel: &Channel,
    now: Instant,
) -> sqlx::Result<Vec<Block>> {
    let seen = channels::exposures(tx, &channel.audience()).await?;
    let today = local_date(channel.zone_or(programme), now);
    let company = live.read();
    let chosen = channel_digest::choose(&company, channel, &seen, today);
    let shown = if chosen.new == 0 { Vec::new() } else { chosen.shown };
    let posts: Vec<&Opportunity> = shown.into_iter().filter_map(|id| company.opportunity(id)).collect();
    if posts.is_empty() {
        return Ok(vec![Block::Note("There is nothing new that fits at the moment, so nothing would be sent.".into())]);
    }
    let card = channel_digest::card::digest(
        &posts,
        &channel_digest::finished(&company, channel, now),
        &channel.digest.topics,
        today,
    );
    let mut blocks = vec![Block::Note("If it came now, it would say:".into())];
    blocks.extend(card.blocks.into_iter().filter_map(|block| match block {
        Block::Item { text, .. } | Block::Text(text) => Some(Block::Text(text)),
        _ => None,
    }));
    Ok(blocks)
}

/// We were added to a channel: its digest starts with the usual settings, in the zone of whoever added us, and the channel
/// reads what it will get. Being told twice, or added again, changes no settings.
///
/// # Errors
/// The database refused; nothing was changed.
pub async fn welcome(
    db: &Db,
    live: &Live,
    programme: &Programme,
    platform: Platform,
    place: &Place,
    inviter: Option<PersonId>,
    now: Instant,
) -> anyhow::Result<()> {
    let mut tx = db.write().await?;
    let address = Address::new(platform, &place.conversation);
    let known = channels::find(&mut tx, &address).await?;
    let is_back = known.as_ref().is_some_and(|it| !it.is_member);
    let mut channel = known.clone().unwrap_or_else(|| {
        let zone = inviter.and_then(|person| live.read().person(person).and_then(|person| person.zone));
        Channel { zone, set_up_by: inviter, ..fresh(programme, platform, place, HOME_TENANT) }
    });
    if known.is_some() && !is_back {
        return Ok(());
    }
    channel.is_member = true;
    channels::upsert(&mut tx, &channel, now).await?;
    let mut card = Card::new("Work on something different, once a week")
        .text("Hello! Once a week I bring you work from other teams that you can join for a few hours.")
        .text(when(programme, &channel, now));
    card.blocks.extend(preview(&mut tx, live, programme, &channel, now).await?);
    card = card
        .buttons(vec![Button::run("Change", "channel change"), Button::run("Post a project", "post")])
        .note("At most one message a week, and none in a week without news. `/mobility channel pause` stops it.");
    let zone = channel.zone_or(programme);
    let draft = Draft {
        tenant: channel.tenant.clone(),
        platform,
        kind: "notice.channel_welcome".to_owned(),
        subject: channel.id.clone(),
        recipient: channel.id.clone(),
        occurrence: week_label(local_date(zone, now)),
        person: None,
        is_nudge: false,
        why: "Mobility was added to the channel".to_owned(),
        card,
        thread_of: None,
        urgency: outbox::Urgency::Notice,
        due_at: now,
        useful_until: None,
    };
    outbox::enqueue(&mut tx, &draft, now).await?;
    inbound::record(&mut tx, now, "channel.joined", inviter, &channel.id, json!({})).await?;
    tx.commit().await
}
