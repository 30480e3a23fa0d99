//! All that can be typed, by what one wants to do, and more about each.

use super::{Answer, Command, Ctx};
use crate::{
    access::{Deed, authorize},
    domain::skills::sources,
    message::{Button, Card, Reply, Text},
};

/// What one may want to know more about.
struct Topic {
    name: &'static str,
    also: &'static [&'static str],
    title: &'static str,
    about: &'static str,
    commands: &'static [Command],
    audience: Audience,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    Everybody,
    Managers,
    Programme,
}

const TOPICS: &[Topic] = &[
    Topic {
        name: "search",
        also: &["find", "filters", "projects"],
        title: "Find something",
        about: "Any words will do, and filters narrow them: skill:rust, type:project (or gig, role, shadowing, mentoring, skillshare), \
                hours:<=4, remote, team:data, starts:may. Typing slips are forgiven. Looking is private.",
        commands: &[Command::Home, Command::Find, Command::Show, Command::Save, Command::Unsave, Command::Saved],
        audience: Audience::Everybody,
    },
    Topic {
        name: "matches",
        also: &["matching", "match", "why", "feedback"],
        title: "Matches",
        about: "Work is ranked for you; people are never ranked for work. A match counts what a post needs that you have, what it \
                teaches that you want to learn, and the role you would like. Strong: you have what it needs. Good: most of it. Stretch: \
                part of it, and it teaches something you want. One in five comes from outside your department. `why P-142` says what \
                fits, what is missing, and what one skill more would open. `matches feedback` shows what your matches listen to beside \
                your profile: what you said is not for you, what you saved, and what was shown three times without an answer. All of \
                it can be taken back. The same data gives the same order, always.",
        commands: &[Command::Matches, Command::Why, Command::Hide, Command::Unhide, Command::Profile, Command::Skills],
        audience: Audience::Everybody,
    },
    Topic {
        name: "applications",
        also: &["apply", "applying", "interested"],
        title: "Applications",
        about: "Press I'm interested: the owner is told, nobody else. Every post says by when an answer is promised, and a no comes with \
                its reason. Your manager is told only if you accept an offer.",
        commands: &[Command::Interested, Command::Applied, Command::Withdraw],
        audience: Audience::Everybody,
    },
    Topic {
        name: "moving",
        also: &["how", "mobility", "moves"],
        title: "How moving works here",
        about: "There are three ways to move. Sideways: another team, with the skills you have. Role to role: another kind of work, step by \
                step, often by a short project first. Upward: more responsibility. Staying and learning is fine too. A project has a \
                beginning and an end and a few hours a week; shadowing, mentoring and skillshares are smaller steps still. You apply, the \
                owner answers by the promised day, and your manager hears of it only when you accept an offer.",
        commands: &[],
        audience: Audience::Everybody,
    },
    Topic {
        name: "paths",
        also: &["path", "roles", "growing"],
        title: "Where you could go",
        about: "`paths` looks from your title, `paths product manager` at one role: what you bring, what is missing, and which open work \
                and which people here teach it. Roles come from public facts about occupations, at the level of yours or the next one. \
                “I'd like that” puts a role on your profile, and work on the way there counts for your matches. Only you see it.",
        commands: &[Command::Paths],
        audience: Audience::Everybody,
    },
    Topic {
        name: "mentors",
        also: &["mentor", "mentoring", "expert", "experts"],
        title: "Helping each other",
        about: "Everybody who can be found here said so, and can stop at any time: `mentor offer` and `mentor stop`. You see what they do \
                and what they offer, and no number. Looking is private; only whom you ask is told, and a no needs no reason. Your own \
                reporting line is left out.",
        commands: &[Command::Mentor, Command::Expert],
        audience: Audience::Everybody,
    },
    Topic {
        name: "nudges",
        also: &["messages", "notifications", "snooze", "settings"],
        title: "Messages",
        about: "There is a cap a week, quiet hours in your own zone, and two ways out on every message: Not now and Fewer like this. \
                What you set yourself beats what the programme says.",
        commands: &[Command::Nudges, Command::Snooze],
        audience: Audience::Everybody,
    },
    Topic {
        name: "conversations",
        also: &["1on1", "career"],
        title: "Career conversations",
        about: "Once a quarter, 25 minutes about where you want to go, not about status. It counts when both of you say that it happened; \
                nobody sees who answered first.",
        commands: &[Command::OneOnOne, Command::Team],
        audience: Audience::Everybody,
    },
    Topic {
        name: "posting",
        also: &["post", "owner", "owners"],
        title: "Offer some work",
        about: "Say what it needs, what helps and what you teach, the hours and weeks, and by when you answer. Applicants come to you in the \
                order in which they applied, with facts and no score. Everybody gets an answer.",
        commands: &[Command::Post, Command::Edit, Command::Close, Command::Applicants],
        audience: Audience::Everybody,
    },
    Topic {
        name: "channels",
        also: &["channel", "digest"],
        title: "Channels",
        about: "Invite the bot to a channel and it posts at most five ideas once a week, in the channel's zone, and nothing when there is \
                nothing new.",
        commands: &[Command::Channel],
        audience: Audience::Everybody,
    },
    Topic {
        name: "privacy",
        also: &["data", "who"],
        title: "Privacy",
        about: "Searching, saving and hiding are yours alone. Every button says whom it tells.",
        commands: &[Command::Privacy, Command::MyData, Command::ForgetMe],
        audience: Audience::Everybody,
    },
    Topic {
        name: "sources",
        also: &["source", "credits", "about"],
        title: "Sources",
        about: "Skills are the words that people and posts here use, the company's own list, and a file of facts about skills and \
                occupations made from the sources below. The shape of a career conversation follows ideas published as GROW and as past, \
                present, future; the questions are our own.",
        commands: &[],
        audience: Audience::Everybody,
    },
    Topic {
        name: "managers",
        also: &["manager", "team"],
        title: "Managers",
        about: "Each quarter one message with everybody of your team who has no time yet, and two times each to pick from. You see dates, \
                never what somebody searches, saves or applies for.",
        commands: &[Command::Team, Command::OneOnOne],
        audience: Audience::Managers,
    },
    Topic {
        name: "admin",
        also: &["hr", "programme"],
        title: "Running the programme",
        about: "Look at the rehearsal first: who would get which message on which day. Nothing is sent unasked until you turn it on. Groups \
                smaller than five are never shown.",
        commands: &[Command::Admin],
        audience: Audience::Programme,
    },
];

/// All topics for this person, or one of them.
pub async fn run(ctx: &Ctx<'_>, rest: &str) -> Answer {
    let word = rest.trim().trim_start_matches('/').to_lowercase();
    if !word.is_empty() {
        if let Some(topic) = TOPICS.iter().find(|topic| topic.name == word || topic.also.contains(&word.as_str())) {
            return Ok(Reply::Private(about(topic)));
        }
        if let Some(command) = Command::named(&word) {
            return Ok(Reply::Private(one(command)));
        }
    }
    let is_manager = !ctx.live.read().reports_of(ctx.person).is_empty();
    let is_programme = authorize(&ctx.asker().await?, Deed::RunProgramme).is_ok();
    let topics = TOPICS.iter().filter(|topic| match topic.audience {
        Audience::Everybody => true,
        Audience::Managers => is_manager,
        Audience::Programme => is_programme,
    });
    Ok(Reply::Private(overview(topics.collect(), &word)))
}

fn overview(topics: Vec<&Topic>, unknown: &str) -> Card {
    let mut card = Card::new("What you can do").header("What you can do");
    if !unknown.is_empty() {
        card = card.text(format!(
            "There is no help on “{}”. Here is everything:",
            unknown.chars().take(60).collect::<String>()
        ));
    }
    for topic in &topics {
        if topic.commands.is_empty() {
            continue;
        }
        let mut text = Text::new().bold(topic.title);
        for command in topic.commands {
            text = usage_line(text.then("\n"), *command);
        }
        card = card.text(text);
    }
    let names: Vec<&str> = topics.iter().map(|topic| topic.name).collect();
    card.note(
        Text::new()
            .then("Any other words are searched for. ")
            .code("/projects rust")
            .then(" is short for ")
            .code("/mobility find rust")
            .then(format!(". More about: {}.", names.join(", "))),
    )
    .buttons(vec![
        Button::run("How moving works here", "help moving"),
        Button::run("Matches", "help matches"),
        Button::run("Who sees what", "privacy"),
    ])
}

fn usage_line(text: Text, command: Command) -> Text {
    text.code(command.usage()).then(format!(" — {}", command.does()))
}

fn about(topic: &Topic) -> Card {
    let mut card = Card::new(topic.title).header(topic.title).text(topic.about);
    if topic.name == "sources" {
        for source in sources() {
            card = card.text(Text::new().bold(source.name).then(format!(" · {}\n{}", source.licence, source.notice)));
        }
    }
    for command in topic.commands {
        card = card.text(usage_line(Text::new(), *command));
    }
    card.buttons(vec![Button::run("All of it", "help")])
}

fn one(command: Command) -> Card {
    Card::new(command.does()).text(usage_line(Text::new(), command)).buttons(vec![Button::run("All of it", "help")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_but_help_itself_has_its_place_in_the_help() {
        for command in Command::ALL.iter().filter(|command| **command != Command::Help) {
            assert!(TOPICS.iter().any(|topic| topic.commands.contains(command)), "{command:?} is in no topic");
        }
    }

    #[test]
    fn a_topic_is_called_by_one_name_only() {
        let mut names: Vec<&str> = TOPICS.iter().flat_map(|t| t.also.iter().chain([&t.name]).copied()).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
