// A portal in React, with a credential that has the members of Azure's.
import { AcsSignIn, AcsSignInProvider, useAcsCredential, useAcsSignIn } from 'acs-sign-in/react';
import { useRef } from 'react';
import type { AcsSignInElement } from 'acs-sign-in';

class Credential {
  constructor(readonly options: { tokenRefresher: (signal?: AbortSignal) => Promise<{ token: string }> }) {}
  dispose() {}
}

function Calls() {
  const { status, account, communicationId, problem, getToken, signOut } = useAcsSignIn();
  const credential: Credential | null = useAcsCredential(({ tokenRefresher }) => new Credential({ tokenRefresher }));
  return (
    <button type="button" disabled={status !== 'signedIn' || !credential} onClick={() => getToken().then(signOut)}>
      {account?.name ?? communicationId ?? problem?.title}
    </button>
  );
}

export function Portal({ user }: { user: string | undefined }) {
  return (
    <AcsSignInProvider person={user}>
      <AcsSignIn
        origin="https://signin.example.com/"
        person={user}
        callerToken={() => 'jwt'}
        theme="dark"
        onStatus={({ status }) => status.toUpperCase()}
      />
      <Calls />
    </AcsSignInProvider>
  );
}

export function WithoutProvider() {
  const element = useRef<AcsSignInElement>(null);
  return <acs-sign-in ref={element} origin="https://signin.example.com/" login-hint="alice@fabrikam.example" />;
}

// @ts-expect-error: the address of the page is required.
export const withoutOrigin = <AcsSignIn />;
