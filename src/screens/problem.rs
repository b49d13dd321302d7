use leptos::prelude::*;
use messages::{Problem, ProblemCode, Who};

/// What happened, what to do, who can do it, and what to quote.
pub(crate) fn panel(problem: Problem) -> impl IntoView {
    let Problem { code, detail, reference } = problem;
    // The one detail that is an instruction to the person, and not evidence for somebody else.
    let (address, detail) = if code == ProblemCode::WrongAddress { (detail, None) } else { (None, detail) };
    view! {
        <div class="problem">
            <p class="what">{code.what()}</p>
            <p>{code.remedy()}</p>
            {address.map(|address| view! { <p><a href=address.clone()>{address.clone()}</a></p> })}
            <p class="who">{who(code.who())}</p>
            <details>
                <summary>{"Details to pass on"}</summary>
                <dl>
                    <dt>{"Problem"}</dt>
                    <dd><code>{code.code()}</code></dd>
                    {detail.map(|detail| view! { <dt>{"Said"}</dt><dd class="said">{detail}</dd> })}
                    {reference.map(|id| view! { <dt>{"Reference"}</dt><dd><code>{id}</code></dd> })}
                </dl>
            </details>
        </div>
    }
}

const fn who(who: Who) -> &'static str {
    match who {
        Who::Administrator => "Who can help: an administrator of your organization.",
        Who::Developer => "Who can help: whoever runs this page.",
        Who::You => "You can do this yourself.",
    }
}
