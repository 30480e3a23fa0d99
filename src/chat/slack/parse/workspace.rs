//! Whose workspace a payload belongs to, and who is a stranger in it.

use serde_json::Value;

/// The first place that names a workspace wins. Every one of them can be missing or null, and `team` is sometimes plain
/// text. Organisation-wide events name no workspace at all: then it is the organisation.
pub fn tenant(payload: &Value) -> Option<String> {
    let team = &payload["team"];
    let authorization = &payload["authorizations"][0];
    [
        &payload["view"]["app_installed_team_id"],
        &team["id"],
        team,
        &authorization["team_id"],
        &payload["team_id"],
        &payload["event"]["team_id"],
        &payload["user"]["team_id"],
        &payload["view"]["team_id"],
    ]
    .into_iter()
    .find_map(named)
    .or_else(|| enterprise(payload))
    .map(str::to_owned)
}

pub fn enterprise(payload: &Value) -> Option<&str> {
    let places = [
        &payload["enterprise"]["id"],
        &payload["enterprise"],
        &payload["authorizations"][0]["enterprise_id"],
        &payload["enterprise_id"],
        &payload["team"]["enterprise_id"],
    ];
    places.into_iter().find_map(named)
}

/// The person's home is neither this workspace nor its organisation: somebody of another company in a shared channel.
/// [U] In an organisation-wide installation a colleague from a sister workspace looks the same and is refused too.
pub fn is_stranger(payload: &Value, tenant: &str, home: &Value) -> bool {
    named(home).is_some_and(|home| home != tenant && enterprise(payload) != Some(home))
}

pub fn named(value: &Value) -> Option<&str> {
    value.as_str().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_workspace_is_found_wherever_it_stands() {
        let cases = [
            (json!({"view": {"app_installed_team_id": "T1"}, "team": {"id": "T2"}}), Some("T1")),
            (json!({"team": {"id": "T2"}, "team_id": "T3"}), Some("T2")),
            (json!({"team": "T2"}), Some("T2")),
            (json!({"team": null, "authorizations": [{"team_id": "T4"}], "team_id": "T3"}), Some("T4")),
            (json!({"team": {"id": null}, "authorizations": [{"team_id": null}], "team_id": "T3"}), Some("T3")),
            (json!({"authorizations": [], "event": {"team_id": "T5"}}), Some("T5")),
            (json!({"user": {"team_id": "T6"}, "view": {"team_id": "T7"}}), Some("T6")),
            (json!({"view": {"team_id": "T7"}}), Some("T7")),
            (json!({"enterprise_id": "E1", "event": {"type": "tokens_revoked"}}), Some("E1")),
            (json!({"enterprise": {"id": "E2"}, "team": null}), Some("E2")),
            (json!({"team": {"enterprise_id": "E3"}}), Some("E3")),
            (json!({"type": "event_callback"}), None),
        ];
        for (payload, expected) in cases {
            assert_eq!(tenant(&payload).as_deref(), expected, "{payload}");
        }
    }

    #[test]
    fn somebody_of_another_company_is_a_stranger() {
        let payload = json!({"team": {"id": "T1"}, "enterprise": {"id": "E1"}});
        assert!(is_stranger(&payload, "T1", &json!("T2")));
        assert!(!is_stranger(&payload, "T1", &json!("T1")));
        assert!(!is_stranger(&payload, "T1", &json!("E1")));
        assert!(!is_stranger(&payload, "T1", &Value::Null));
    }
}
