// Starts the emulator with TLS on free ports, and then the tests. Node.js reads a certificate authority only at its
// start.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const program = process.env.AZURE_EMULATOR;
if (!program) {
  console.error('AZURE_EMULATOR must name the program; `cargo xtask test --only peers` builds it and does so');
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), 'azure-emulator-'));
const ports = ['--entra-port', '0', '--acs-port', '0'];
const emulator = spawn(program, [...ports, '--tls', directory], { stdio: ['ignore', 'pipe', 'inherit'] });
emulator.on('error', (error) => {
  console.error(`the emulator does not start: ${error.message}`);
  process.exit(2);
});

let code = 1;
try {
  const announced = await announcement(emulator);
  const environment = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: announced.CA,
    ENTRA_URL: announced.Entra,
    ACS_URL: announced.ACS,
  };
  const files = ['entra.test.js', 'acs.test.js', 'tokens.test.js', 'browser.test.js'];
  const tests = spawn(process.execPath, ['--test', '--test-reporter=spec', ...files], {
    cwd: import.meta.dirname,
    env: environment,
    stdio: 'inherit',
  });
  code = await exit(tests);
  // Last, because it resets the emulator.
  const refusals = join(import.meta.dirname, '../../crates/azure-emulator/refusals.sh');
  /** @type {import('node:child_process').SpawnOptions} */
  const options = { env: { ...environment, CURL_CA_BUNDLE: announced.CA }, stdio: 'inherit' };
  code ||= await exit(spawn('bash', [refusals, announced.Entra, announced.ACS], options));
} finally {
  emulator.kill();
  rmSync(directory, { recursive: true, force: true });
}
process.exit(code);

function exit(child) {
  return new Promise((resolve, reject) => child.on('exit', (status) => resolve(status ?? 1)).on('error', reject));
}

// The output of the emulator when it is ready: "Entra  https://…", "ACS    https://…", "CA     …/ca.pem", then a blank
// line.
async function announcement(child) {
  const announced = {};
  for await (const line of createInterface({ input: child.stdout })) {
    const [, name, value] = /^(Entra|ACS|CA)\s+(.*)$/.exec(line) ?? [];
    if (name) announced[name] = value;
    if (announced.CA && announced.ACS && announced.Entra) {
      child.stdout.resume();
      return announced;
    }
  }
  throw new Error('the emulator ended before it was ready');
}
