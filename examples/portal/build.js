// Bundles the portal into dist/. The calling SDK is large, so it becomes a separate file that is loaded when it is
// needed.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

process.chdir(import.meta.dirname);
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const file of ['index.html', 'portal.css', 'icon.svg']) copyFileSync(file, `dist/${file}`);
await build({
  // The credential alone, for pages that have their own client.
  entryPoints: ['src/portal.js', 'src/credential.js'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  // The licenses of the packages, in files next to the scripts.
  legalComments: 'linked',
  logLevel: 'warning',
});
