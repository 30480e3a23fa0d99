//! What one skill more would open.

use super::{
    index::{Index, Number},
    openings::{Asked, Part},
    person::{Ask, Sums},
    profile::Profile,
    rank::exact,
    reason::Band,
    terms::{FURTHER_OFF, band},
};

/// One skill more, and how many more open posts would be a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatIf {
    pub skill: String,
    /// Put on the list of what to learn.
    pub learnt: usize,
    /// Put on the profile as had.
    pub had: usize,
}

/// What a skill would open that the person neither has nor wants.
#[derive(Clone, Copy, Default)]
struct Opens {
    worth: f32,
    learnt: usize,
    had: usize,
}

/// A post that nothing speaks for yet counts so much, compared with what speaks for one.
const STRANGE: f32 = 0.05;

impl Index {
    /// What one skill more would open, most first: skills of open posts that are near to the person already. It looks at
    /// every open post, and closely only at those that something speaks for.
    #[must_use]
    pub fn what_if(&self, ask: &Ask<'_>, most: usize) -> Vec<WhatIf> {
        let profile = Profile::of(self, ask.person, ask.feedback, ask.today);
        let mut evidence = Sums::default();
        self.add_up_evidence(&Profile { disliked: Vec::new(), ..profile.clone() }, &mut evidence);
        let mut is_named = vec![false; self.docs.len()];
        for asking in profile.have.iter().chain(&profile.want).flat_map(|skill| self.openings.asking(*skill)) {
            is_named[asking.slot as usize] = true;
        }
        let mut by_skill = vec![Opens::default(); self.openings.skills()];
        for slot in self.open.iter().copied().filter(|slot| !self.is_filtered(ask, &profile, *slot)) {
            let (asks, is_named) = (self.openings.asks(slot), is_named[slot as usize]);
            let evidence = evidence.of(slot).unwrap_or_default();
            if (is_named || evidence >= FURTHER_OFF)
                && let Some(Band::Strong | Band::Good | Band::Stretch) =
                    band(&profile, asks, &self.terms(&profile, slot, ask.today, 0))
            {
                continue;
            }
            let is_held = |it: &&Asked| it.part == Part::Needed && profile.has(it.skill);
            let held = if is_named { asks.skills.iter().filter(is_held).count() } else { 0 };
            let is_half = (held + 1) * 2 >= asks.needed;
            for it in &asks.skills {
                let opens = &mut by_skill[it.skill as usize];
                opens.worth += it.learn * (STRANGE + evidence);
                opens.learnt += 1;
                opens.had += usize::from(it.part == Part::Needed && is_half);
            }
        }
        let mut all: Vec<(Number, Opens)> = (0..).zip(by_skill).filter(|(_, opens)| opens.learnt > 0).collect();
        all.retain(|(skill, _)| !profile.has(*skill) && !profile.wants(*skill));
        all.sort_by(|a, b| {
            let by_name = || self.written(a.0).cmp(&self.written(b.0));
            exact(a.1.worth).cmp(&exact(b.1.worth)).then_with(by_name)
        });
        let named = all.into_iter().filter_map(|(skill, opens)| {
            Some(WhatIf { skill: self.written(skill)?, learnt: opens.learnt, had: opens.had })
        });
        named.take(most).collect()
    }
}
