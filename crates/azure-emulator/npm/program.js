// Finds the emulator's program for this platform.

import { createRequire } from 'node:module';

/** The platforms that have a package with the program, by the target of the build. */
export const TARGETS = {
  'linux-x64': 'x86_64-unknown-linux-musl',
  'linux-arm64': 'aarch64-unknown-linux-musl',
  'darwin-arm64': 'aarch64-apple-darwin',
  'darwin-x64': 'x86_64-apple-darwin',
  'win32-x64': 'x86_64-pc-windows-msvc',
};

/** The name of the program's file on a platform. */
export function fileName(platform) {
  return platform.startsWith('win32') ? 'azure-emulator.exe' : 'azure-emulator';
}

/** The path of the program. `AZURE_EMULATOR` names another one, such as your own build. */
export function program() {
  if (process.env.AZURE_EMULATOR) {
    return process.env.AZURE_EMULATOR;
  }
  const platform = `${process.platform}-${process.arch}`;
  if (!(platform in TARGETS)) {
    throw new Error(
      `there is no azure-emulator for ${platform}: build it with cargo, and set AZURE_EMULATOR to its path`,
    );
  }
  try {
    return createRequire(import.meta.url).resolve(`acs-sign-in-emulator-${platform}/${fileName(platform)}`);
  } catch (cause) {
    const reason = `the package acs-sign-in-emulator-${platform} is not installed: install without --omit=optional`;
    throw new Error(reason, { cause });
  }
}
