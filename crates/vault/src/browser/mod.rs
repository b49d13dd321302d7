//! The only place in the vault that names `web_sys` and `js_sys`.

pub(crate) mod fetch;
pub(crate) mod policy;
pub(crate) mod port;
pub(crate) mod portal_caller_token;
pub(crate) mod random;
pub(crate) mod signature;
pub(crate) mod vault_clock;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}
