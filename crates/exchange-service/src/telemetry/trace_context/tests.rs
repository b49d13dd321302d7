use opentelemetry_sdk::trace::Sampler;

use super::*;

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";

fn headers(brought: &[&str], state: Option<&str>) -> HeaderMap {
    let parents = brought.iter().map(|text| (TRACEPARENT, text.parse().unwrap()));
    parents.chain(state.map(|text| (TRACESTATE, text.parse().unwrap()))).collect()
}

fn of(brought: &[&str]) -> TraceContext {
    TraceContext::of(&headers(brought, None), None)
}

fn trace(context: &TraceContext) -> String {
    context.span().trace_id().to_string()
}

fn written(context: &TraceContext) -> HeaderMap {
    let mut headers = HeaderMap::new();
    context.write(&mut headers);
    headers
}

#[test]
fn a_trace_continues_under_a_new_parent() {
    // SEC-121
    for (text, flags) in [
        (format!("00-{TRACE}-{PARENT}-01"), "01"),
        (format!("00-{TRACE}-{PARENT}-ff"), "01"),
        (format!("00-{TRACE}-{PARENT}-00"), "00"),
        (format!("cc-{TRACE}-{PARENT}-01-what-comes-later"), "01"),
    ] {
        let ours = of(&[&text]);
        assert_eq!((trace(&ours), ours.parent().to_string()), (TRACE.to_owned(), PARENT.to_owned()), "{text}");
        let span = ours.span().span_id().to_string();
        assert_ne!(span, PARENT);
        let expected = format!("00-{TRACE}-{span}-{flags}");
        assert_eq!(written(&ours), headers(&[&expected], None));
    }
}

#[test]
fn any_other_traceparent_begins_a_new_trace() {
    // SEC-119, SEC-121
    let zeros = "0".repeat(32);
    for text in [
        String::new(),
        format!("00-{TRACE}-{PARENT}"),
        format!("00-{TRACE}-{PARENT}-01-more"),
        format!("00-{TRACE}-{PARENT}-01-"),
        format!("00-{TRACE}-{PARENT}-0g"),
        format!("00-{TRACE}-{PARENT}-1"),
        format!("00-{TRACE}-{PARENT}-+1"),
        format!("0-{TRACE}-{PARENT}-01"),
        format!("+0-{TRACE}-{PARENT}-01"),
        format!("ff-{TRACE}-{PARENT}-01"),
        format!("CC-{TRACE}-{PARENT}-01"),
        format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
        format!("00-{TRACE}-{}-01", PARENT.to_uppercase()),
        format!("00-{zeros}-{PARENT}-01"),
        format!("00-{TRACE}-{}-01", &zeros[..16]),
        format!("00-{}-{PARENT}-01", &TRACE[1..]),
        format!("00-+{}-{PARENT}-01", &TRACE[1..]),
        format!("00-{TRACE}-{}-01", &PARENT[1..]),
    ] {
        let ours = of(&[&text]);
        assert_eq!(trace(&ours).len(), 32, "{text}");
        assert_ne!(trace(&ours), TRACE, "{text}");
        assert_eq!(ours.parent(), SpanId::INVALID, "{text}");
    }
    let good = format!("00-{TRACE}-{PARENT}-01");
    assert_ne!(trace(&of(&[&good, &good])), TRACE);
    assert_ne!(of(&[]), of(&[]));
}

#[test]
fn passes_on_a_short_tracestate_of_a_valid_traceparent() {
    // SEC-121
    let good = format!("00-{TRACE}-{PARENT}-01");
    let (short, long) = (format!("rojo=00f067aa0ba902b7,congo={}", "t".repeat(200)), "a=b,".repeat(129));
    for (parent, state, expected) in [
        (good.as_str(), short.as_str(), Some(short.as_str())),
        (&good, "Not A Key=1", None),
        (&good, &long, None),
        ("00-bad", &short, None),
    ] {
        let context = TraceContext::of(&headers(&[parent], Some(state)), None);
        let written = written(&context);
        assert_eq!(written.get(TRACESTATE).map(|state| state.to_str().unwrap()), expected, "{state}");
    }
}

#[test]
fn the_sampler_decides_where_spans_are_exported() {
    let sampled = format!("00-{TRACE}-{PARENT}-01");
    let by_parent = Sampler::ParentBased(Box::new(Sampler::AlwaysOn));
    for (sampler, brought, expected) in [
        (None, None, false),
        (None, Some(&sampled), true),
        (Some(&by_parent), None, true),
        (Some(&by_parent), Some(&format!("00-{TRACE}-{PARENT}-00")), false),
        (Some(&Sampler::AlwaysOff), Some(&sampled), false),
    ] {
        let brought: Vec<_> = brought.into_iter().map(String::as_str).collect();
        let context = TraceContext::of(&headers(&brought, None), sampler.map(|sampler| sampler as &dyn ShouldSample));
        assert_eq!(context.span().is_sampled(), expected, "{sampler:?}: {brought:?}");
    }
}
