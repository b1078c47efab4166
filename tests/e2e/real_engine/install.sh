#!/usr/bin/env bash
# Installs what server.mjs needs into a folder of the build tree, once: install.sh FOLDER.
# Exit code 0: it is there; 77: it cannot be had here, and the last line says why (the test is skipped then).
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)
folder=$1

skip() {
  echo "$*"
  exit 77
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "the prebuilt engine is for Linux x86_64"
command -v node > /dev/null || skip "node is not installed (Debian package nodejs)"
command -v npm > /dev/null || skip "npm is not installed (Debian package npm)"

mkdir -p "$folder"
exec 9> "$folder/.lock"
flock 9
stamp="$folder/.installed-$(sha256sum "$source/package.json" | cut -c 1-16)"
if [ ! -f "$stamp" ]; then
  cp "$source/package.json" "$folder/"
  # No scripts of packages run; the optional packages are the same engine for other machines. No lock file: package.json
  # names exact versions, and a lock would name the registry that it was made with.
  if ! timeout 600 npm install --prefix "$folder" --ignore-scripts --omit=optional --no-package-lock --no-audit --no-fund \
    > "$folder/npm.log" 2>&1; then
    tail -n 5 "$folder/npm.log" >&2
    skip "npm could not install node-llama-cpp (no network?)"
  fi
  touch "$stamp"
fi
cp "$source/server.mjs" "$folder/"
