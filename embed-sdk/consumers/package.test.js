// The package as portals get it: packed and installed by build.js, type-checked, bundled, imported on a server.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';
import * as vite from 'vite';

process.chdir(import.meta.dirname);
const DIRECTORIES = { 18: 'react-18', 19: '.' };
/** @type {string[]} */
const files = JSON.parse(readFileSync('dist/files.json', 'utf8'));

test('the package has its scripts, their types and the licenses, and nothing else', () => {
  assert.deepEqual(files.toSorted(), [
    'LICENSE-APACHE',
    'LICENSE-MIT',
    'README.md',
    'acs-sign-in.d.ts',
    'acs-sign-in.js',
    'explain.d.ts',
    'explain.js',
    'package.json',
    'react.d.ts',
    'react.js',
    'vue.d.ts',
  ]);
  const { exports } = JSON.parse(readFileSync('../package.json', 'utf8'));
  for (const target of Object.values(exports).flatMap((value) =>
    typeof value === 'string' ? value : Object.values(value),
  )) {
    assert.ok(files.includes(target.replace('./', '')), target);
  }
});

test('the licenses are those of the project', () => {
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT']) {
    assert.equal(readFileSync(`../${name}`, 'utf8'), readFileSync(`../../${name}`, 'utf8'), name);
  }
});

test('strict portals type-check, for a bundler, for Node.js and with React 18', () => {
  for (const project of ['tsconfig.json', 'tsconfig.node16.json', 'tsconfig.react-18.json', 'tsconfig.script.json']) {
    const tsc = ['node_modules/typescript/bin/tsc', '--project', project];
    assert.doesNotThrow(() => execFileSync(process.execPath, tsc, { encoding: 'utf8', stdio: 'pipe' }), project);
  }
});

/** The size of a module as a bundler makes it, as it crosses the network. */
async function size(entry) {
  const { outputFiles } = await build({
    stdin: { contents: `export * from '${entry}'`, resolveDir: '.' },
    bundle: true,
    external: ['react'],
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
  });
  return brotliCompressSync(outputFiles[0].contents).length;
}

test('esbuild bundles the core into less than 5 KB', async () => {
  const core = await size('acs-sign-in');
  assert.ok(core < 5 * 1024, `${core}`);
  const react = (await size('acs-sign-in/react')) - core;
  assert.ok(react < 1.5 * 1024, `${react}`);
});

test('esbuild and Vite bundle the portals', async () => {
  const entryPoints = ['portal.ts', 'react.tsx'];
  await build({ entryPoints, bundle: true, write: false, format: 'esm', target: 'es2022', outdir: 'dist' });
  for (const entry of entryPoints) {
    const output = await vite.build({
      configFile: false,
      logLevel: 'error',
      build: { write: false, lib: { entry, formats: ['es'], fileName: 'bundle' } },
    });
    assert.match(JSON.stringify(output), /acs-sign-in/, entry);
  }
});

test('a bundler keeps the element of a module that is imported for its effect', async () => {
  const stdin = { contents: "import 'acs-sign-in'", resolveDir: '.' };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: 'esm' });
  assert.match(outputFiles[0].text, /customElements\.define\("acs-sign-in"/);
});

test('a server imports everything, and renders with React 18 and 19', async () => {
  for (const [version, consumer] of Object.entries(DIRECTORIES)) {
    const of = (name) => import(pathToFileURL(join(import.meta.dirname, consumer, 'node_modules', name)).href);
    const [{ createElement, version: installed }, { renderToString }] = await Promise.all([
      of('react/index.js'),
      of('react-dom/server.js'),
    ]);
    assert.equal(installed.split('.')[0], version);
    const { connect } = await of('acs-sign-in/acs-sign-in.js');
    assert.equal(typeof connect, 'function');
    const { AcsSignIn, AcsSignInProvider, useAcsCredential, useAcsSignIn } = await of('acs-sign-in/react.js');
    const Calls = () => {
      const { status } = useAcsSignIn();
      const credential = useAcsCredential(() => assert.fail('there is no session on a server'));
      return createElement('p', null, status, String(credential));
    };
    const signIn = createElement(AcsSignIn, {
      origin: 'https://signin.example.com/',
      className: 'sign-in',
      callerToken: () => assert.fail('not called on a server'),
    });
    const html = renderToString(createElement(AcsSignInProvider, null, signIn, createElement(Calls)));
    assert.match(html, /^<acs-sign-in class="sign-in"><\/acs-sign-in><p>starting(<!-- -->)?null<\/p>$/);
    assert.throws(() => renderToString(createElement(Calls)), /needs an <AcsSignInProvider>/);
  }
});
