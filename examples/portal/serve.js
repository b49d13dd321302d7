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
const types = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

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

const vouching = values.employee && (await vouchFor(values.employee));

/** What the portal makes itself; everything else is a file. */
function made(path, { headers: { host, 'sec-fetch-site': from } }) {
  if (path === '/config.json') return config;
  if (vouching && path === '/keys.json') return vouching.keys;
  // For the portal's own page under the portal's own name: another name for this address is somebody else's (DNS rebinding).
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const isOurs = host === `localhost:${port}` && from === 'same-origin';
  return vouching && path === '/token' && isOurs ? vouching.token(`http://${host}`) : null;
}

async function answer(request) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const path = pathname === '/' ? '/index.html' : normalize(decodeURIComponent(pathname));
  const body = await (made(path, request) ?? readFile(join(import.meta.dirname, 'dist', path)));
  return { body, type: types[extname(path)] ?? 'text/plain' };
}

const server = createServer(async (request, response) => {
  const isAsked = ['GET', 'HEAD'].includes(request.method);
  // What is no path and what is no file are the same to whoever asks.
  const found = isAsked ? await answer(request).catch(() => null) : null;
  const { body, type } = found ?? { body: 'not found\n', type: 'text/plain' };
  response.writeHead(found ? 200 : 404, { ...headers, 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}).listen(Number(values.port), '127.0.0.1', function () {
  console.log(`Portal  http://localhost:${this.address().port}/`);
});
