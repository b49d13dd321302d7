import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { explain } from './explain.js';

test('explains the errors of the calling SDK that are about the identity', () => {
  const error = Object.assign(new Error('TeamsCallAgent must be created only with Teams token'), {
    code: 403,
    subCode: 40231,
  });
  const { code, subCode, who, title, action, link } = explain(error);
  assert.deepEqual([code, subCode, who], [403, 40231, 'developer']);
  assert.match(title, /Teams users got the token of an Entra ID user/);
  assert.match(action, /createCallAgent/);
  assert.equal(link, 'https://aka.ms/acs-calling/sub-code/all');
  assert.equal(explain({ code: 401, subCode: 40235 }).link, 'https://aka.ms/acs-calling/sub-code/40235');
});

test('explains an end of a call by its code where the sub-code is unknown', () => {
  assert.equal(explain({ code: 403, subCode: 5300 }).who, 'developer');
  assert.equal(explain({ code: 401 }).subCode, 0);
});

test('explains nothing that is not about the identity', () => {
  const closed = { name: 'AcsSignInError', code: 'closed', retryable: false };
  for (const error of [null, undefined, 'text', new Error('no'), { code: 487, subCode: 0 }, { code: 200 }, closed]) {
    assert.equal(explain(error), null);
  }
});

test('the guide has each sub-code', () => {
  const guide = readFileSync(new URL('../docs/embed.md', import.meta.url), 'utf8');
  const script = readFileSync(new URL('explain.js', import.meta.url), 'utf8');
  for (const [, subCode] of script.matchAll(/^ {2}(\d{5}): /gm)) assert.ok(guide.includes(subCode), subCode);
});
