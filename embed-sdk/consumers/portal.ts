// A portal in TypeScript. Type-checked, bundled and not run.
import {
  type Account,
  AcsSignInError,
  type AcsSignInSession,
  closeKeptSessions,
  connect,
  type ProblemCode,
  type SessionState,
} from 'acs-sign-in';
import { explain } from 'acs-sign-in/explain';

const theme: 'dark' | undefined = Math.random() < 0.5 ? 'dark' : undefined;
const session: AcsSignInSession = connect({
  container: document.body,
  origin: 'https://signin.example.com/',
  theme,
  loginHint: undefined,
  callerToken: undefined,
});

const show = (state: SessionState) => {
  const account: Account | null = state.account;
  const code: ProblemCode | undefined = state.problem?.code;
  if (code === 'token_withheld' || code === 'page_silent' || code === 'a_code_of_next_year')
    return state.communicationId;
  return account?.objectId ?? null;
};
const onStatus = ({ detail }: CustomEvent<SessionState>) => show(detail);
session.addEventListener('status', onStatus);
session.removeEventListener('status', onStatus);
session.addEventListener('height', ({ detail }) => detail.toFixed());
session.update({ theme: undefined, title: undefined });
const isMoved: boolean = session.moveTo();
session.getToken({ abortSignal: undefined }).catch((error: unknown) => {
  if (error instanceof AcsSignInError) return error.retryable && isMoved;
  return explain(error)?.link;
});

const element = document.createElement('acs-sign-in');
element.person = undefined;
element.keepSeconds = 5;
element.callerToken = async () => 'jwt';
element.addEventListener('status', ({ detail }) => show(detail));
element.addEventListener('session', function () {
  show(this.session ?? session);
});
element.addEventListener('click', ({ button }) => button.toFixed());
element.park();
closeKeptSessions();

// @ts-expect-error: a status is not a text of the portal's choice.
session.status === 'ready';
// @ts-expect-error: a portal cannot configure the sign-in.
connect({ container: document.body, origin: 'https://signin.example.com/', clientId: 'mine' });
// @ts-expect-error: a selector is no container.
connect({ container: '#sign-in', origin: 'https://signin.example.com/' });
