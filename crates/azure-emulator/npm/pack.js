// Makes the npm packages of a release: node pack.js ARCHIVES OUT. ARCHIVES has the archives of all targets, as
// .github/workflows/release.yml makes them. In OUT, each platform gets a package with its program, and
// `azure-emulator` depends on exactly these.

import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { fileName, TARGETS } from './program.js';

const HERE = import.meta.dirname;
const LICENSES = ['LICENSE-APACHE', 'LICENSE-MIT'];

const [archives, out] = process.argv.slice(2);
if (!archives || !out) {
  console.error('usage: node pack.js ARCHIVES OUT');
  process.exit(1);
}
const main = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'));
for (const [platform, target] of Object.entries(TARGETS)) {
  packPlatform(platform, target);
}
packMain();

function packPlatform(platform, target) {
  const folder = join(out, `azure-emulator-${platform}`);
  const [os, cpu] = platform.split('-');
  const { version, license } = main;
  const name = `${main.name}-${platform}`;
  const description = `The program of ${main.name} for ${platform}`;
  mkdirSync(folder, { recursive: true });
  copyFileSync(extract(target, fileName(platform)), join(folder, fileName(platform)));
  chmodSync(join(folder, fileName(platform)), 0o755);
  const files = [fileName(platform), ...LICENSES];
  write(folder, { name, version, description, license, os: [os], cpu: [cpu], files, preferUnplugged: true });
  copyLicenses(folder);
}

function packMain() {
  const folder = join(out, 'azure-emulator');
  mkdirSync(folder, { recursive: true });
  const names = Object.keys(TARGETS).map((platform) => [`${main.name}-${platform}`, main.version]);
  write(folder, { ...main, scripts: undefined, optionalDependencies: Object.fromEntries(names) });
  for (const file of main.files.filter((file) => !LICENSES.includes(file))) {
    copyFileSync(join(HERE, file), join(folder, file));
  }
  copyFileSync(join(HERE, 'README.md'), join(folder, 'README.md'));
  copyLicenses(folder);
}

/** The path of a file out of the archive of a target. */
function extract(target, file) {
  const stem = `acs-sign-in-${main.version}-${target}`;
  const archive = readdirSync(archives).find((name) => name === `${stem}.tar.gz` || name === `${stem}.zip`);
  if (!archive) {
    throw new Error(`${archives} has no archive ${stem}`);
  }
  const folder = mkdtempSync(join(tmpdir(), 'acs-sign-in-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const path = join(archives, archive);
  if (archive.endsWith('.zip')) {
    execFileSync('unzip', ['-q', path, '-d', folder]);
  } else {
    execFileSync('tar', ['-xzf', path, '-C', folder]);
  }
  return join(folder, stem, file);
}

function write(folder, content) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(content, null, 2)}\n`);
}

function copyLicenses(folder) {
  for (const license of LICENSES) {
    copyFileSync(join(HERE, '..', '..', '..', license), join(folder, license));
  }
}
