//! Skills: any text to a canonical skill.
