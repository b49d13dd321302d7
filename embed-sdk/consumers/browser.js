// A React portal with two routes, for the end-to-end tests. One route has the sign-in, and the state is above both. The
// portal has two persons of its own.
import { AcsSignIn, AcsSignInProvider, useAcsCredential, useAcsSignIn } from 'acs-sign-in/react';
import { createElement, StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

let credentials = 0;

function State({ route }) {
  const { status, account } = useAcsSignIn();
  const credential = useAcsCredential(() => {
    credentials += 1;
    return { number: credentials, dispose() {} };
  });
  // A credential in a render that is not its account's.
  if (credential && status !== 'signedIn') document.body.dataset.stale = status;
  const of = credential ? `credential ${credential.number}` : 'no credential';
  return createElement('p', null, `${route} route: ${[status, account?.name].filter(Boolean).join(' ')}, ${of}`);
}

function Portal({ origin }) {
  const [route, setRoute] = useState('first');
  const [person, setPerson] = useState('alice');
  const next = () => setRoute(route === 'first' ? 'second' : 'first');
  return createElement(
    AcsSignInProvider,
    { person },
    createElement('button', { type: 'button', onClick: next }, 'Next route'),
    createElement('button', { type: 'button', onClick: () => setPerson('bob') }, 'Next person'),
    createElement(State, { route }),
    route === 'first' && createElement('section', null, createElement(AcsSignIn, { origin, theme: 'light' })),
  );
}

export function start(origin) {
  const portal = createElement(StrictMode, null, createElement(Portal, { origin }));
  createRoot(document.getElementById('root')).render(portal);
}
