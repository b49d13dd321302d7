//! The correlation id, which identifies a request in the page, in this service's log and in Microsoft's logs.

use hyper::{HeaderMap, header::HeaderName};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

/// The header of the id, in requests and responses.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-correlation-id");

/// At most 64 letters, digits and hyphens, so that it is safe in any log and any header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CorrelationId(String);

impl CorrelationId {
    /// The caller's id, if it is well formed and not repeated. Otherwise a new one.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut brought = headers.get_all(HEADER).iter();
        match (brought.next().and_then(|value| value.to_str().ok()), brought.next()) {
            (Some(id), None) if well_formed(id) => Self(id.to_owned()),
            // 16 random bytes in hexadecimal.
            _ => Self(RandomIdGenerator::default().new_trace_id().to_string()),
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn well_formed(id: &str) -> bool {
    (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(brought: &[&str]) -> String {
        let headers = brought.iter().map(|id| (HEADER, id.parse().unwrap())).collect();
        CorrelationId::of(&headers).0
    }

    #[test]
    fn accepts_only_safe_correlation_ids_of_callers() {
        // SEC-119
        assert_eq!(of(&["0f9a-B"]), "0f9a-B");
        for bad in ["", "a b", "a\tb", "{\"a\":1}", "a_b", "é", &"a".repeat(65)] {
            let id = of(&[bad]);
            assert!(id.len() == 32 && well_formed(&id), "{bad}: {id}");
        }
        assert_ne!(of(&["a", "b"]), "a");
        assert_ne!(of(&[]), of(&[]));
    }
}
