use serde_json::{Map, Value, json};

use super::{HostError, HostFile, Installation, usual_spelling};
use crate::{Header, media_type::MEDIA_TYPES};

/// The largest configuration that Static Web Apps accept.
const LIMIT: usize = 20 * 1024;

/// The endpoints of its own sign-in, which redirect to other origins. Azure documents each provider by its path; the
/// wildcard closes the rest.
const SIGN_IN: [&str; 5] = ["/.auth/login/aad", "/.auth/login/github", "/.auth/login/x", "/.auth/logout", "/.auth/*"];

pub(super) fn files(installation: &Installation) -> Result<Vec<HostFile>, HostError> {
    let global = installation.headers.for_error();
    let mut routes: Vec<Value> = SIGN_IN.iter().map(|path| json!({ "route": path, "statusCode": 404 })).collect();
    // Each file by its exact path. A wildcard would match missing files, too, and their errors would be cached.
    for path in installation.paths() {
        let headers = differences(&global, &installation.headers.for_file(path));
        if !headers.is_empty() {
            routes.push(json!({ "route": path, "headers": headers }));
        }
    }
    let rewrite = json!({ "rewrite": "/404.html" });
    let types: Map<_, _> = MEDIA_TYPES.iter().map(|(extension, kind)| (format!(".{extension}"), json!(kind))).collect();
    let configuration = json!({
        "globalHeaders": global.iter().map(|(name, value)| (usual_spelling(name), json!(value))).collect::<Map<_, _>>(),
        "routes": routes,
        "responseOverrides": { "400": rewrite, "401": rewrite, "403": rewrite, "404": rewrite },
        "mimeTypes": types,
    });
    let mut text = serde_json::to_string_pretty(&configuration).expect("a JSON value has text keys only");
    if text.len() > LIMIT {
        text = configuration.to_string();
    }
    if text.len() > LIMIT {
        return Err(HostError::TooLarge { file: "staticwebapp.config.json", size: text.len(), limit: LIMIT });
    }
    Ok(vec![HostFile { path: "site/staticwebapp.config.json", text: text + "\n" }])
}

/// The headers of a route that its global ones do not have. An empty value removes a header.
fn differences(global: &[Header], own: &[Header]) -> Map<String, Value> {
    let changed = own.iter().filter(|header| !global.contains(header));
    let removed = global.iter().filter(|(name, _)| !own.iter().any(|(known, _)| known == name));
    changed
        .map(|(name, value)| (usual_spelling(name), json!(value)))
        .chain(removed.map(|(name, _)| (usual_spelling(name), json!(""))))
        .collect()
}
