use leptos::{html, prelude::*};
use messages::{Problem, ProblemCode, Who};

use super::elements::{code_entry, dd, details, dl, dt, group, link, maybe, p, p_of, summary};
use crate::browser;

/// A problem: what happened, what to do, who can do it, and the folded details.
pub(crate) fn panel(problem: Problem) -> AnyView {
    let Problem { code, detail, reference } = problem;
    // The detail of this problem is the right address, which the person opens. It is shown as a link.
    let (address, detail) = if code == ProblemCode::WrongAddress { (detail, None) } else { (None, detail) };
    let in_tab = browser::is_framed() && is_solved_in_a_tab(code);
    let children = vec![
        p("what", code.what()),
        p("", code.remedy()),
        maybe(address.map(|address| p_of("", vec![link(address.clone(), false, address)]))),
        maybe(in_tab.then(|| p_of("", vec![link(browser::own_address(), true, "Open this page in a tab of its own")]))),
        p("who", who(code.who())),
        details(
            "",
            vec![
                summary("", "Details to pass on"),
                dl(
                    "",
                    vec![
                        code_entry("Problem", code.code()),
                        maybe(code.for_owner().map(|owner| group(vec![dt("", "For the site owner"), dd("", owner)]))),
                        maybe(detail.map(|detail| group(vec![dt("", "Said"), dd("said", detail)]))),
                        maybe(reference.map(|id| code_entry("Reference", id))),
                    ],
                ),
            ],
        ),
    ];
    html::div().class("problem").attr("data-problem", code.code()).child(children).into_any()
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

const fn who(who: Who) -> &'static str {
    match who {
        Who::Administrator => "Who can help: an administrator of your organization.",
        Who::Developer => "Who can help: whoever runs this page.",
        Who::You => "You can do this yourself.",
    }
}
