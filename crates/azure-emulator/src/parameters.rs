//! The parameters of a query or a form body. Each occurs at most once.

use form_urlencoded::{Serializer, parse};

/// Parameters by the rules of RFC 6749 section 3.1: an empty value counts as absent, and a repeated name is an error.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

/// The name of a parameter that occurs twice.
#[derive(Debug, PartialEq)]
pub(crate) struct Repeated(pub(crate) String);

impl Parameters {
    /// Reads `application/x-www-form-urlencoded`.
    ///
    /// # Errors
    /// [`Repeated`] for a name that occurs twice.
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

    /// The value of a parameter, or `None` if it is absent or empty.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    /// The names and values of all parameters that are not empty.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The parameters as a query, for the form of a page that continues the request.
    pub(crate) fn to_query(&self) -> String {
        Serializer::new(String::new()).extend_pairs(&self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::{Parameters, Repeated};

    #[test]
    fn treats_an_empty_value_as_absent() {
        let parameters = Parameters::parse(b"a=1&b=&c").unwrap();
        assert_eq!(parameters.value("a"), Some("1"));
        assert_eq!((parameters.value("b"), parameters.value("c")), (None, None));
    }

    #[test]
    fn names_a_repeated_parameter() {
        assert_eq!(Parameters::parse(b"state=a&x=1&state=a").unwrap_err(), Repeated("state".to_owned()));
    }

    #[test]
    fn writes_the_query_that_it_read() {
        let parameters = Parameters::parse(b"state=a%26b&scope=x+y").unwrap();
        assert_eq!(parameters.to_query(), "state=a%26b&scope=x+y");
    }
}
