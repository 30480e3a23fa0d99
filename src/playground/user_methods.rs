//! People and conversations of the Web API.

use super::web_api::{Args, Outcome, paged};
use super::workspace::{APP, BOT, BOT_NAME, BOT_USER, State, TEAM, TEAM_DOMAIN, dm_of};
use super::{Playground, SimChannel, SimPerson};
use chrono::{DateTime, Offset, TimeZone, Utc};
use serde_json::{Value, json};

pub(super) fn auth_test(playground: &Playground) -> Outcome {
    Ok(json!({"url": playground.page_url(), "team": "Playground", "user": BOT_NAME.to_lowercase(), "team_id": TEAM,
        "user_id": BOT_USER, "bot_id": BOT, "is_enterprise_install": false}))
}

pub(super) fn user_json(person: &SimPerson, is_gone: bool, with_locale: bool, now: DateTime<Utc>) -> Value {
    let zone: chrono_tz::Tz = person.zone.parse().unwrap_or(chrono_tz::UTC);
    let mut user = json!({
        "id": person.id, "team_id": TEAM, "name": user_name(person), "deleted": is_gone, "real_name": person.name,
        "tz": person.zone, "tz_label": person.zone,
        "tz_offset": zone.offset_from_utc_datetime(&now.naive_utc()).fix().local_minus_utc(),
        "is_bot": false, "is_app_user": false, "is_restricted": person.is_guest, "is_ultra_restricted": false,
        "updated": 1_700_000_000,
        "profile": {"real_name": person.name, "display_name": person.name, "title": person.title, "team": TEAM},
    });
    if let Some(email) = &person.email {
        user["profile"]["email"] = json!(email);
    }
    if with_locale {
        user["locale"] = json!(person.locale);
    }
    user
}

/// The old account name that payloads still carry.
pub(super) fn user_name(person: &SimPerson) -> String {
    person.name.to_lowercase().split_whitespace().collect::<Vec<_>>().join(".")
}

fn bot_json() -> Value {
    json!({"id": BOT_USER, "team_id": TEAM, "name": BOT_NAME.to_lowercase(), "deleted": false, "real_name": BOT_NAME,
        "tz": "Etc/UTC", "tz_offset": 0, "is_bot": true, "is_restricted": false, "is_ultra_restricted": false,
        "profile": {"real_name": BOT_NAME, "display_name": BOT_NAME, "api_app_id": APP, "bot_id": BOT, "team": TEAM}})
}

pub(super) fn users_info(playground: &Playground, args: &Args) -> Outcome {
    let id = args.required("user")?;
    if id == BOT_USER {
        return Ok(json!({ "user": bot_json() }));
    }
    playground.read(|state| {
        let person = state.person(id).ok_or("user_not_found")?;
        let is_gone = state.gone.contains(id);
        Ok(json!({"user": user_json(person, is_gone, args.is_set("include_locale"), playground.now())}))
    })
}

pub(super) fn users_list(playground: &Playground, args: &Args) -> Outcome {
    let everybody = playground.read(|state| {
        let person = |each: &SimPerson| {
            user_json(each, state.gone.contains(&each.id), args.is_set("include_locale"), playground.now())
        };
        state.people.iter().map(person).chain([bot_json()]).collect::<Vec<_>>()
    });
    let (members, cursor) = paged(everybody, args, 200, 1000);
    Ok(json!({"members": members, "cache_ts": 1_700_000_000, "response_metadata": {"next_cursor": cursor}}))
}

pub(super) fn users_lookup(playground: &Playground, args: &Args) -> Outcome {
    let email = args.required("email")?.to_lowercase();
    playground.read(|state| {
        let fits = |person: &&SimPerson| person.email.as_ref().is_some_and(|known| known.to_lowercase() == email);
        let person = state.people.iter().find(fits).ok_or("users_not_found")?;
        Ok(json!({"user": user_json(person, state.gone.contains(&person.id), false, playground.now())}))
    })
}

pub(super) fn conversations_open(playground: &Playground, args: &Args) -> Outcome {
    let user = args.required("users")?;
    if user.contains(',') {
        return Err("method_not_supported_for_channel_type".into());
    }
    playground.change(|state| {
        state.person(user).ok_or("user_not_found")?;
        if state.gone.contains(user) {
            return Err("user_disabled".into());
        }
        let id = dm_of(user);
        let already = state.conversations.contains_key(&id);
        state.conversation(&id);
        Ok(json!({"no_op": already, "already_open": already, "channel": {"id": id}}))
    })
}

fn channel_json(state: &State, channel: &SimChannel) -> Value {
    json!({"id": channel.id, "name": channel.name, "name_normalized": channel.name, "is_channel": true, "is_group": false,
        "is_im": false, "is_mpim": false, "is_private": false, "is_archived": false, "is_general": false,
        "is_member": state.joined.contains(&channel.id), "num_members": channel.members.len(), "context_team_id": TEAM,
        "is_ext_shared": false, "topic": {"value": channel.topic}, "purpose": {"value": channel.topic}})
}

pub(super) fn conversations_info(playground: &Playground, args: &Args) -> Outcome {
    let id = args.required("channel")?;
    playground.read(|state| {
        if let Some(channel) = state.channel(id) {
            return Ok(json!({ "channel": channel_json(state, channel) }));
        }
        let person = state.people.iter().find(|person| dm_of(&person.id) == id).ok_or("channel_not_found")?;
        Ok(json!({"channel": {"id": id, "is_im": true, "is_channel": false, "is_archived": false, "user": person.id,
            "context_team_id": TEAM}}))
    })
}

pub(super) fn conversations_members(playground: &Playground, args: &Args) -> Outcome {
    let id = args.required("channel")?;
    let everybody = playground.read(|state| match state.channel(id) {
        Some(channel) => {
            let bot = state.joined.contains(id).then(|| BOT_USER.to_owned());
            Some(channel.members.iter().cloned().chain(bot).collect::<Vec<_>>())
        }
        None => {
            let person = state.people.iter().find(|person| dm_of(&person.id) == id)?;
            Some(vec![person.id.clone(), BOT_USER.to_owned()])
        }
    });
    let (members, cursor) = paged(everybody.ok_or("channel_not_found")?, args, 100, 1000);
    Ok(json!({"members": members, "response_metadata": {"next_cursor": cursor}}))
}

pub(super) fn conversations_list(playground: &Playground, args: &Args) -> Outcome {
    let all =
        playground.read(|state| state.channels.iter().map(|channel| channel_json(state, channel)).collect::<Vec<_>>());
    let (channels, cursor) = paged(all, args, 100, 999);
    Ok(json!({"channels": channels, "team": TEAM_DOMAIN, "response_metadata": {"next_cursor": cursor}}))
}
