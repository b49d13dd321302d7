// Serves dist/ on this machine, with the address of the sign-in page in config.json. For development.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { callerTokensFor } from './caller-tokens.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8090' },
    'sign-in': { type: 'string', default: 'http://localhost:8080/' },
    // `teams`, or `entra` for Entra ID users.
    people: { type: 'string', default: 'teams' },
    // The Entra object id of the person that the portal has signed in. The portal then issues caller tokens for them.
    employee: { type: 'string' },
  },
});
const signIn = new URL(values['sign-in']);
const callerTokens = values.employee && (await callerTokensFor(values.employee));
const config = JSON.stringify({ signIn: signIn.href, people: values.people, hasCallerToken: Boolean(callerTokens) });
const types = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.json': 'application/json',
};

const headers = {
  // The portal's own scripts, the sign-in page in a frame, and the hosts of Azure's calling, which are not known in
  // advance.
  'content-security-policy':
    `default-src 'self'; frame-src ${signIn.origin}; connect-src 'self' https: wss:; media-src 'self' blob:; ` +
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  // `same-origin` would separate the sign-in page from the window that it opens.
  'cross-origin-opener-policy': 'same-origin-allow-popups',
  'permissions-policy': 'camera=(), microphone=(self)',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** The responses that the portal generates. Every other response is a file. */
function generated(path, { headers: { host, 'sec-fetch-site': from } }) {
  if (path === '/config.json') return config;
  if (callerTokens && path === '/keys.json') return callerTokens.keys;
  // Only for the portal's own page under the portal's own name: another name for this address is an attack (DNS
  // rebinding).
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  const isOurs = host === `localhost:${port}` && from === 'same-origin';
  return callerTokens && path === '/token' && isOurs ? callerTokens.token(`http://${host}`) : null;
}

async function contentFor(request) {
  const { pathname } = new URL(request.url, 'http://localhost');
  const path = pathname === '/' ? '/index.html' : normalize(decodeURIComponent(pathname));
  const body = await (generated(path, request) ?? readFile(join(import.meta.dirname, 'dist', path)));
  return { body, type: types[extname(path)] ?? 'text/plain' };
}

const server = createServer(async (request, response) => {
  const isRead = ['GET', 'HEAD'].includes(request.method);
  // Malformed paths and missing files get the same response.
  const found = isRead ? await contentFor(request).catch(() => null) : null;
  const { body, type } = found ?? { body: 'not found\n', type: 'text/plain' };
  response.writeHead(found ? 200 : 404, { ...headers, 'content-type': `${type}; charset=utf-8` });
  response.end(body);
}).listen(Number(values.port), '127.0.0.1', function () {
  console.log(`Portal  http://localhost:${this.address().port}/`);
});
