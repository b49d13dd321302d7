// `serve.js` must not serve files outside dist/, or the caller token to another site.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';

let server;
let port;

before(async () => {
  const employee = 'a11ce000-0000-4000-8000-000000000001';
  server = spawn(process.execPath, ['serve.js', '--port', '0', '--employee', employee], { cwd: import.meta.dirname });
  const [line] = await once(server.stdout, 'data');
  port = Number(/localhost:(\d+)/.exec(String(line))[1]);
});

after(() => server.kill());

/** Sends a request over a plain socket, because clients correct paths and `Host` before they send them. */
async function get(path, host = `localhost:${port}`, from = 'same-origin') {
  const socket = connect(port, '127.0.0.1');
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nSec-Fetch-Site: ${from}\r\nConnection: close\r\n\r\n`,
    'latin1',
  );
  const response = await text(socket);
  return { status: Number(response.split(' ')[1]), body: response.slice(response.indexOf('\r\n\r\n')) };
}

test('no path leads out of dist/', async () => {
  assert.equal((await get('/config.json')).status, 200);
  for (const path of [
    '/../serve.js',
    '/..%2fserve.js',
    '/%2e%2e/serve.js',
    '/%2e%2e%2fserve.js',
    '/x/../../serve.js',
    '/./../package.json',
    '/..%5cserve.js',
    '/..\\serve.js',
    '//../serve.js',
    '/../../../../../../../etc/passwd',
    '/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd',
    '/index.html%00.js',
    '/%',
    `http://localhost:${port}/../serve.js`,
    '../serve.js',
  ]) {
    const { status, body } = await get(path);
    assert.ok([400, 404].includes(status), `${path}: ${status}`);
    assert.ok(!/createServer|root:|"private"/.test(body), path);
  }
});

test('the token is for the page of the portal under its own name alone', async () => {
  assert.equal((await get('/token')).status, 200);
  // A site that rebinds its name to this address is same-origin with itself. Only `Host` shows it.
  for (const host of [`rebind.attacker.example:${port}`, `localhost.attacker.example:${port}`, 'localhost', '']) {
    assert.equal((await get('/token', host)).status, 404, host);
  }
  for (const from of ['cross-site', 'same-site', 'none']) {
    assert.equal((await get('/token', undefined, from)).status, 404, from);
  }
});
