//! The panel for an administrator of the person's organization: the permissions that this page requests, why, and how
//! to grant them.

use leptos::prelude::*;
use messages::{Consent, SignInMethod};

use crate::{
    app::UserAction,
    browser::{self, text::text},
};

const HEADING: &str = "For administrators";

/// The commands that add the service principals of Azure Communication Services to an organization, once.
const SERVICE_PRINCIPAL: &str = "New-MgServicePrincipal -AppId \"1fd5118e-2576-4263-8130-9503064c837a\"";
const CLIENTS_SERVICE_PRINCIPAL: &str = "New-MgServicePrincipal -AppId \"2a04943b-b6a7-4f65-8786-2bb6131b59f6\"";

/// The permissions of each sign-in method. Folded, because few people need it. Shown before any problem, because an
/// administrator prepares the organization before the first sign-in.
pub(crate) fn view(methods: &[SignInMethod], on_action: UnsyncCallback<UserAction>) -> impl IntoView + use<> {
    let with_consent: Vec<_> = methods.iter().filter_map(|method| Some((method, method.consent.clone()?))).collect();
    let several = with_consent.len() > 1;
    let panels: Vec<_> = with_consent
        .into_iter()
        .map(|(method, consent)| {
            let heading = method.label.clone().filter(|_| several);
            panel(method.profile.clone(), heading.unwrap_or_else(|| HEADING.to_owned()), consent, on_action)
        })
        .collect();
    match several {
        true => view! { <details><summary>{HEADING}</summary>{panels}</details> }.into_any(),
        false => panels.into_any(),
    }
}

fn panel(
    profile: String,
    heading: String,
    consent: Consent,
    on_action: UnsyncCallback<UserAction>,
) -> impl IntoView + use<> {
    let Consent { client_id, permissions, url, registered_url } = consent;
    let for_clients = permissions.iter().any(|permission| permission.contains("/clients/"));
    let permissions: Vec<_> = permissions
        .into_iter()
        .map(|permission| {
            let why = why(&permission);
            view! { <li><code prop:textContent=text(permission)></code><span prop:textContent=text(why)></span></li> }
        })
        .collect();
    let grant = move |registered| {
        let profile = profile.clone();
        move |_| on_action.run(UserAction::GrantConsent { profile: profile.clone(), registered })
    };
    let (grant_these, grant_all) = (grant(false), grant(true));
    let mut commands = format!("Connect-MgGraph -Scopes \"Application.ReadWrite.All\"\n{SERVICE_PRINCIPAL}");
    if for_clients {
        commands.push('\n');
        commands.push_str(CLIENTS_SERVICE_PRINCIPAL);
    }
    view! {
        <details class="administrator">
            <summary prop:textContent=text(heading)></summary>
            <p>{"The application "}<code prop:textContent=text(client_id)></code>{" asks for these permissions on behalf of each person, and for none of its own:"}</p>
            <ul>{permissions}</ul>
            <p>{"If Entra says that the organization has no service principal for Azure Communication Services, run this once, with Microsoft Graph PowerShell:"}</p>
            <pre prop:textContent=text(commands)></pre>
            {if browser::is_framed() {
                view! {
                    <p>{"Then grant consent for the whole organization here: "}
                        <a href=url.clone() target="_blank" rel="noopener noreferrer">{"these permissions"}</a>
                        {", or "}
                        <a href=registered_url target="_blank" rel="noopener noreferrer">{"all that the application lists"}</a>
                        {"."}
                    </p>
                }.into_any()
            } else {
                view! {
                    <p>{"Then grant consent for the whole organization. You are asked to sign in as an administrator first."}</p>
                    <div class="actions">
                        <button class="secondary" type="button" on:click=grant_these>{"Grant these permissions"}</button>
                        <button class="quiet" type="button" on:click=grant_all>{"Grant all that the application lists"}</button>
                    </div>
                }.into_any()
            }}
            <p class="note">{"To send to an administrator:"}</p>
            <pre class="address" prop:textContent=text(url)></pre>
        </details>
    }
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
