// The part of a browser that a sign-in needs, and msal-node as a desktop program uses it.
import { PublicClientApplication } from '@azure/msal-node';

export const entra = process.env.ENTRA_URL;
export const acs = process.env.ACS_URL;
export const accessKey = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw==';
export const desktopClient = 'acc00000-0000-4000-8000-000000000013';
export const alice = 'alice@fabrikam.example';
export const fabrikam = 'fab00000-0000-4000-8000-000000000001';
export const teamsScopes = ['Teams.ManageCalls', 'Teams.ManageChats'].map(
  (name) => `https://auth.msft.communication.azure.com/${name}`,
);
export const apiScope = 'api://e8c00000-0000-4000-8000-000000000020/access_as_user';

/** A desktop program that differs from a real one only in its authority, the emulator. */
export function desktopProgram(clientId = desktopClient, clientCapabilities = []) {
  const authority = `${entra}/organizations`;
  return new PublicClientApplication({
    auth: { clientId, authority, clientCapabilities, knownAuthorities: [new URL(entra).host] },
  });
}

/** Signs a person in like a desktop program: a browser opens, and sends its response to a server of msal-node. */
export function signIn(program, username, scopes) {
  return program.acquireTokenInteractive({ scopes, openBrowser: (url) => browse(url, username) });
}

/** Opens the sign-in page, picks an account and posts the form that comes back, as the page's script would. */
export async function browse(url, username) {
  const page = await (await fetch(url)).text();
  const row = page.split('<li>').find((row) => row.includes(username));
  const account = /value="([^"]+)"/.exec(row)[1];
  const action = new URL(attribute(page, 'action'), url);
  const picked = await fetch(action, { method: 'POST', body: new URLSearchParams({ account }) });
  const form = await picked.text();
  const fields = [...form.matchAll(/name="(\w+)" value="([^"]*)"/g)].map(([, name, value]) => [name, unescaped(value)]);
  await fetch(attribute(form, 'action'), { method: 'POST', body: new URLSearchParams(fields) });
}

function attribute(page, name) {
  return unescaped(new RegExp(`${name}="([^"]+)"`).exec(page)[1]);
}

function unescaped(text) {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
