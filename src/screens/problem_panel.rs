use leptos::prelude::*;
use messages::{Problem, ProblemCode, Who};

use crate::browser::{self, text::text};

/// A problem: what happened, what to do, who can do it, and the folded details.
pub(crate) fn panel(problem: Problem) -> impl IntoView {
    let Problem { code, detail, reference } = problem;
    // The detail of this problem is the right address, which the person opens. It is shown as a link.
    let (address, detail) = if code == ProblemCode::WrongAddress { (detail, None) } else { (None, detail) };
    view! {
        <div class="problem" data-problem=code.code()>
            <p class="what" prop:textContent=text(code.what())></p>
            <p prop:textContent=text(code.remedy())></p>
            {address.map(|address| view! { <p><a href=address.clone() prop:textContent=text(address.clone())></a></p> })}
            {(browser::is_framed() && is_solved_in_a_tab(code)).then(|| view! {
                <p><a href=browser::own_address() target="_blank" rel="noopener noreferrer">{"Open this page in a tab of its own"}</a></p>
            })}
            <p class="who" prop:textContent=text(who(code.who()))></p>
            <details>
                <summary>{"Details to pass on"}</summary>
                <dl>
                    <dt>{"Problem"}</dt>
                    <dd><code prop:textContent=text(code.code())></code></dd>
                    {code.for_owner().map(|owner| view! { <dt>{"For the site owner"}</dt><dd prop:textContent=text(owner)></dd> })}
                    {detail.map(|detail| view! { <dt>{"Said"}</dt><dd class="said" prop:textContent=text(detail)></dd> })}
                    {reference.map(|id| view! { <dt>{"Reference"}</dt><dd><code prop:textContent=text(id)></code></dd> })}
                </dl>
            </details>
        </div>
    }
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
