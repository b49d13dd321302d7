#!/bin/sh
# Fails unless a tag, such as v1.2.0, names the version of the workspace and of the npm packages.
set -eu
version=${1#v}
workspace=$(sed -n '/^\[workspace.package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml)
sdk=$(node -p "require('./embed-sdk/package.json').version")
emulator=$(node -p "require('./crates/azure-emulator/npm/package.json').version")
for found in "$workspace" "$sdk" "$emulator"; do
  if [ "$found" != "$version" ]; then
    echo "the tag names version $version, but Cargo.toml has $workspace, the SDK $sdk and the emulator $emulator" >&2
    exit 1
  fi
done
