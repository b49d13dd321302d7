// Microsoft's calling SDK, with a credential that the sign-in page keeps fresh.
import { CallClient } from '@azure/communication-calling';
import { credentialOf } from './credential.js';

/**
 * A line for somebody who is signed in. `people` says as what: `teams`, or `entra` for an identity of the ACS resource.
 * The two kinds of token are not interchangeable.
 */
export async function openLine({ session, people, initial, account, onChange }) {
  const credential = credentialOf(session, initial);
  let agent;
  try {
    const client = new CallClient();
    agent =
      people === 'teams'
        ? await client.createTeamsCallAgent(credential)
        : await client.createCallAgent(credential, { displayName: account.name ?? undefined });
    agent.on('connectionStateChanged', ({ newValue }) => onChange(newValue.toLowerCase()));
    // Asked once, before the first call, so that nobody rings first and then finds no microphone.
    const devices = await client.getDeviceManager();
    let current = null;

    return {
      async call(person, name) {
        const { audio } = await devices.askDevicePermission({ audio: true, video: false });
        if (!audio) throw new Error('this site may not use the microphone');
        const callee = { microsoftTeamsUserId: person };
        current = agent.startCall(people === 'teams' ? callee : [callee]);
        const showState = () => onChange(`${name}: ${current.state.toLowerCase()}`, current.state !== 'Disconnected');
        current.on('stateChanged', showState);
        showState();
      },
      hangUp: () => current?.hangUp(),
      dispose() {
        agent.dispose();
        credential.dispose();
      },
    };
  } catch (error) {
    agent?.dispose();
    credential.dispose();
    throw error;
  }
}
