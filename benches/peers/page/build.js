// Builds each peer into dist/<name>/: a document, and one script with a hash in its name. `CONFIG` in the document is
// for the server to replace.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { build } from 'esbuild';

await rm('dist', { recursive: true, force: true });
for (const name of ['early', 'floor', 'msal', 'oidc', 'react']) {
  const isStatic = name === 'early' || name === 'floor';
  const { metafile } = await build({
    entryPoints: [isStatic ? 'floor.js' : `${name}.js`],
    outdir: `dist/${name}`,
    entryNames: '[name]-[hash]',
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"', EARLY: String(name === 'early') },
    metafile: true,
  });
  const script = basename(Object.keys(metafile.outputs)[0]);
  const head = `<!doctype html><html lang=en><meta charset=utf-8><title>Sign in</title><link rel=icon href=data:,>`;
  const meta = `<meta name=config content='CONFIG'>`;
  // The floor needs no second request, and has a static button. The others show what their script makes.
  const body = isStatic
    ? `<body><button>Sign in</button><script type=module>${await readFile(`dist/${name}/${script}`, 'utf8')}</script>`
    : `<script type=module src=${script}></script><body>`;
  if (isStatic) await rm(`dist/${name}/${script}`);
  await writeFile(`dist/${name}/index.html`, `${head}${meta}${body}`);
}
