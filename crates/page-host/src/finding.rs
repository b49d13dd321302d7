use serde::Serialize;

/// A mistake in a configuration or in a deployed page, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable name of the rule, such as `mailbox-on-page-origin`.
    pub name: &'static str,
    /// Whether the mistake stops a build.
    pub severity: Severity,
    /// The key of `config.json`, or the request, such as `GET /window.html`.
    pub subject: String,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What was expected, where that is one value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What was found in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actual: Option<String>,
    /// What to do, in one sentence.
    pub fix: String,
}

/// How serious a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The page is unsafe, or does not work. `build` refuses, and `check` fails.
    Error,
    /// The page works, but not as well as it could.
    Warning,
}

impl Finding {
    /// An error without expected and actual values.
    pub fn error(name: &'static str, subject: &str, message: &str, fix: &str) -> Self {
        Self::new(name, Severity::Error, subject, message, fix)
    }

    /// A warning without expected and actual values.
    pub fn warning(name: &'static str, subject: &str, message: &str, fix: &str) -> Self {
        Self::new(name, Severity::Warning, subject, message, fix)
    }

    fn new(name: &'static str, severity: Severity, subject: &str, message: &str, fix: &str) -> Self {
        Self {
            name,
            severity,
            subject: subject.to_owned(),
            message: message.to_owned(),
            expected: None,
            actual: None,
            fix: fix.to_owned(),
        }
    }

    /// Adds what was expected, and what was found in its place.
    #[must_use]
    pub fn with_values(self, expected: Option<String>, actual: Option<String>) -> Self {
        Self { expected, actual, ..self }
    }
}
