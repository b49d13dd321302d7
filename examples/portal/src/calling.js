// Microsoft's calling SDK, with a credential that the sign-in page keeps fresh.
import { CallClient } from '@azure/communication-calling';
import { credentialOf } from './credential.js';

/** @import { Call, CallAgent, TeamsCall, TeamsCallAgent } from '@azure/communication-calling' */
/** @import { AccessToken, Account, AcsSignInSession } from 'acs-sign-in' */

/**
 * Connects a person who is signed in to calling. `people` is the kind of token: `teams`, or `entra` for an identity of
 * the ACS resource. The two kinds are not interchangeable.
 *
 * @param {object} options
 * @param {AcsSignInSession} options.session
 * @param {'teams' | 'entra'} options.people
 * @param {AccessToken} options.initial
 * @param {Account} options.account
 * @param {(state: string, isInCall?: boolean) => void} options.onChange
 */
export async function openLine({ session, people, initial, account, onChange }) {
  const credential = credentialOf(session, initial);
  /** @type {CallAgent | TeamsCallAgent | undefined} */
  let agent;
  try {
    const client = new CallClient();
    agent =
      people === 'teams'
        ? await client.createTeamsCallAgent(credential)
        : await client.createCallAgent(credential, { displayName: account.name ?? undefined });
    agent.on('connectionStateChanged', ({ newValue }) => onChange(newValue.toLowerCase()));
    // Before the first call, so that a call does not ring before the microphone works.
    const devices = await client.getDeviceManager();
    /** @type {Call | TeamsCall | null} */
    let current = null;

    return {
      /** @param {string} person @param {string} name */
      async call(person, name) {
        const { audio } = await devices.askDevicePermission({ audio: true, video: false });
        if (!audio) throw new Error('this site may not use the microphone');
        const callee = { microsoftTeamsUserId: person };
        /** @type {Call | TeamsCall} */
        const started = /** @type {any} */ (agent).startCall(people === 'teams' ? callee : [callee]);
        current = started;
        const showState = () => onChange(`${name}: ${started.state.toLowerCase()}`, started.state !== 'Disconnected');
        started.on('stateChanged', showState);
        showState();
      },
      hangUp: () => current?.hangUp(),
      dispose() {
        agent?.dispose();
        credential.dispose();
      },
    };
  } catch (error) {
    agent?.dispose();
    credential.dispose();
    throw error;
  }
}
