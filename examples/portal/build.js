// Bundles the portal into dist/. The calling SDK, which is large, becomes a file of its own that is loaded when it is needed.
import { copyFileSync, mkdirSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

process.chdir(import.meta.dirname);
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');
for (const file of ['index.html', 'portal.css', 'icon.svg']) copyFileSync(file, `dist/${file}`);
await build({
  // The credential by itself, for pages that bring their own client.
  entryPoints: ['src/portal.js', 'src/credential.js'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  // Their licences stay with them.
  legalComments: 'linked',
  logLevel: 'warning',
});
