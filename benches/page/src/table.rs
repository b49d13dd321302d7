//! The tables of docs/benchmark-page.md.

use std::fmt::Write;

use crate::{
    frames::Frames,
    page::Page,
    profile::Profile,
    statistics::{ratio, summary},
    visit::{Figure, Figures},
    weight::Weight,
};

/// The visits of all pages with one profile. The visits of a run have the same position in each list.
pub(crate) struct Measured {
    pub(crate) profile: Profile,
    pub(crate) visits: Vec<(Page, Vec<Figures>)>,
}

pub(crate) fn times(measured: &Measured) -> String {
    let of = |page: Page, figure: usize| {
        let visits = measured.visits.iter().find(|(other, _)| *other == page);
        visits.map(|(_, visits)| visits.iter().map(|figures| figures[figure]).collect::<Vec<_>>())
    };
    let mut text = format!("\n### {}\n\n| milliseconds |", measured.profile.title());
    for (page, _) in &measured.visits {
        let _ = write!(text, " {} |", page.title());
    }
    let _ = writeln!(text, " ours : msal-browser | ours : floor |\n|---{}|", "|---".repeat(measured.visits.len() + 2));
    for (at, figure) in Figure::ALL.into_iter().enumerate() {
        let _ = write!(text, "| {} |", figure.title());
        for (page, _) in &measured.visits {
            let found = of(*page, at).and_then(|values| summary(&values));
            let cell = found.map(|found| {
                let digits = usize::from(figure == Figure::Heap);
                format!("{:.digits$} ({:.digits$}–{:.digits$})", found.median, found.lower, found.upper)
            });
            let _ = write!(text, " {} |", cell.unwrap_or_default());
        }
        for other in [Page::Msal, Page::Floor] {
            // A ratio to a few milliseconds says nothing.
            let is_small = matches!(figure, Figure::BlockedBefore | Figure::BlockedAfter);
            let pair = of(Page::Ours, at)
                .zip(of(other, at))
                .filter(|_| !is_small)
                .and_then(|(ours, theirs)| ratio(&ours, &theirs));
            let _ = write!(text, " {} |", pair.map(|ratio| format!("{ratio:.2}")).unwrap_or_default());
        }
        text.push('\n');
    }
    text
}

pub(crate) fn weights(weights: &[(Page, Weight)]) -> String {
    let mut text = "\n### Bytes\n\n| KB from the page's host |".to_owned();
    for (page, _) in weights {
        let _ = write!(text, " {} |", page.title());
    }
    let _ = writeln!(text, "\n|---{}|", "|---".repeat(weights.len()));
    let kinds = ["wasm", "scripts", "documents, styles and others"];
    for (part, title) in ["first visit", "way back"].into_iter().enumerate() {
        let of = |weight: &Weight, kind: &str| {
            let bytes = if part == 0 { &weight.first } else { &weight.back };
            bytes.iter().filter(|(name, _)| kind.is_empty() || **name == kind).map(|(_, bytes)| bytes).sum::<usize>()
        };
        for kind in kinds.into_iter().chain([""]) {
            let _ = write!(text, "| {title}: {} |", if kind.is_empty() { "together" } else { kind });
            for (_, weight) in weights {
                let _ = write!(text, " {:.1} |", of(weight, kind) as f64 / 1_000.0);
            }
            text.push('\n');
        }
    }
    text
}

pub(crate) fn frames(frames: &[Frames]) -> String {
    let mut text =
        "\n### Frames in one portal\n\n| frames | until all can sign in (ms) | memory of the browser (MB) | more \
                    than without frames, for each |\n|---|---|---|---|\n"
            .to_owned();
    for Frames { count, time, memory, more } in frames {
        let _ = writeln!(text, "| {count} | {time:.0} | {memory:.0} | {:.1} |", more / f64::from(*count));
    }
    text
}
