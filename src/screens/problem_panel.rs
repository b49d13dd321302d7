use leptos::{html, prelude::*};
use messages::{Problem, ProblemCode, Who};

use super::elements::{code_entry, dd, details, dl, dt, group, link, maybe, p, p_of, summary};
use crate::{
    browser,
    texts::{self, text},
};

/// A problem: what happened, what to do, who can do it, and the folded details.
pub(crate) fn panel(problem: Problem) -> AnyView {
    let Problem { code, detail, reference } = problem;
    // The detail of this problem is the right address, which the person opens. It is shown as a link.
    let (address, detail) = if code == ProblemCode::WrongAddress { (detail, None) } else { (None, detail) };
    let in_tab = browser::is_framed() && is_solved_in_a_tab(code);
    let children = vec![
        p("what", texts::title(code)),
        p("", texts::action(code)),
        maybe(address.map(|address| p_of("", vec![link(address.clone(), false, address)]))),
        maybe(in_tab.then(|| p_of("", vec![link(browser::own_address(), true, text("problem.openInTab"))]))),
        maybe(who(code.who()).map(|key| p("who", text(key)))),
        details(
            "",
            vec![
                summary("", text("problem.details")),
                dl(
                    "",
                    vec![
                        code_entry(text("problem.code"), code.code()),
                        maybe(
                            texts::details(code)
                                .map(|owner| group(vec![dt("", text("problem.forOwner")), dd("", owner)])),
                        ),
                        maybe(detail.map(|detail| group(vec![dt("", text("problem.message")), dd("said", detail)]))),
                        maybe(reference.map(|id| code_entry(text("problem.reference"), id))),
                    ],
                ),
            ],
        ),
    ];
    html::div().class("problem").attr("data-problem", code.code()).child(children).into_any()
}

/// What happened and what to do, as one text for a screen reader.
pub(crate) fn summary_of(problem: &Problem) -> String {
    [texts::title(problem.code), texts::action(problem.code)].join(" ")
}

/// Whether a problem occurs in the frame of another site only, so that the page works in a tab.
const fn is_solved_in_a_tab(code: ProblemCode) -> bool {
    matches!(
        code,
        ProblemCode::PortalIsolated
            | ProblemCode::PortalUnknown
            | ProblemCode::WindowBlocked
            | ProblemCode::WindowSandboxed
            | ProblemCode::WindowTimedOut
    )
}

/// The text that names who can help, where the person cannot solve the problem.
const fn who(who: Who) -> Option<&'static str> {
    match who {
        Who::Administrator => Some("problem.helpAdministrator"),
        Who::Developer => Some("problem.helpDeveloper"),
        Who::You => None,
    }
}
