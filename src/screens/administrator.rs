//! The panel for an administrator of the person's organization: the permissions that this page requests, why, and how
//! to grant them.

use leptos::prelude::*;
use messages::{Consent, SignInMethod};

use super::elements::{button, code, details, div, group, li, link, literal, p, p_of, pre, span, summary, ul};
use crate::{app::UserAction, browser};

const HEADING: &str = "For administrators";

/// The commands that add the service principals of Azure Communication Services to an organization, once.
const SERVICE_PRINCIPAL: &str = "New-MgServicePrincipal -AppId \"1fd5118e-2576-4263-8130-9503064c837a\"";
const CLIENTS_SERVICE_PRINCIPAL: &str = "New-MgServicePrincipal -AppId \"2a04943b-b6a7-4f65-8786-2bb6131b59f6\"";

/// The permissions of each sign-in method. Folded, because few people need it. Shown before any problem, because an
/// administrator prepares the organization before the first sign-in.
pub(crate) fn view(methods: &[SignInMethod], on_action: UnsyncCallback<UserAction>) -> AnyView {
    let with_consent: Vec<_> = methods.iter().filter_map(|method| Some((method, method.consent.as_ref()?))).collect();
    let several = with_consent.len() > 1;
    let panels = with_consent.into_iter().map(|(method, consent)| {
        let heading = method.label.as_deref().filter(|_| several).unwrap_or(HEADING);
        panel(&method.profile, heading, consent, on_action)
    });
    let panels = group(panels.collect());
    if several { details("", vec![summary("", HEADING), panels]) } else { panels }
}

fn panel(profile: &str, heading: &str, consent: &Consent, on_action: UnsyncCallback<UserAction>) -> AnyView {
    let Consent { client_id, permissions, url, registered_url } = consent;
    let list =
        permissions.iter().map(|permission| li("", vec![code("", permission.clone()), span("", why(permission))]));
    let mut commands = format!("Connect-MgGraph -Scopes \"Application.ReadWrite.All\"\n{SERVICE_PRINCIPAL}");
    if permissions.iter().any(|permission| permission.split('/').any(|part| part == "clients")) {
        commands.push('\n');
        commands.push_str(CLIENTS_SERVICE_PRINCIPAL);
    }
    let grant = if browser::is_framed() {
        p_of(
            "",
            vec![
                literal("Then grant consent for the whole organization here: "),
                link(url.clone(), true, "these permissions"),
                literal(", or "),
                link(registered_url.clone(), true, "all that the application lists"),
                literal("."),
            ],
        )
    } else {
        let grant = |class, label, registered| {
            let profile = profile.to_owned();
            button(class, label, move || {
                on_action.run(UserAction::GrantConsent { profile: profile.clone(), registered });
            })
        };
        group(vec![
            p("", "Then grant consent for the whole organization. You are asked to sign in as an administrator first."),
            div(
                "actions",
                vec![
                    grant("secondary", "Grant these permissions", false),
                    grant("quiet", "Grant all that the application lists", true),
                ],
            ),
        ])
    };
    details(
        "administrator",
        vec![
            summary("", heading.to_owned()),
            p_of(
                "",
                vec![
                    literal("The application "),
                    code("", client_id.clone()),
                    literal(" asks for these permissions on behalf of each person, and for none of its own:"),
                ],
            ),
            ul("", list.collect()),
            p(
                "",
                "If Entra says that the organization has no service principal for Azure Communication Services, run this once, with Microsoft Graph PowerShell:",
            ),
            pre("", commands),
            grant,
            p("note", "To send to an administrator:"),
            pre("address", url.clone()),
        ],
    )
}

fn why(permission: &str) -> &'static str {
    match permission.rsplit('/').next() {
        Some("Teams.ManageCalls") => "to make and take calls as a Teams user",
        Some("Teams.ManageChats") => "to read and write chats as a Teams user; the exchange wants both",
        Some("TeamsExtension.ManageCalls") => "to make and take calls of the organization's Teams telephones",
        Some("VoIP") => "to make and take calls as an Entra ID user",
        _ => "to be known to the service that exchanges the sign-in for a calling token",
    }
}
