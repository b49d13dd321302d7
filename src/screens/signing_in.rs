use std::iter;

use leptos::{html, prelude::*};
use messages::Step;

use super::{
    card,
    elements::{group, heading, li, literal, span},
};
use crate::app::UserAction;

/// The sentence of a step.
pub(crate) const fn sentence(step: Step) -> &'static str {
    match step {
        Step::Redeeming => "Collecting your sign-in from Entra",
        Step::Checking => "Checking that the answer is genuine",
        Step::Authorizing => "Getting permission to use the exchange service",
        Step::Exchanging => "Exchanging your sign-in for a calling token",
    }
}

/// The steps of the sign-in: done, in progress, or to do.
pub(crate) fn screen(current: Step, steps: &[Step], on_action: UnsyncCallback<UserAction>) -> AnyView {
    let at_entra = li("done", vec![literal("Signed in at Microsoft Entra"), span("visually-hidden", " (done)")]);
    let steps = steps.iter().map(|&step| {
        let (class, state) = match step {
            done if done < current => ("done", " (done)"),
            now if now == current => ("now", " (under way)"),
            _ => ("later", " (to do)"),
        };
        li(class, vec![span("", sentence(step)), span("visually-hidden", state)])
    });
    let steps: Vec<_> = iter::once(at_entra).chain(steps).collect();
    group(vec![
        heading(|| "Signing you in"),
        html::ol().class("steps").role("list").child(steps).into_any(),
        card::cancel(on_action),
    ])
}
