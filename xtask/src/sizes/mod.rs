//! The size budget of the page: what a browser downloads, compared with committed figures.

mod code;
mod figures;

use std::{
    fs,
    process::{Command, Stdio},
};

use clap::Args;

use self::figures::{Crates, DOWNLOADS, Figures, downloads};
use crate::{
    failure::Failure,
    program,
    report::{note, step},
    workspace::Workspace,
};

/// The committed figures, relative to the root.
const FILE: &str = "xtask/sizes.json";

/// What each download must not exceed once it is below, in bytes, and what it should reach.
const BUDGET: [(usize, usize); 3] = [(85_000, 70_000), (95_000, 85_000), (185_000, 160_000)];

/// What a download may grow before the figures must be updated, in bytes: compression differs a little from build to
/// build.
const TOLERANCE: usize = 500;

/// The number of crates in a sentence.
const MOST: usize = 5;

/// Options of `cargo xtask sizes`.
#[derive(Args)]
pub(crate) struct Options {
    /// Commit to the sizes of the last release build, instead of comparing them.
    #[arg(long)]
    update: bool,
}

/// Compares the release build in dist/ with the committed figures, or replaces these.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    if !options.update {
        return check(workspace);
    }
    let figures = measure(workspace)?;
    print(&figures);
    let text = format!("{:#}\n", figures.to_json());
    fs::write(workspace.root().join(FILE), text).map_err(Failure::io(format!("writing {FILE}")))
}

/// Fails if the release build in dist/ is larger than the committed figures allow.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    let committed = serde_json::from_str(&workspace.read(FILE)?)
        .map_err(|error| Failure::io(format!("reading {FILE}"))(error.into()))?;
    let (committed, figures) = (Figures::from_json(&committed), measure(workspace)?);
    print(&figures);
    let excesses = excesses(&committed, &figures);
    if excesses.is_empty() { Ok(()) } else { Err(Failure::TooLarge { excesses, figures: FILE }) }
}

fn measure(workspace: &Workspace) -> Result<Figures, Failure> {
    let target = workspace.target()?;
    let folder = target.join("sizes");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(Failure::io(format!("removing {}", folder.display())))?;
    }
    step("compressing the page as it is deployed", || {
        let mut build = Command::new(workspace.build_tests()?.join(program::executable("page-host")));
        build.args(["build", "--for", "nginx", "--config", "public/config.json", "--from"]).arg(workspace.dist());
        program::run(
            build.arg("--out").arg(&folder).current_dir(workspace.root()).stdout(Stdio::null()).stderr(Stdio::null()),
        )
    })?;
    let crates = |name: &str| {
        let module = target.join("wasm32-unknown-unknown").join("release").join(name);
        let reading = || format!("reading {}", module.display());
        let bytes = fs::read(&module).map_err(Failure::io(reading()))?;
        code::by_crate(&bytes).map_err(|error| Failure::io(reading())(std::io::Error::other(error)))
    };
    Ok(Figures {
        downloads: downloads(&folder.join("site"))?,
        crates: [crates("vault.wasm")?, crates("acs-sign-in.wasm")?],
    })
}

fn print(figures: &Figures) {
    note(&format!("{:<12} {:>9} {:>9} {:>9}", "brotli 11", "bytes", "required", "aim"));
    for ((name, bytes), (required, aim)) in DOWNLOADS.iter().zip(figures.downloads).zip(BUDGET) {
        note(&format!("{name:<12} {bytes:>9} {required:>9} {aim:>9}"));
    }
}

/// A sentence for each download that is too large.
fn excesses(committed: &Figures, found: &Figures) -> Vec<String> {
    let of = |at: usize| {
        let (before, now, (required, _)) = (committed.downloads[at], found.downloads[at], BUDGET[at]);
        let limit = limit(before, required);
        (now > limit).then(|| {
            let grown = match at {
                0 | 1 => grown(&committed.crates[at], &found.crates[at]),
                _ => committed.crates.iter().zip(&found.crates).flat_map(|(old, new)| grown(old, new)).collect(),
            };
            let crates = if grown.is_empty() { "no crate".to_owned() } else { grown.join(", ") };
            let name = DOWNLOADS[at];
            format!("{name} grew from {before} to {now} bytes, and {limit} are allowed. Code that grew: {crates}")
        })
    };
    (0..DOWNLOADS.len()).filter_map(of).collect()
}

/// The largest size: a little above the committed one, but never again above the budget.
fn limit(committed: usize, required: usize) -> usize {
    let limit = committed + TOLERANCE;
    if committed <= required { limit.min(required) } else { limit }
}

/// The crates whose code grew, the one that grew most first.
fn grown(committed: &Crates, found: &Crates) -> Vec<String> {
    let growth = |(name, now): (&String, &usize)| {
        let before = committed.get(name).copied().unwrap_or_default();
        now.checked_sub(before).filter(|more| *more > 0).map(|more| (more, name.clone()))
    };
    let mut grown: Vec<_> = found.iter().filter_map(growth).collect();
    grown.sort_by(|one, other| other.cmp(one));
    grown.into_iter().take(MOST).map(|(more, name)| format!("{name} +{more}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(vault: usize, first_visit: usize, crates: &[(&str, usize)]) -> Figures {
        let crates: Crates = crates.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect();
        Figures { downloads: [vault, 0, first_visit], crates: [crates, Crates::new()] }
    }

    #[test]
    fn a_size_above_the_committed_one_names_the_crates_that_grew() {
        let committed = figures(120_000, 200_000, &[("sign_in", 100), ("serde_json", 50)]);
        let found = figures(121_000, 200_400, &[("sign_in", 700), ("serde_json", 40), ("url", 900)]);
        assert_eq!(
            excesses(&committed, &found),
            ["vault grew from 120000 to 121000 bytes, and 120500 are allowed. Code that grew: url +900, sign_in +600"]
        );
        assert_eq!(excesses(&found, &committed), Vec::<String>::new());
    }

    #[test]
    fn a_size_within_the_budget_never_exceeds_it_again() {
        assert_eq!(limit(84_900, 85_000), 85_000);
        assert_eq!(limit(84_000, 85_000), 84_500);
        assert_eq!(limit(90_000, 85_000), 90_500);
    }
}
