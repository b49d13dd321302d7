//! The table of docs/embed.md: what works in a frame in each engine, as the end-to-end tests found it.

use std::{fs, path::PathBuf};

use serde_json::Value;

use crate::{browser::Engine, failure::Failure, workspace::Workspace};

const GUIDE: &str = "docs/embed.md";
const BEGIN: &str = "<!-- made by `cargo xtask embed-table` -->\n";
const END: &str = "<!-- end of what was made -->\n";
/// The row of the versions. It may differ between machines, so the check ignores it.
const VERSION: &str = "version, as its driver tells";

/// The scenarios: the names of the findings that the tests write, and their descriptions.
const ROWS: &[(&str, &str)] = &[
    ("sign-in-coop", "sign-in, with an Entra that cuts windows off"),
    ("sign-in", "sign-in, with one that does not"),
    ("renewal", "renewal without a click"),
    ("sign-out", "sign-out by the portal"),
    ("caller-token", "the portal's own token (`callerToken`)"),
    ("azure-credential", "`AzureCommunicationTokenCredential` 2.5.0 refreshes itself"),
    ("calling-teams", "`CallClient` 2.0.0 takes a Teams user's token, up to its first request to Azure"),
    ("calling-entra", "the same for an Entra ID user's"),
    ("portal-coop-unsafe-none", "portal with `Cross-Origin-Opener-Policy: unsafe-none`"),
    ("portal-coop-same-origin-allow-popups", "… `same-origin-allow-popups`"),
    ("portal-coop-same-origin", "… `same-origin`"),
    ("portal-coep", "portal with `Cross-Origin-Embedder-Policy: require-corp`"),
    ("portal-coep-isolated-page", "… and a page that isolates itself, too"),
    ("frame-credentialless", "`<iframe credentialless>`"),
    ("msal-top-coop", "msal-browser 5.30 by itself, with an Entra that cuts windows off"),
    ("msal-top", "… with one that does not"),
    ("msal-coop", "msal-browser 5.30 in the frame, with an Entra that cuts windows off"),
    ("msal", "… with one that does not"),
];

/// Deletes the findings of an engine.
pub(crate) fn forget(workspace: &Workspace, engine: Engine) -> Result<(), Failure> {
    let findings = directory(workspace, engine)?;
    if findings.is_dir() {
        fs::remove_dir_all(&findings).map_err(Failure::io(format!("removing {}", findings.display())))?;
    }
    Ok(())
}

/// Writes the last findings into the guide.
pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let guide = workspace.read(GUIDE)?;
    let text = with_table(&guide, &render(workspace)?).ok_or(Failure::NoTable { guide: GUIDE })?;
    fs::write(workspace.root().join(GUIDE), text).map_err(Failure::io(format!("writing {GUIDE}")))
}

/// Compares the guide with the findings in these engines.
///
/// # Errors
///
/// [`Failure::TableDiffers`] with the rows that differ.
pub(crate) fn check(workspace: &Workspace, engines: &[Engine]) -> Result<(), Failure> {
    let guide = workspace.read(GUIDE)?;
    let (_, documented, _) = parts(&guide).ok_or(Failure::NoTable { guide: GUIDE })?;
    let found = render(workspace)?;
    for (index, engine) in Engine::ALL.into_iter().enumerate().filter(|(_, engine)| engines.contains(engine)) {
        let (documented, found) = (column(documented, index + 1), column(&found, index + 1));
        if documented != found {
            let differences = found.iter().filter(|row| !documented.contains(row));
            let rows = differences.map(|(scenario, outcome)| format!("{scenario}: {outcome}")).collect();
            return Err(Failure::TableDiffers { guide: GUIDE, engine: engine.title(), rows });
        }
    }
    Ok(())
}

fn render(workspace: &Workspace) -> Result<String, Failure> {
    let row = |title: &str, cell: &dyn Fn(Engine) -> Result<String, Failure>| {
        let cells: Vec<_> = Engine::ALL.into_iter().map(cell).collect::<Result<_, _>>()?;
        Ok(format!("| {title} | {} |\n", cells.join(" | ")))
    };
    let mut table = row("in a cross-site frame", &|engine| Ok(engine.title().to_owned()))?;
    table += &format!("|---{}|\n", "|---".repeat(Engine::ALL.len()));
    for (scenario, title) in ROWS {
        table += &row(title, &|engine| finding(workspace, engine, scenario, "outcome"))?;
    }
    let (any, _) = ROWS[0];
    Ok(table + &row(VERSION, &|engine| finding(workspace, engine, any, "version"))?)
}

/// The finding of a test. A scenario whose test failed has no finding.
fn finding(workspace: &Workspace, engine: Engine, scenario: &str, of: &str) -> Result<String, Failure> {
    let file = directory(workspace, engine)?.join(format!("{scenario}.json"));
    let finding: Value = fs::read(&file).ok().and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default();
    Ok(finding[of].as_str().unwrap_or("not run").replace('|', "\\|"))
}

fn directory(workspace: &Workspace, engine: Engine) -> Result<PathBuf, Failure> {
    Ok(workspace.root().join("target").join("embed-results").join(engine.name()))
}

/// The parts of the guide before the table, in it, and after it.
fn parts(guide: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = guide.split_once(BEGIN)?;
    let (table, after) = rest.split_once(END)?;
    Some((before, table, after))
}

fn with_table(guide: &str, table: &str) -> Option<String> {
    let (before, _, after) = parts(guide)?;
    Some([before, BEGIN, table, END, after].concat())
}

/// The scenarios of a table with one engine's outcomes.
fn column(table: &str, index: usize) -> Vec<(&str, &str)> {
    table
        .lines()
        .filter_map(|line| {
            let mut cells = line.trim().trim_matches('|').split('|').map(str::trim);
            let scenario = cells.next()?;
            Some((scenario, cells.nth(index - 1)?))
        })
        .filter(|(scenario, _)| *scenario != VERSION)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str =
        "| a | one | two |\n|---|---|---|\n| b | works | `late` |\n| version, as its driver tells | 1 | 2 |\n";

    #[test]
    fn replaces_the_table_of_the_guide() {
        let guide = format!("before\n{BEGIN}old\n{END}after\n");
        let new = with_table(&guide, TABLE).unwrap();
        assert_eq!(parts(&new), Some(("before\n", TABLE, "after\n")));
        assert_eq!(with_table("no place for it", TABLE), None);
    }

    #[test]
    fn the_check_ignores_versions_and_finds_another_outcome() {
        let (newer, worse) = (TABLE.replace("| 2 |", "| 3 |"), TABLE.replace("`late`", "works"));
        assert_eq!(column(TABLE, 2), [("a", "two"), ("---", "---"), ("b", "`late`")]);
        assert_eq!(column(TABLE, 2), column(&newer, 2));
        assert_ne!(column(TABLE, 2), column(&worse, 2));
        assert_eq!(column(TABLE, 1), column(&worse, 1));
    }

    #[test]
    fn the_guide_has_a_row_for_each_scenario_and_each_was_run() {
        let guide = Workspace::locate().read(GUIDE).unwrap();
        let (_, table, _) = parts(&guide).unwrap();
        let rows: Vec<_> = column(table, 1).into_iter().skip(2).map(|(scenario, _)| scenario).collect();
        assert_eq!(rows, ROWS.iter().map(|(_, title)| *title).collect::<Vec<_>>());
        assert!(!table.contains("not run"));
    }
}
