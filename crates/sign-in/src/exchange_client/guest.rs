//! The page's side of the contract `guest`, for development only.

use contract::secret::SecretText;

use crate::{
    address::Address,
    http::{Method, Request},
};

/// The request for the ACS token of a new identity.
pub(crate) fn request(url: &Address) -> Request {
    Request {
        method: Method::Post,
        url: url.as_str().to_owned(),
        headers: vec![("content-type", SecretText::new("application/json".to_owned()))],
        body: Some(SecretText::new("{}".to_owned())),
    }
}
