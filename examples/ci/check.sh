#!/usr/bin/env bash
# Every shell command of the two workflows beside this file; both call it as `examples/ci/check.sh STEP`, from the
# folder whose model is checked. Steps, in order:
#
#   build     builds assay from this checkout, or takes the program that ASSAY names
#   ask       runs the suites and stores the run
#   gate      compares it with the pinned baseline: 0 pass, 1 fail, 2 bad input, 3 inconclusive, 4 too many errors
#   report    writes the page for people
#   comment   puts the verdict under the pull or merge request, over the one that is there
#
# Settings from the environment: ASSAY_MODEL, ASSAY_SUITES, ASSAY_BASELINE, ASSAY_OUT, ASSAY (a program).
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
checkout=$(cd "$here/../.." && pwd)
model=${ASSAY_MODEL:-baseline:linear}
read -r -a suites <<< "${ASSAY_SUITES:-quick-intents}"
baseline=${ASSAY_BASELINE:-baseline.assay}
out=${ASSAY_OUT:-assay-out}
assay=${ASSAY:-$checkout/build/release/assay}

build() {
  [ -n "${ASSAY:-}" ] || "$checkout/scripts/build"
  "$assay" --version
}

# The same command again asks only what is missing, so a job that is run again after an outage pays for the rest alone.
ask() {
  mkdir -p "$out"
  "$assay" run "${suites[@]}" -m "$model" -o "$out/new.assay" --quiet
}

gate() {
  if [ ! -e "$baseline" ]; then
    echo "there is no baseline: assay baseline set $out/new.assay --as $baseline --why 'the first one', and commit it" >&2
    exit 2
  fi
  "$assay" baseline show "$baseline"
  local more=()
  if [ "${GITHUB_ACTIONS:-}" = true ]; then more+=(--github); fi
  "$assay" gate "$out/new.assay" --baseline "$baseline" --config "$here/gate.yaml" \
    --junit "$out/gate.xml" --markdown "$out/gate.md" --json "$out/gate.json" "${more[@]}"
}

report() {
  "$assay" report "$out/new.assay" -o "$out/report.html"
  if [ -e "$baseline" ]; then "$assay" compare "$baseline" "$out/new.assay" -o "$out/compare.html"; fi
}

comment() {
  if ! command -v python3 > /dev/null; then
    . "$checkout/scripts/packages.sh"
    install_missing python3 ca-certificates
  fi
  python3 "$here/comment.py" "$out/gate.md"
}

case "${1:-}" in
  build | ask | gate | report | comment) "$1" ;;
  *)
    echo "usage: $0 build|ask|gate|report|comment" >&2
    exit 2
    ;;
esac
