//! The known name a misspelt one was meant to be.

/// The nearest of the known names, if any is near: at most a third of the letters differ. Case, `-` and `_` do not
/// count, so that `onConflict` finds `on_conflict`. Never the name itself: that is no advice.
pub(super) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
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

/// Advice: the nearest name, or else the names there are (of what `kind` says, in the plural).
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

/// No advice names more than this many.
const MANY: usize = 20;

fn plain(name: &str) -> String {
    let letters = name.chars().filter(|c| !matches!(c, '-' | '_'));
    letters.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_slip_finds_the_name_that_was_meant() {
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
    fn what_is_far_from_all_names_is_not_guessed() {
        assert_eq!(nearest("bananas", ["name", "bundle"]), None);
        assert_eq!(nearest("x", ["name"]), None);
    }

    #[test]
    fn without_a_near_name_the_advice_lists_what_there_is_but_not_hundreds() {
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
