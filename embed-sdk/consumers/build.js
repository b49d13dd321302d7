// Installs the packed SDK into the two consumers, and bundles the React portal with both versions of React into dist/.
// The development builds, because `StrictMode` mounts twice only there.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

process.chdir(import.meta.dirname);
const directory = mkdtempSync(join(tmpdir(), 'acs-sign-in-'));
// npm names itself to the scripts that it runs.
const pack = [process.env.npm_execpath, 'pack', '..', '--json', '--pack-destination', directory];
const [packed] = JSON.parse(execFileSync(process.execPath, pack, { encoding: 'utf8' }));
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
writeFileSync('dist/files.json', JSON.stringify(packed.files.map(({ path }) => path)));
for (const [version, consumer] of Object.entries({ 18: 'react-18', 19: '.' })) {
  const installed = join(consumer, 'node_modules/acs-sign-in');
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed);
  execFileSync('tar', ['-xzf', join(directory, packed.filename), '--strip-components=1', '-C', installed]);
  await build({
    entryPoints: ['browser.js'],
    outfile: `dist/react-${version}.js`,
    bundle: true,
    alias:
      version === '18'
        ? Object.fromEntries(
            ['react', 'react-dom', 'acs-sign-in'].map((name) => [name, `./react-18/node_modules/${name}`]),
          )
        : {},
    define: { 'process.env.NODE_ENV': '"development"' },
    format: 'esm',
    target: 'es2022',
    logLevel: 'warning',
  });
}
rmSync(directory, { recursive: true });
