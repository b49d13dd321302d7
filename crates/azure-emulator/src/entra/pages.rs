//! The pages that people see: plain HTML, in which every value of a request is escaped.

use crate::{
    accounts::{ACCOUNTS, Account, Persona},
    authority::Identity,
    entra::{request::AuthorizeRequest, scopes::Scopes},
    registrations::Application,
};

/// The sign-in page. It lists the accounts of this authority, hinted ones first.
pub(super) fn sign_in(request: &AuthorizeRequest) -> String {
    let mut accounts: Vec<&'static Account> =
        ACCOUNTS.iter().filter(|account| request.authority.identity(account).is_some()).collect();
    accounts.sort_by_key(|account| !request.suggests(account));
    let rows: String = accounts.into_iter().map(|account| account_row(request, account)).collect();
    let action = action(request, "login");
    let app = escape(request.app.display_name);
    page(
        "Pick an account",
        &format!(
            "<h1>Pick an account</h1><p>to continue to {app}. No password is needed.</p>\
             <form method=\"post\" action=\"{action}\"><ul>{rows}</ul></form>"
        ),
    )
}

/// The consent page, with the requested permissions.
pub(super) fn consent(request: &AuthorizeRequest, identity: &Identity) -> String {
    let permissions = permissions(&request.scopes);
    let for_all = if identity.account.persona == Persona::Administrator {
        "<label><input type=\"checkbox\" name=\"organization\"> Consent on behalf of your organization</label>"
    } else {
        ""
    };
    let action = action(request, "consent");
    let (app, username) = (escape(request.app.display_name), escape(identity.account.username));
    page(
        "Permissions requested",
        &format!(
            "<h1>Permissions requested</h1><p>{app} asks {username} for:</p><ul>{permissions}</ul>\
             <form method=\"post\" action=\"{action}\">{for_all}<div class=\"pair\">\
             <button class=\"act\" name=\"decision\" value=\"accept\">Accept</button>\
             <button name=\"decision\" value=\"cancel\">Cancel</button></div></form>"
        ),
    )
}

/// The page that asks for a second factor. A click replaces the device.
pub(super) fn second_factor(request: &AuthorizeRequest, identity: &Identity) -> String {
    let (action, username) = (action(request, "second-factor"), escape(identity.account.username));
    page(
        "Approve sign-in",
        &format!(
            "<h1>Approve sign-in</h1><p>Approve the sign-in of {username}. No code is needed.</p>\
             <form method=\"post\" action=\"{action}\"><div class=\"pair\">\
             <button class=\"act\" name=\"decision\" value=\"approve\">Approve</button>\
             <button name=\"decision\" value=\"deny\">Deny</button></div></form>"
        ),
    )
}

/// The page that asks an administrator for consent on behalf of the organization.
pub(super) fn admin_consent(app: &Application, scopes: &Scopes, administrators: &[&Account], action: &str) -> String {
    let permissions = permissions(scopes);
    let accept: String = administrators
        .iter()
        .map(|account| {
            let (id, username) = (account.home.id, escape(account.username));
            format!("<button class=\"act\" name=\"account\" value=\"{id}\">Accept as {username}</button>")
        })
        .collect();
    let no_administrator = if administrators.is_empty() { "<p>This tenant has no administrator.</p>" } else { "" };
    let (app, action) = (escape(app.display_name), escape(action));
    page(
        "Permissions requested",
        &format!(
            "<h1>Permissions requested for your organization</h1><p>{app} asks for:</p><ul>{permissions}</ul>{no_administrator}\
             <form method=\"post\" action=\"{action}\"><div class=\"pair\">{accept}<button>Cancel</button></div></form>"
        ),
    )
}

/// The page after an administrator's decision, if the request has no redirect URI.
pub(super) fn decided() -> String {
    page("Decided", "<h1>The decision is recorded</h1><p>You can close this window.</p>")
}

fn permissions(scopes: &Scopes) -> String {
    scopes.permissions.iter().map(|permission| format!("<li><code>{}</code></li>", escape(&permission.uri()))).collect()
}

/// An authorization response as a form. A script submits it, or a click where scripts are disabled.
pub(super) fn form_post(redirect_uri: &str, parameters: &[(&str, String)]) -> String {
    let fields: String = parameters
        .iter()
        .map(|(name, value)| format!("<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value)))
        .collect();
    let action = escape(redirect_uri);
    page(
        "Signing in",
        &format!(
            "<h1>Signing in</h1><form method=\"post\" action=\"{action}\">{fields}\
             <button class=\"act\">Continue</button></form><script>{SUBMIT}</script>"
        ),
    )
}

/// The script of [`form_post`], the only one of all pages.
pub(super) const SUBMIT: &str = "document.forms[0].submit()";

/// The page with a refusal that must not go to the application.
pub(super) fn refusal(code: u32, description: &str) -> String {
    let description = escape(description);
    page("Sign-in is not possible", &format!("<h1>Sign-in is not possible</h1><p>AADSTS{code}</p><p>{description}</p>"))
}

/// The page that asks which account to sign out.
pub(super) fn which_account(account: &Account) -> String {
    let username = escape(account.username);
    page(
        "Pick an account",
        &format!(
            "<h1>Pick an account</h1><p>Which account do you want to sign out of?</p><ul><li>{username}</li></ul>"
        ),
    )
}

/// The page after signing out, if the request has no registered address to return to.
pub(super) fn signed_out() -> String {
    page("You signed out", "<h1>You signed out</h1><p>You can close this window.</p>")
}

/// The page at the address in `error_uri`.
pub(super) fn error_code(code: &str) -> String {
    let digits: String = code.chars().filter(char::is_ascii_digit).take(10).collect();
    page("About an error", &format!("<h1>AADSTS{digits}</h1><p>The emulator's README lists the cause.</p>"))
}

/// One account of the sign-in page.
fn account_row(request: &AuthorizeRequest, account: &Account) -> String {
    let (id, username, purpose) = (account.home.id, escape(account.username), escape(account.purpose));
    let home = escape(account.home.tenant.display_name);
    let suggested = if request.suggests(account) { " Suggested." } else { "" };
    format!(
        "<li><button name=\"account\" value=\"{id}\" aria-describedby=\"about-{id}\">Sign in as {username}</button>\
         <p id=\"about-{id}\">{purpose} Home: {home}.{suggested}</p></li>"
    )
}

/// The address of a form, with the query of the request that the page interrupts.
fn action(request: &AuthorizeRequest, step: &str) -> String {
    escape(&format!("/{}/{step}?{}", request.authority.segment(), request.query))
}

/// A whole document. The policy in `headers.rs` allows its stylesheet by hash.
pub(super) fn page(title: &str, content: &str) -> String {
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title} - Azure emulator</title><style>{STYLE}</style></head>\
         <body><main><p class=\"banner\">Azure emulator — not Microsoft</p>{content}</main></body></html>"
    )
}

/// The stylesheet of every page.
pub(super) const STYLE: &str = include_str!("pages.css");

/// Escapes text for element content and quoted attributes.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{error_code, escape, refusal};

    #[test]
    fn escapes_markup() {
        assert_eq!(escape("<a href='x' b=\"&\">"), "&lt;a href=&#39;x&#39; b=&quot;&amp;&quot;&gt;");
        assert!(!refusal(50011, "<script>").contains("<script>"));
        assert!(refusal(50011, "<script>").contains("<p>&lt;script&gt;</p>"));
        assert!(!error_code("<b>50011").contains("<b>"));
        assert!(error_code("<b>50011").contains("<h1>AADSTS50011</h1>"));
    }
}
