// Prints as JSON what Mozilla's observatory finds at a host, and what csp-evaluator finds in the policies of paths:
// node scan.js localhost:8443 / /window.html

import { writeFileSync } from 'node:fs';

import { scan } from '@mdn/mdn-http-observatory';
import { CspEvaluator } from 'csp_evaluator/dist/evaluator.js';
import { CspParser } from 'csp_evaluator/dist/parser.js';

// The observatory's package gets the browsers' list of hosts with HSTS from another server. No host of a test is on it.
writeFileSync(new URL('../conf/hsts-preload.json', import.meta.resolve('@mdn/mdn-http-observatory')), '{}');

const [host, ...paths] = process.argv.slice(2);
const { tests } = await scan(host);
// Without the redirect from http, which a host has at the ports of production only.
const { redirection, ...others } = tests;
const score = Object.values(others).reduce((sum, { scoreModifier }) => sum + scoreModifier, 100);
const failed = Object.entries(others).flatMap(([name, { pass, result }]) => (pass ? [] : [`${name}: ${result}`]));
/** @type {Record<string, object[]>} */
const policies = {};
for (const path of paths) {
  const policy = (await fetch(`https://${host}${path}`)).headers.get('content-security-policy') ?? '';
  policies[path] = new CspEvaluator(new CspParser(policy).csp).evaluate();
}
console.log(JSON.stringify({ score, failed, policies }));
// The observatory keeps connections open.
process.exit(0);
