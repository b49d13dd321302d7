// Starts the emulator for tests: a process of its own, at free ports.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';

import { program } from './program.js';

/**
 * Starts an emulator, and returns it once it serves.
 * @param {import('./index.d.ts').EmulatorOptions} options
 */
export async function createEmulator(options = {}) {
  const child = spawn(program(), args(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  // Ends with this process, also if close() is never called.
  const kill = () => child.kill();
  process.once('exit', kill);
  const exited = new Promise((resolve) => child.once('close', resolve)).then(() => process.off('exit', kill));
  try {
    const { entra, acs, connectionString } = await addresses(child);
    const ca = options.tls && readFileSync(join(options.tls, 'ca.pem'), 'utf8');
    const post = (path, body) => send(new URL(path, entra), body, ca);
    const close = async () => {
      kill();
      await exited;
    };
    return {
      entra,
      acs,
      connectionString,
      ca,
      authority: `${entra}/organizations`,
      reset: () => post('/emulator/reset', {}),
      setFaults: (faults) => post('/emulator/fault', faults),
      setConsent: (account, given) => post('/emulator/consent', { account, given }),
      advance: (seconds) => post('/emulator/clock', { advance: seconds }),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    kill();
    await exited;
    throw error;
  }
}

/** @param {import('./index.d.ts').EmulatorOptions} options */
function args({ entraPort = 0, acsPort = 0, coop, seed, seedNumber, clock, tls }) {
  const given = ['--entra-port', String(entraPort), '--acs-port', String(acsPort)];
  if (coop) {
    given.push('--coop');
  }
  for (const [name, value] of Object.entries({ seed, 'seed-number': seedNumber, clock, tls })) {
    if (value !== undefined) {
      given.push(`--${name}`, String(value));
    }
  }
  return given;
}

/** Reads the addresses that the program prints when it serves. */
async function addresses(child) {
  let printed = '';
  let errors = '';
  child.stderr.on('data', (data) => {
    errors += data;
  });
  return new Promise((resolve, reject) => {
    child.stdout.on('data', (data) => {
      printed += data;
      const entra = printed.match(/^Entra\s+(\S+)\s*$/m)?.[1];
      const acs = printed.match(/^ACS\s+(\S+)\s*$/m)?.[1];
      const connectionString = printed.match(/^endpoint=\S+(?=\s)/m)?.[0];
      if (entra && acs && connectionString) {
        resolve({ entra, acs, connectionString });
      }
    });
    child.once('error', reject);
    child.once('close', () => reject(new Error(`azure-emulator ended before it served: ${errors.trim()}`)));
  });
}

/** Sends a command to the emulator's control interface. */
async function send(url, body, ca) {
  const request = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const sent = request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, ca, agent: false });
  sent.end(JSON.stringify(body));
  const [response] = await once(sent, 'response');
  response.setEncoding('utf8');
  let text = '';
  for await (const part of response) {
    text += part;
  }
  if (response.statusCode >= 300) {
    throw new Error(`the emulator refused ${url.pathname} with ${response.statusCode}: ${text}`);
  }
}
