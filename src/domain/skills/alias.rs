//! Short and other names of skills that everybody uses. The company's own words come from its people and posts.

/// The full name behind a folded short one.
pub fn full_name(folded: &str) -> Option<&'static str> {
    NAMES.iter().find_map(|(full, short)| short.contains(&folded).then_some(*full))
}

/// The full name, and its other names, folded.
const NAMES: &[(&str, &[&str])] = &[
    ("Accessibility", &["a11y"]),
    ("Amazon Web Services", &["aws", "amazon aws"]),
    ("Artificial intelligence", &["ai", "künstliche intelligenz"]),
    ("Business intelligence", &["bi"]),
    ("Continuous integration", &["ci", "ci cd", "cicd"]),
    ("Customer relationship management", &["crm"]),
    ("Customer success", &["cs", "csm"]),
    ("Data science", &["ds"]),
    ("DevOps", &["dev op"]),
    ("Excel", &["ms excel", "microsoft excel", "xl"]),
    ("Go", &["golang", "go lang"]),
    ("Google Cloud", &["gcp", "google cloud platform"]),
    ("Human resources", &["hr"]),
    ("Internationalisation", &["i18n", "internationalization"]),
    ("Java", &["jdk"]),
    ("JavaScript", &["js", "java script", "ecmascript"]),
    ("Kubernetes", &["k8", "k8s", "kube"]),
    ("Large language models", &["llm"]),
    ("Localisation", &["l10n", "localization"]),
    ("Machine learning", &["ml"]),
    ("Microsoft Azure", &["azure"]),
    ("Natural language processing", &["nlp"]),
    (".NET", &["dotnet", "dot net"]),
    ("Node.js", &["node", "node j", "node js"]),
    ("PostgreSQL", &["postgre", "psql", "postgre sql"]),
    ("PowerPoint", &["ppt", "power point", "ms powerpoint"]),
    ("Project management", &["pm", "project manager"]),
    ("Public relations", &["pr"]),
    ("Python", &["py", "python 3", "python3"]),
    ("Quality assurance", &["qa"]),
    ("React", &["reactj", "react js", "react j"]),
    ("Ruby on Rails", &["ror", "rail"]),
    ("Rust", &["rust lang", "rustlang"]),
    ("Search engine optimisation", &["seo", "search engine optimization"]),
    ("TypeScript", &["ts", "type script"]),
    ("User experience", &["ux", "ux design"]),
    ("User interface", &["ui", "ui design"]),
    ("Version control", &["vcs"]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::skills::fold;

    #[test]
    fn every_short_name_is_folded_and_stands_for_one_skill_only() {
        let mut seen = std::collections::BTreeSet::new();
        for (full, short) in NAMES {
            assert_eq!(full_name(&fold(full)), None, "{full} is a full name");
            for name in *short {
                assert!(seen.insert(name), "{name} stands twice");
            }
        }
        for (name, folded) in [("K8s", "k8s"), ("Postgres", "postgre"), ("React.js", "reactj"), ("Rails", "rail")] {
            assert_eq!(fold(name), folded);
        }
    }
}
