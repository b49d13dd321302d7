// What all peers have in common: the configuration, the button, the exchange, and the token on the screen.

/**
 * The server writes it into the document, so that no peer waits for a request. A deployed page would have it compiled
 * in.
 */
export const config = JSON.parse(document.querySelector('meta[name=config]').getAttribute('content'));

/** Exchanges an Entra token for ACS (A1) for an ACS token (D). B authorizes the request. */
export async function exchange(accessToken, callerToken) {
  const response = await fetch(config.exchange, {
    method: 'POST',
    headers: { authorization: `Bearer ${callerToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ accessToken }),
  });
  if (!response.ok) throw new Error(`the exchange failed: ${response.status}`);
  return (await response.json()).token;
}

/** Shows a button that begins the sign-in. */
export function showButton(signIn) {
  const button = document.createElement('button');
  button.textContent = 'Sign in';
  button.addEventListener('click', signIn);
  document.body.append(button);
}

/** Shows the token. */
export function showToken(token) {
  const output = document.createElement('output');
  output.id = 'token';
  output.textContent = token;
  document.body.append(output);
}
