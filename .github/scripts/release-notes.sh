#!/bin/sh
# Prints the section of a version in CHANGELOG.md, without its heading. Fails if the section is absent or empty.
set -eu
version=$1
notes=$(awk -v version="$version" '
  /^## / { wanted = ($2 == version); next }
  wanted
' "${2:-CHANGELOG.md}")
if [ -z "$notes" ]; then
  echo "CHANGELOG.md has no section for $version" >&2
  exit 1
fi
printf '%s\n' "$notes"
