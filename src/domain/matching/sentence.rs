//! What the sentences of a post say of a query: a task is one sentence, and the same words here and there mean less.

use super::{
    index::{Index, Number, Slot},
    reading::{MOST_WORDS, Word},
    text::END,
};

/// What a word that says nearly the same counts in a sentence that lacks the word itself.
const LIKE_IN_SENTENCE: f32 = 0.7;

/// A stem that says a word of the query: the word itself, or what is like it and counts where the word itself is missing.
pub(super) struct Sought {
    stem: Number,
    /// Its place among the words of the query.
    word: usize,
    is_like: bool,
    worth: f32,
}

impl Index {
    /// What says these words, in the order of the stems.
    pub(super) fn sought(&self, words: &[Word<'_>]) -> Vec<Sought> {
        let mut sought = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let rarity = |stem: Number| word.rarity.min(self.rarity_of(self.postings_of(stem).len()));
            let itself =
                word.stems.iter().map(|stem| Sought { stem: *stem, word: at, is_like: false, worth: word.rarity });
            let like = word.like.iter().map(|(stem, nearness)| {
                let worth = LIKE_IN_SENTENCE * nearness * rarity(*stem);
                Sought { stem: *stem, word: at, is_like: true, worth }
            });
            sought.extend(itself.chain(like));
        }
        sought.sort_unstable_by_key(|it| (it.stem, it.word));
        sought
    }

    /// How much of what is sought the best sentence of a post says.
    pub(super) fn best_sentence(&self, slot: Slot, sought: &[Sought]) -> f32 {
        let sentences = self.docs[slot as usize].sentences.split(|stem| *stem == END);
        sentences.map(|sentence| says(sentence, sought)).fold(0.0, f32::max)
    }
}

/// How much of what is sought a sentence says; a longer one says it less clearly.
fn says(sentence: &[Number], sought: &[Sought]) -> f32 {
    /// A usual sentence has so many words that tell something.
    const USUAL: f32 = 11.0;
    let length = sentence.iter().fold(0.0_f32, |length, _| length + 1.0);
    let dilution = 0.7 + 0.3 * length / USUAL;
    let (mut itself, mut like) = ([0.0_f32; MOST_WORDS], [0.0_f32; MOST_WORDS]);
    for stem in sentence {
        let from = sought.partition_point(|it| it.stem < *stem);
        for it in sought[from..].iter().take_while(|it| it.stem == *stem) {
            let times = sentence.iter().filter(|other| *other == stem).fold(0.0_f32, |times, _| times + 1.0);
            let said = it.worth * times * 2.2 / (times + 1.2 * dilution);
            let best = if it.is_like { &mut like } else { &mut itself };
            best[it.word] = best[it.word].max(said);
        }
    }
    itself.iter().zip(like).map(|(itself, like)| if *itself > 0.0 { *itself } else { like }).sum()
}
