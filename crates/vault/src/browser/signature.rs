use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::CryptoKey;

/// Whether `signature` is the key's signature of the text: RSASSA-PKCS1-v1_5 with SHA-256, by WebCrypto.
///
/// # Errors
/// If WebCrypto cannot use the key.
pub(crate) async fn is_valid(jwk: &str, signing_input: &str, signature: &[u8]) -> Result<bool, JsValue> {
    let subtle = super::scope().crypto()?.subtle();
    let algorithm = Object::new();
    Reflect::set(&algorithm, &"name".into(), &"RSASSA-PKCS1-v1_5".into())?;
    Reflect::set(&algorithm, &"hash".into(), &"SHA-256".into())?;
    let jwk: Object = JSON::parse(jwk)?.unchecked_into();
    let usages = Array::of1(&"verify".into());
    let key: CryptoKey =
        JsFuture::from(subtle.import_key_with_object("jwk", &jwk, &algorithm, false, &usages)?).await?.unchecked_into();
    let verified =
        subtle.verify_with_object_and_u8_array_and_u8_array(&algorithm, &key, signature, signing_input.as_bytes())?;
    Ok(JsFuture::from(verified).await?.is_truthy())
}
