use contract::search;
use gloo_net::http::Request;
use js_sys::Object;
use wasm_bindgen::{
    JsValue,
    prelude::{Closure, wasm_bindgen},
};
use web_sys::RequestCache;

#[wasm_bindgen]
extern "C" {
    type TrustedTypePolicyFactory;

    /// `None` in a browser without Trusted Types.
    #[wasm_bindgen(thread_local_v2, js_name = trustedTypes)]
    static TRUSTED_TYPES: Option<TrustedTypePolicyFactory>;

    #[wasm_bindgen(method, catch, js_name = createPolicy)]
    fn create_policy(this: &TrustedTypePolicyFactory, name: &str, rules: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(catch, js_name = setTimeout)]
    fn set_timeout_with_text(code: &str) -> Result<f64, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: f64);
}

/// Whether the Worker runs under its Content-Security-Policy. Without one, injected script could send the tokens to any
/// server, and the vault refuses to start. This detects a policy that is missing, is only reported or is another one, not
/// a weaker one.
pub(crate) async fn is_in_force() -> bool {
    match TRUSTED_TYPES.with(|trusted_types| trusted_types.as_ref().map(are_required)) {
        Some(required) => required && is_sent_as_enforced().await,
        // No policy of ours allows `data:`, which sends nothing anywhere. The refusal is a violation in the console, so
        // this is only for browsers without Trusted Types.
        None => Request::get("data:,").send().await.is_err(),
    }
}

/// Whether the Worker's first file came with an enforced policy. A policy that browsers only report asks the default
/// policy of Trusted Types, too. The file is in the cache, where the host lets browsers keep it.
async fn is_sent_as_enforced() -> bool {
    let file = super::scope().location().href();
    let response = Request::get(&file).cache(RequestCache::ForceCache).send().await;
    let policy = response.ok().and_then(|response| response.headers().get("content-security-policy"));
    policy.is_some_and(|policy| search::contains(&policy, "require-trusted-types-for 'script'"))
}

/// Whether there is a `require-trusted-types-for 'script'`. Only then the browser asks the default policy about a text
/// that would become code. That policy throws, which refuses every such text and is not a violation.
fn are_required(trusted_types: &TrustedTypePolicyFactory) -> bool {
    let refuse = Closure::<dyn Fn() -> Result<JsValue, JsValue>>::new(|| Err(JsValue::NULL));
    let rules = Object::new();
    // The object is new, so setting a member succeeds.
    let _set = js_sys::Reflect::set(&rules, &"createScript".into(), &refuse.into_js_value());
    // If the host's policy forbids this name, the text below is refused all the same.
    let _created = trusted_types.create_policy("default", &rules);
    set_timeout_with_text(";").map(clear_timeout).is_err()
}
