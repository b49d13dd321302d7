//! The parameters of a query or a form body, each at most once.

use form_urlencoded::{Serializer, parse};

/// RFC 6749 section 3.1: a parameter without a value counts as absent, and none is sent twice.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

/// The name of a parameter that came twice.
#[derive(Debug, PartialEq)]
pub(crate) struct Repeated(pub(crate) String);

impl Parameters {
    pub(crate) fn parse(raw: &[u8]) -> Result<Self, Repeated> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in parse(raw) {
            if pairs.iter().any(|(known, _)| *known == name) {
                return Err(Repeated(name.into_owned()));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(pairs))
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// All that have a value.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All of them again, for a page that continues the request they came with.
    pub(crate) fn to_query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Repeated};

    #[test]
    fn an_empty_value_counts_as_absent() {
        let parameters = Parameters::parse(b"a=1&b=&c").unwrap();
        assert_eq!(parameters.value("a"), Some("1"));
        assert_eq!((parameters.value("b"), parameters.value("c")), (None, None));
    }

    #[test]
    fn a_repeated_parameter_is_named() {
        assert_eq!(Parameters::parse(b"state=a&x=1&state=a").unwrap_err(), Repeated("state".to_owned()));
    }

    #[test]
    fn a_query_written_again_says_the_same() {
        let parameters = Parameters::parse(b"state=a%26b&scope=x+y").unwrap();
        assert_eq!(parameters.to_query(), "state=a%26b&scope=x+y");
    }
}
