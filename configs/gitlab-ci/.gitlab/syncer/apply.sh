#!/usr/bin/env bash
# Apply the saved plan plan/plan.json, whose digest must be DIGEST, and nothing else.
# With APPROVE its broken guards are accepted. Ends as syncer does, but with 0 where only held
# removals wait (6).
set -euo pipefail
. "$(dirname "$0")/job.sh"

found=$(json_value plan/plan.json digest)
if [ "$found" != "$DIGEST" ]; then
  say "**Not applied**: this is another plan (\`$found\`) than the one that was shown (\`$DIGEST\`)."
  exit 5
fi
options=()
if [ -n "${APPROVE:-}" ]; then options+=(--approve "$APPROVE"); fi
if [ -e plan/labels ]; then
  while IFS= read -r name; do
    if [ -n "$name" ]; then options+=(--label "$name"); fi
  done < plan/labels
fi

mkdir -p applied
code=0
syncer apply plan/plan.json --yes --quiet \
  --report applied/applied.md --report applied/applied.json ${options[@]+"${options[@]}"} || code=$?

if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -e applied/applied.md ]; then
  cat applied/applied.md >> "$GITHUB_STEP_SUMMARY"
fi
case "$code" in
  0) ;;
  6) say "Applied; removals wait for a person (exit 6)."; code=0 ;;
  5) say "**Stale**: nothing was changed (exit 5). Run all jobs again to plan anew." ;;
  *) say "**syncer ended with $code**; the report and the log say what was done and what was not." ;;
esac
exit "$code"
