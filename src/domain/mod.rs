//! Floor 0: what is true about people, work and time. No I/O, no clock: `now` is an argument.

pub mod audit;
pub mod budget;
pub mod calendar;
pub mod company;
pub mod conversation;
pub mod feedback;
pub mod id;
pub mod limiter;
pub mod matching;
pub mod measure;
pub mod mentoring;
pub mod opportunity;
pub mod outbox;
pub mod own_skills;
pub mod paths;
pub mod person;
pub mod preference;
pub mod programme;
pub mod retention;
pub mod skills;
pub mod steady;
pub mod teaching;
pub mod understood;
pub mod word;

/// The one type of instant in the program. Truncated to milliseconds where it enters (see `ports::Clock`).
pub type Instant = chrono::DateTime<chrono::Utc>;

/// A number that looks random and is always the same for this seed and this thing: what rotates, rotates by it.
#[must_use]
pub fn scatter(seed: u64, thing: u64) -> u64 {
    // The finaliser of SplitMix64, over both numbers.
    let mut mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ thing.wrapping_mul(0xD1B5_4A32_D192_ED03);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
