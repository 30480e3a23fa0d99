//! May this person be nudged now, and if not, when and why.
