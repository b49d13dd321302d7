use std::iter;

use leptos::{html, prelude::*};
use messages::Step;

use super::{
    card,
    elements::{group, heading, li, literal, span},
};
use crate::{app::UserAction, texts::text};

/// The name of a step.
pub(crate) fn name(step: Step) -> String {
    text(match step {
        Step::Redeeming => "signingIn.redeeming",
        Step::Checking => "signingIn.checking",
        Step::Authorizing => "signingIn.authorizing",
        Step::Exchanging => "signingIn.exchanging",
    })
}

/// The steps of the sign-in: done, in progress, or to do.
pub(crate) fn screen(current: Step, steps: &[Step], on_action: UnsyncCallback<UserAction>) -> AnyView {
    let at_entra = item("done", text("signingIn.signedIn"), "signingIn.done");
    let steps = steps.iter().map(|&step| {
        let (class, state) = match step {
            done if done < current => ("done", "signingIn.done"),
            now if now == current => ("now", "signingIn.now"),
            _ => ("later", "signingIn.later"),
        };
        item(class, name(step), state)
    });
    let steps: Vec<_> = iter::once(at_entra).chain(steps).collect();
    group(vec![
        heading(|| text("signingIn.title")),
        html::ol().class("steps").role("list").child(steps).into_any(),
        card::cancel(on_action),
    ])
}

/// A step, with its state for screen readers.
fn item(class: &'static str, name: String, state: &str) -> AnyView {
    li(class, vec![span("", name), literal(" "), span("visually-hidden", text(state))])
}
