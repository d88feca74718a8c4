//! Finds the known name that a misspelled one most likely means.

/// The nearest known name, if at most a third of the letters differ. Ignores case, `-`, and `_`, so `onConflict`
/// finds `on_conflict`. Never returns the name itself.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let given = name;
    let name = plain(given);
    let allowed = (name.chars().count() / 3).max(1);
    known
        .into_iter()
        .filter(|candidate| *candidate != given)
        .map(|candidate| (strsim::osa_distance(&name, &plain(candidate)), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Advice: the nearest name, or else the known names; `kind` is their plural.
pub(super) fn advice<'n>(
    name: &str,
    known: impl IntoIterator<Item = &'n str> + Clone,
    kind: &str,
) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("did you mean `{near}`?");
    }
    let names: Vec<_> = known.into_iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => format!("there are no {kind}"),
        count if count > MANY + 2 => {
            let (some, more) = (names[..MANY].join(", "), count - MANY);
            format!("the {kind} are {some} and {more} more")
        }
        1 => format!("there is only {}", names[0]),
        _ => format!("the {kind} are {}", names.join(", ")),
    }
}

/// The most names in one advice.
const MANY: usize = 20;

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelled_name_finds_the_intended_one() {
        let known = ["on_conflict", "conflict_deadline", "name"];
        assert_eq!(nearest("on_conflit", known), Some("on_conflict"));
        assert_eq!(nearest("onConflict", known), Some("on_conflict"));
        assert_eq!(nearest("nmae", known), Some("name"));
    }

    #[test]
    fn the_name_itself_is_never_suggested() {
        assert_eq!(nearest("prod", ["prod"]), None);
        assert_eq!(nearest("prod", ["prod", "prods"]), Some("prods"));
        assert_eq!(nearest("Prod", ["prod"]), Some("prod"));
    }

    #[test]
    fn a_distant_name_is_not_suggested() {
        assert_eq!(nearest("bananas", ["name", "bundle"]), None);
        assert_eq!(nearest("x", ["name"]), None);
    }

    #[test]
    fn without_a_near_name_the_advice_lists_some_known_names() {
        assert_eq!(
            advice("zzz", ["prod", "dev"], "accounts"),
            "the accounts are `prod`, `dev`"
        );
        assert_eq!(advice("zzz", ["prod"], "accounts"), "there is only `prod`");
        let many: Vec<String> = (0..100).map(|i| format!("project-{i}")).collect();
        let text = advice("zzz", many.iter().map(String::as_str), "projects");
        assert!(text.ends_with("`project-19` and 80 more"), "{text}");
    }
}
