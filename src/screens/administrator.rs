//! The panel for an administrator of the person's organization: the permissions that this page requests, why, and how
//! to grant them.

use leptos::prelude::*;
use messages::{Consent, SignInMethod};

use super::elements::{button, code, code_entry, details, div, dl, group, li, link, p, p_of, pre, span, summary, ul};
use crate::{app::UserAction, browser, texts::text};

/// The commands that add the service principals of Azure Communication Services to an organization, once.
const SERVICE_PRINCIPAL: &str = "New-MgServicePrincipal -AppId \"1fd5118e-2576-4263-8130-9503064c837a\"";
const CLIENTS_SERVICE_PRINCIPAL: &str = "New-MgServicePrincipal -AppId \"2a04943b-b6a7-4f65-8786-2bb6131b59f6\"";

/// The permissions of each sign-in method. Folded, because few people need it. Shown before any problem, because an
/// administrator prepares the organization before the first sign-in.
pub(crate) fn view(methods: &[SignInMethod], on_action: UnsyncCallback<UserAction>) -> AnyView {
    let with_consent: Vec<_> = methods.iter().filter_map(|method| Some((method, method.consent.as_ref()?))).collect();
    let several = with_consent.len() > 1;
    let panels = with_consent.into_iter().map(|(method, consent)| {
        let heading = method.label.clone().filter(|_| several).unwrap_or_else(|| text("administrator.title"));
        panel(&method.profile, heading, consent, on_action)
    });
    let panels = group(panels.collect());
    if several { details("", vec![summary("", text("administrator.title")), panels]) } else { panels }
}

fn panel(profile: &str, heading: String, consent: &Consent, on_action: UnsyncCallback<UserAction>) -> AnyView {
    let Consent { client_id, permissions, url, registered_url } = consent;
    let list = permissions
        .iter()
        .map(|permission| li("", vec![code("", permission.clone()), span("", text(why(permission)))]));
    let mut commands = format!("Connect-MgGraph -Scopes \"Application.ReadWrite.All\"\n{SERVICE_PRINCIPAL}");
    if permissions.iter().any(|permission| permission.split('/').any(|part| part == "clients")) {
        commands.push('\n');
        commands.push_str(CLIENTS_SERVICE_PRINCIPAL);
    }
    let grant = if browser::is_framed() {
        let grant = |key, url: &String| p_of("", vec![link(url.clone(), true, text(key))]);
        group(vec![
            p("", text("administrator.grant")),
            grant("administrator.grantThese", url),
            grant("administrator.grantRegistered", registered_url),
        ])
    } else {
        let grant = |class, key, registered| {
            let profile = profile.to_owned();
            button(class, text(key), move || {
                on_action.run(UserAction::GrantConsent { profile: profile.clone(), registered });
            })
        };
        group(vec![
            p("", text("administrator.grant")),
            div(
                "actions",
                vec![
                    grant("secondary", "administrator.grantThese", false),
                    grant("quiet", "administrator.grantRegistered", true),
                ],
            ),
        ])
    };
    details(
        "administrator",
        vec![
            summary("", heading),
            dl("", vec![code_entry(text("administrator.application"), client_id.clone())]),
            p("", text("administrator.permissions")),
            ul("", list.collect()),
            p("", text("administrator.servicePrincipal")),
            pre("", commands),
            grant,
            p("note", text("administrator.send")),
            pre("address", url.clone()),
        ],
    )
}

/// The text that explains a permission.
fn why(permission: &str) -> &'static str {
    match permission.rsplit('/').next() {
        Some("Teams.ManageCalls") => "administrator.teamsCalls",
        Some("Teams.ManageChats") => "administrator.teamsChats",
        Some("TeamsExtension.ManageCalls") => "administrator.teamsPhone",
        Some("VoIP") => "administrator.voip",
        _ => "administrator.exchange",
    }
}
