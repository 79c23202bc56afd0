#!/usr/bin/env bash
# Apply the saved plan plan/plan.json, whose digest must be DIGEST, and nothing else.
# With APPROVE its broken guards are accepted. Ends as syncer does, but with 0 where only held
# removals wait (6). Where the plan is stale, a new one is shown for a person to accept.
set -euo pipefail
. "$(dirname "$0")/job.sh"

# What would be done now, shown and kept in applied/. Nothing is done.
plan_anew() {
  syncer plan --quiet --out applied/plan.json --report applied/plan.md --report applied/plan.html \
    ${labels[@]+"${labels[@]}"} || true
  if ! [ -e applied/plan.json ] || ! [ -e applied/plan.md ]; then
    say "There is no new plan; the log says why."
    return
  fi
  say "Below is what would be done now. If it is right, run this by hand and give its digest to \`approve\`: \`$(json_value applied/plan.json digest)\`."
  show applied/plan.md
}

found=$(json_value plan/plan.json digest)
if [ "$found" != "$DIGEST" ]; then
  say "**Not applied**: this is another plan (\`$found\`) than the one that was shown (\`$DIGEST\`)."
  exit 5
fi
read_labels
rm -rf applied
mkdir applied
code=0
syncer apply plan/plan.json --yes --quiet --report applied/applied.md --report applied/applied.json \
  --report applied/applied.html ${APPROVE:+--approve "$APPROVE"} ${labels[@]+"${labels[@]}"} || code=$?

if [ -e applied/applied.md ]; then show applied/applied.md; fi
case "$code" in
  0) ;;
  6) say "Applied; removals wait for a person (exit 6)."; code=0 ;;
  5)
    say "**Stale**: nothing was changed (exit 5)."
    plan_anew
    ;;
  *) say "**syncer ended with $code**; the report and the log say what was done and what was not." ;;
esac
exit "$code"
