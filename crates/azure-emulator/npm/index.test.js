// Tests the package as its users have it: packed, installed, started and closed. AZURE_EMULATOR names the program;
// `cargo xtask test --only peers` does.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { createEmulator } from './index.js';
import { fileName, TARGETS } from './program.js';

const HERE = import.meta.dirname;
const { name, version } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
const METADATA = '/organizations/v2.0/.well-known/openid-configuration';

let folder;
before(() => {
  assert.ok(process.env.AZURE_EMULATOR, 'AZURE_EMULATOR names the program');
  folder = mkdtempSync(join(tmpdir(), 'emulator-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts an emulator, which ends with its test. */
async function start(context, options) {
  const emulator = await createEmulator(options);
  context.after(() => emulator.close());
  return emulator;
}

async function json(url) {
  const response = await fetch(url);
  assert.equal(response.status, 200, url);
  return response.json();
}

test('starts at free ports, serves, and refuses connections once it is closed', async () => {
  const emulator = await createEmulator();
  assert.equal((await json(emulator.entra + METADATA)).token_endpoint, `${emulator.authority}/oauth2/v2.0/token`);
  assert.ok(emulator.connectionString.startsWith(`endpoint=${emulator.acs}/;accesskey=`), emulator.connectionString);
  await emulator.close();
  await assert.rejects(fetch(emulator.entra + METADATA));
});

test('a second close does nothing', async (context) => {
  const emulator = await start(context);
  await emulator[Symbol.asyncDispose]();
});

test('two emulators share neither ports nor state', async (context) => {
  const first = await start(context);
  const second = await start(context);
  assert.notEqual(first.entra, second.entra);
  await first.setFaults({ keys: 'unavailable' });
  const keys = '/organizations/discovery/v2.0/keys';
  assert.notEqual((await fetch(first.entra + keys)).status, 200);
  assert.equal((await fetch(second.entra + keys)).status, 200);
});

test('a reset ends faults', async (context) => {
  const emulator = await start(context);
  const keys = `${emulator.entra}/organizations/discovery/v2.0/keys`;
  await emulator.setFaults({ keys: 'unavailable' });
  assert.notEqual((await fetch(keys)).status, 200);
  await emulator.reset();
  assert.equal((await fetch(keys)).status, 200);
});

test('with tls it serves https, and its own requests trust its certificate authority', async (context) => {
  const emulator = await start(context, { tls: join(folder, 'tls') });
  assert.match(emulator.entra, /^https:\/\/localhost:\d+$/);
  assert.match(emulator.ca, /BEGIN CERTIFICATE/);
  await emulator.reset();
});

test('an unknown fault is refused with the text of the emulator', async (context) => {
  const emulator = await start(context);
  await assert.rejects(emulator.setFaults({ unknown: 'fault' }), /the emulator refused \/emulator\/fault with 4\d\d/);
});

test('a start that fails is an error with the text of the program', async () => {
  await assert.rejects(createEmulator({ seed: join(folder, 'none.json') }), /ended before it served: .*none\.json/s);
});

test('packed and installed, it finds the program of the platform and passes a signal on', async (context) => {
  const platform = `${process.platform}-${process.arch}`;
  const archives = join(folder, 'archives');
  mkdirSync(archives);
  for (const [each, target] of Object.entries(TARGETS)) {
    const stem = `acs-sign-in-${version}-${target}`;
    mkdirSync(join(archives, stem));
    const program = join(archives, stem, fileName(each));
    if (each === platform) {
      copyFileSync(process.env.AZURE_EMULATOR, program);
    } else {
      writeFileSync(program, '');
    }
    execFileSync('tar', ['-czf', join(archives, `${stem}.tar.gz`), '-C', archives, stem]);
  }
  const out = join(folder, 'npm');
  execFileSync(process.execPath, [join(HERE, 'pack.js'), archives, out]);
  const packed = JSON.parse(readFileSync(join(out, 'azure-emulator', 'package.json'), 'utf8'));
  assert.deepEqual(
    packed.optionalDependencies,
    Object.fromEntries(Object.keys(TARGETS).map((each) => [`${name}-${each}`, version])),
  );

  const app = join(folder, 'app', 'node_modules');
  install(join(out, 'azure-emulator'), app, name);
  install(join(out, `azure-emulator-${platform}`), app, `${name}-${platform}`);
  const env = { ...process.env, AZURE_EMULATOR: '' };
  const child = spawn(process.execPath, [join(app, name, 'bin.js'), '--entra-port', '0', '--acs-port', '0'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.after(() => child.kill('SIGKILL'));
  const [printed] = await once(child.stdout, 'data');
  assert.match(String(printed), /not Microsoft; for development and tests only/);
  child.kill('SIGTERM');
  await once(child, 'exit');

  const script = join(folder, 'app', 'use.mjs');
  writeFileSync(
    script,
    `import { createEmulator } from ${JSON.stringify(name)};
     const emulator = await createEmulator();
     console.log(emulator.entra);
     await emulator.close();`,
  );
  assert.match(String(execFileSync(process.execPath, [script], { env })), /^http:\/\/localhost:\d+\n$/);
});

test('without the package of the platform, the error names it', async () => {
  const lone = join(folder, 'lone');
  mkdirSync(lone);
  copyFileSync(join(HERE, 'program.js'), join(lone, 'program.mjs'));
  const { program } = await import(pathToFileURL(join(lone, 'program.mjs')).href);
  const { AZURE_EMULATOR } = process.env;
  delete process.env.AZURE_EMULATOR;
  try {
    assert.throws(program, new RegExp(`${name}-${process.platform}-${process.arch} is not installed`));
  } finally {
    process.env.AZURE_EMULATOR = AZURE_EMULATOR;
  }
});

/** Installs what `npm pack` makes of a folder, without a registry. */
function install(source, app, as) {
  const npm = process.env.npm_execpath;
  assert.ok(npm, 'npm runs this test');
  const listed = execFileSync(process.execPath, [npm, 'pack', '--json', '--pack-destination', folder], { cwd: source });
  const [{ filename }] = JSON.parse(String(listed));
  const target = join(app, as);
  mkdirSync(target, { recursive: true });
  execFileSync('tar', ['-xzf', join(folder, filename), '-C', target, '--strip-components=1']);
  assert.ok(existsSync(join(target, 'LICENSE-MIT')));
}
