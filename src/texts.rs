//! The texts of the page in the person's language. They are in a file per language, which `boot.js` loads, and not in
//! the wasm.

use std::cell::RefCell;

use contract::search;
use js_sys::{Function, Promise, Reflect};
use leptos::{prelude::*, task::spawn_local};
use messages::{Locale, ProblemCode, PublicProblem};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

thread_local! {
    /// The content of the language file.
    static LANGUAGE: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
    /// The function of `boot.js` that loads a language file.
    static LOAD: RefCell<Option<Function>> = const { RefCell::new(None) };
    /// The locale of the last request. Without one, the languages of the browser decide.
    static LOCALE: RefCell<Option<Locale>> = const { RefCell::new(None) };
    static CHANGED: ArcTrigger = ArcTrigger::new();
}

/// Sets the first language.
pub(crate) fn set(language: JsValue, load: Function) {
    LANGUAGE.set(language);
    LOAD.set(Some(load));
}

/// Renders again when the language changes.
pub(crate) fn track() {
    CHANGED.with(Track::track);
}

/// Changes the language to the one that fits a locale, or without one the languages of the browser, and calls back. If
/// its file cannot be loaded, or was changed, the language stays.
pub(crate) fn load(locale: Option<Locale>, changed: impl FnOnce() + 'static) {
    if LOCALE.with_borrow(|last| *last == locale) {
        return;
    }
    let tag = locale.as_ref().map_or(JsValue::UNDEFINED, |locale| JsValue::from_str(locale.as_str()));
    let promise =
        LOAD.with_borrow(|load| load.as_ref()?.call1(&JsValue::UNDEFINED, &tag).ok()?.dyn_into::<Promise>().ok());
    let Some(promise) = promise else { return };
    LOCALE.set(locale.clone());
    spawn_local(async move {
        if let Ok(language) = JsFuture::from(promise).await
            && LOCALE.with_borrow(|last| *last == locale)
        {
            LANGUAGE.set(language);
            CHANGED.with(Notify::notify);
            changed();
        }
    });
}

/// The text of a screen.
pub(crate) fn text(key: &str) -> String {
    read(&["texts", key]).unwrap_or_default()
}

/// The text of a screen with `{name}` replaced by a value.
pub(crate) fn filled(key: &str, name: &str, value: &str) -> String {
    search::replace(&text(key), &["{", name, "}"].concat(), value)
}

/// What happened.
pub(crate) fn title(problem: ProblemCode) -> String {
    of_problem(problem, "title").unwrap_or_default()
}

/// What the person can do.
pub(crate) fn action(problem: ProblemCode) -> String {
    of_problem(problem, "action").unwrap_or_default()
}

/// What the site owner or an administrator needs to know.
pub(crate) fn details(problem: ProblemCode) -> Option<String> {
    of_problem(problem, "details")
}

/// A problem for a portal.
pub(crate) fn public(problem: ProblemCode) -> PublicProblem {
    PublicProblem::new(problem, title(problem), action(problem))
}

fn of_problem(problem: ProblemCode, name: &str) -> Option<String> {
    read(&["problems", problem.code(), name])
}

/// The text in these members of the language file. A test compares the files with the keys in the code.
fn read(path: &[&str]) -> Option<String> {
    LANGUAGE.with_borrow(|language| {
        path.iter()
            .try_fold(language.clone(), |object, name| Reflect::get(&object, &JsValue::from_str(name)).ok())?
            .as_string()
    })
}
