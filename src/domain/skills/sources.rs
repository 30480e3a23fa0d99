//! Whose facts the taxonomy is made of.

/// One source, with what its licence asks us to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    pub name: &'static str,
    pub licence: &'static str,
    pub notice: &'static str,
}

/// The sources of the taxonomy, for people to read. NOTICE says the same.
#[must_use]
pub const fn sources() -> &'static [Source] {
    SOURCES
}

const SOURCES: &[Source] = &[
    Source {
        name: "O*NET 29.3 Database",
        licence: "CC BY 4.0",
        notice: "This product includes information from the O*NET 29.3 Database by the U.S. Department of Labor, \
                 Employment and Training Administration (USDOL/ETA). Used under the CC BY 4.0 license. O*NET® is a \
                 trademark of USDOL/ETA. Trailmark has modified all or some of this information. USDOL/ETA has not \
                 approved, endorsed, or tested these modifications.",
    },
    Source {
        name: "ESCO v1.2",
        licence: "Commission Decision 2011/833/EU",
        notice: "This service uses the ESCO classification of the European Commission. The data is a modified and \
                 adapted version of ESCO.",
    },
    Source {
        name: "GitHub Explore topics",
        licence: "CC BY 4.0",
        notice: "Content based on github.com/github/explore used under the CC-BY-4.0 license; changed: filtered, merged \
                 with other sources.",
    },
    Source {
        name: "Linguist",
        licence: "MIT",
        notice: "Programming-language aliases from GitHub Linguist via linguist-languages, MIT License, Copyright (c) \
                 Ika; Linguist, Copyright (c) 2017 GitHub, Inc.",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notice_file_says_what_every_licence_asks_for() {
        let notice = include_str!("../../../NOTICE").split_whitespace().collect::<Vec<_>>().join(" ");
        for source in sources() {
            assert!(notice.contains(source.notice), "{}", source.name);
        }
        assert!(notice.contains("Permission is hereby granted, free of charge"));
    }
}
