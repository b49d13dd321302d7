//! The position of a request in a trace: W3C Trace Context, header `traceparent`.

use hyper::{HeaderMap, header::HeaderName};

use crate::telemetry::correlation::random_hex;

pub(crate) const HEADER: HeaderName = HeaderName::from_static("traceparent");

/// The ids of the trace, of the caller's span and of this service's span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TraceContext {
    trace: String,
    /// The span of the caller. `None` if the trace begins here.
    parent: Option<String>,
    span: String,
    flags: String,
}

impl TraceContext {
    /// The caller's trace, if the header is well formed and not repeated. Otherwise a new trace, which the services
    /// behind need not record.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut brought = headers.get_all(HEADER).iter();
        let brought = match (brought.next().and_then(|value| value.to_str().ok()), brought.next()) {
            (Some(one), None) => parse(one),
            _ => None,
        };
        let span = random_hex::<8>();
        match brought {
            Some((trace, parent, flags)) => Self { trace, parent: Some(parent), span, flags },
            None => Self { trace: random_hex::<16>(), parent: None, span, flags: "00".to_owned() },
        }
    }

    /// Whether the span is exported. If the caller began the trace, its flag decides. A trace that begins here is
    /// exported.
    pub(crate) fn is_recorded(&self) -> bool {
        self.parent.is_none() || self.flags == "01"
    }

    pub(crate) fn parent(&self) -> Option<&str> {
        self.parent.as_deref()
    }

    pub(crate) fn span(&self) -> &str {
        &self.span
    }

    /// The id of the trace, for the log.
    pub(crate) fn trace(&self) -> &str {
        &self.trace
    }

    /// The value of `traceparent` for requests of this service.
    pub(crate) fn header(&self) -> String {
        format!("00-{}-{}-{}", self.trace, self.span, self.flags)
    }
}

/// The trace id, the caller's span id and the flags. Of an unknown version, the fields of version 00 are read (section
/// 4.3).
fn parse(text: &str) -> Option<(String, String, String)> {
    let mut fields = text.split('-');
    let (version, trace, parent, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let hexadecimal = |field: &str, length| {
        field.len() == length && field.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    };
    let id = |field: &str, length| hexadecimal(field, length) && field.bytes().any(|byte| byte != b'0');
    let known = hexadecimal(version, 2) && version != "ff" && (version != "00" || fields.next().is_none());
    let good = known && id(trace, 32) && id(parent, 16) && hexadecimal(flags, 2);
    // Only the first flag, `sampled`, is defined.
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1;
    good.then(|| (trace.to_owned(), parent.to_owned(), format!("{sampled:02x}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
    const PARENT: &str = "b7ad6b7169203331";

    fn of(brought: &[&str]) -> TraceContext {
        TraceContext::of(&brought.iter().map(|text| (HEADER, text.parse().unwrap())).collect())
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
            assert_eq!((ours.trace(), ours.flags.as_str()), (TRACE, flags), "{text}");
            assert_ne!(ours.span, PARENT);
            assert_eq!(parse(&ours.header()), Some((TRACE.to_owned(), ours.span.clone(), flags.to_owned())));
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
            format!("00-{TRACE}-{PARENT}-0g"),
            format!("ff-{TRACE}-{PARENT}-01"),
            format!("00-{}-{PARENT}-01", TRACE.to_uppercase()),
            format!("00-{zeros}-{PARENT}-01"),
            format!("00-{TRACE}-{}-01", &zeros[..16]),
            format!("00-{}-{PARENT}-01", &TRACE[1..]),
        ] {
            let ours = of(&[&text]);
            assert!(ours.trace() != TRACE && ours.trace().len() == 32, "{text}");
        }
        let good = format!("00-{TRACE}-{PARENT}-01");
        assert_ne!(of(&[&good, &good]).trace(), TRACE);
        assert_ne!(of(&[]), of(&[]));
    }
}
