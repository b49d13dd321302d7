// Serves dist/ on this machine, and tells the portal where the sign-in page is. For development.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { vouchFor } from './vouch.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'sign-in': { type: 'string', default: 'http://localhost:8080/' },
    // `teams`, or `entra` where the page goes to ACS itself.
    people: { type: 'string', default: 'teams' },
    // Whom the portal knows as signed in, by their object id at Entra. It then issues tokens of its own for them.
    employee: { type: 'string' },
  },
});
const signIn = new URL(values['sign-in']);
const config = JSON.stringify({ signIn: signIn.href, people: values.people, vouches: Boolean(values.employee) });
const types = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.json': 'application/json' };

const headers = {
  // Scripts of our own, the sign-in page in a frame, and whatever hosts Azure's calling uses.
  'content-security-policy':
    `default-src 'self'; frame-src ${signIn.origin}; connect-src 'self' https: wss:; media-src 'self' blob:; ` +
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // `same-origin` would cut the sign-in off from the window that it opens.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'permissions-policy': 'camera=(), microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

const vouching = values.employee && (await vouchFor(values.employee, `http://localhost:${values.port}`));
const made = {
  '/config.json': () => config,
  ...(vouching && { '/keys.json': () => vouching.keys, '/token': () => vouching.token() }),
};

createServer(async ({ method, url }, response) => {
  const path = normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname));
  const file = path === '/' ? '/index.html' : path;
  const body = await (made[file]?.() ?? readFile(join(import.meta.dirname, 'dist', file)).catch(() => null));
  const isThere = body !== null && ['GET', 'HEAD'].includes(method);
  const type = isThere ? types[extname(file)] ?? 'text/plain' : 'text/plain';
  response.writeHead(isThere ? 200 : 404, { ...headers, 'content-type': `${type}; charset=utf-8` });
  response.end(isThere ? body : 'not found\n');
}).listen(Number(values.port), '127.0.0.1', function () {
  console.log(`Portal  http://localhost:${this.address().port}/`);
});
