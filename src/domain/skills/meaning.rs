//! What words mean, as numbers: texts about the same thing have a high cosine though they share no word.

use super::{
    Taxonomy,
    file::{Reader, Refused},
    taxonomy,
};

/// How many numbers a meaning has.
pub const AXES: usize = 64;

/// A direction of length 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Meaning([f32; AXES]);

/// The meaning of every root, rare ones weighing more.
#[derive(Debug)]
pub struct Meanings(Vec<i8>);

/// What a text with these roots is about; `None` where none of them is known.
#[must_use]
pub fn text_vector<'a>(stems: impl IntoIterator<Item = &'a str>) -> Option<Meaning> {
    taxonomy().text_vector(stems)
}

/// How far two texts are about the same: 1 is the same.
#[must_use]
pub fn cosine(a: &Meaning, b: &Meaning) -> f32 {
    a.0.iter().zip(&b.0).map(|(a, b)| a * b).sum()
}

impl Taxonomy {
    /// See [`text_vector`].
    #[must_use]
    pub fn text_vector<'a>(&self, stems: impl IntoIterator<Item = &'a str>) -> Option<Meaning> {
        self.meaning(stems.into_iter().filter_map(|stem| self.roots.find(stem)).map(|root| (root, 1.0)))
    }

    /// What these roots mean together, each with its weight.
    pub(super) fn meaning(&self, roots: impl IntoIterator<Item = (u16, f32)>) -> Option<Meaning> {
        let mut sum = [0.0; AXES];
        for (root, weight) in roots {
            sum.iter_mut().zip(self.meanings.of(root)).for_each(|(sum, it)| *sum += weight * f32::from(*it));
        }
        let length = sum.iter().map(|it| it * it).sum::<f32>().sqrt();
        (length > 0.0).then(|| Meaning(sum.map(|it| it / length)))
    }
}

impl Meanings {
    pub fn read(reader: &mut Reader, roots: usize) -> Result<Self, Refused> {
        let columns = reader.bytes()?;
        if columns.len() != roots * AXES {
            return Err(Refused::Damaged("meanings are missing"));
        }
        Ok(Self((0..columns.len()).map(|at| columns[at % AXES * roots + at / AXES].cast_signed()).collect()))
    }

    fn of(&self, root: u16) -> &[i8] {
        &self.0[usize::from(root) * AXES..][..AXES]
    }
}

/// Meanings to look through: a byte for each number.
#[derive(Debug, Default)]
pub struct Shelf(Vec<i8>);

impl Shelf {
    pub fn push(&mut self, meaning: Option<Meaning>) {
        match meaning {
            Some(Meaning(axes)) => self.0.extend(axes.map(|it| (it * STEPS).round() as i8)),
            None => self.0.extend([0; AXES]),
        }
    }

    /// The cosine with each, in their order.
    pub fn cosines(&self, meaning: &Meaning) -> Vec<f32> {
        let bytes = meaning.0.map(|it| (it * STEPS).round() as i8);
        let product =
            |other: &[i8]| -> i32 { bytes.iter().zip(other).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum() };
        self.0.chunks_exact(AXES).map(|other| product(other) as f32 / (STEPS * STEPS)).collect()
    }
}

/// A number of a direction is kept as a byte.
const STEPS: f32 = 127.0;
