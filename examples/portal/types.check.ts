// The types of the embed SDK fit the types of Azure's SDKs: `npm run check`.
import { AzureCommunicationTokenCredential } from '@azure/communication-common';
import { type AcsSignInElement, AcsSignInError, connect } from 'acs-sign-in';

const session = connect({ container: document.body, origin: 'https://signin.example.com/', theme: 'dark' });
connect({ frame: document.createElement('iframe'), callerToken: async () => 'jwt' });

new AzureCommunicationTokenCredential({ tokenRefresher: session.tokenRefresher, refreshProactively: true });
new AzureCommunicationTokenCredential({ tokenRefresher: session.tokenStringRefresher });
session.getToken().then((token) => new AzureCommunicationTokenCredential(token));

session.addEventListener('status', ({ detail }) => detail.account?.objectId.toUpperCase());
session.addEventListener('height', ({ detail }) => detail.toFixed());
const element: AcsSignInElement = document.createElement('acs-sign-in');
element.session?.getToken({ abortSignal: new AbortController().signal });

const actionOf = (error: unknown) => (error instanceof AcsSignInError ? error.action : '');
actionOf(null);

// @ts-expect-error: a frame or a container is required.
connect({ loginHint: 'alice@fabrikam.example' });
// @ts-expect-error: a portal cannot configure the sign-in.
connect({ container: document.body, origin: 'https://signin.example.com/', clientId: 'mine' });
