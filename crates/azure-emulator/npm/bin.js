#!/usr/bin/env node
// Runs the emulator's program with the arguments of this one.

import { spawn } from 'node:child_process';

import { program } from './program.js';

const child = spawn(program(), process.argv.slice(2), { stdio: 'inherit' });
// Ctrl-C reaches both. A signal that only this process gets is passed on.
/** @type {NodeJS.Signals[]} */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
for (const signal of signals) {
  process.on(signal, () => child.kill(signal));
}
child.on('error', (error) => {
  console.error(`azure-emulator: ${error.message}`);
  process.exitCode = 1;
});
child.on('exit', (code) => {
  process.exitCode = code ?? 1;
});
