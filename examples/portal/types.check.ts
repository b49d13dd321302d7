// What the SDK's types promise fits Azure's types as they are: `npm run check`.
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

const told = (error: unknown) => (error instanceof AcsSignInError ? error.remedy : '');
told(null);

// @ts-expect-error: a page or a place for it has to be named.
connect({ loginHint: 'alice@fabrikam.example' });
// @ts-expect-error: nothing of the sign-in can be configured from a portal.
connect({ container: document.body, origin: 'https://signin.example.com/', clientId: 'mine' });
