#!/usr/bin/env bash
# Plan, save the plan and its reports in plan/, and show it on the page of the run.
# plan/labels, one name a line, are what the policy of the config may ask for; plan/reviewed is the
# digest that was reviewed. With APPROVE, the digest of this very plan, broken guards are accepted.
# Ends as syncer does, but with 0 where changes are pending, unless CHANGES_FAIL is `yes`.
set -euo pipefail
. "$(dirname "$0")/job.sh"

mkdir -p plan
labels=()
if [ -e plan/labels ]; then
  while IFS= read -r name; do
    if [ -n "$name" ]; then labels+=(--label "$name"); fi
  done < plan/labels
fi

code=0
syncer plan --quiet --detailed-exitcode --out plan/plan.json \
  --report plan/plan.md --report plan/plan.html ${labels[@]+"${labels[@]}"} || code=$?

if ! [ -e plan/plan.json ] || ! [ -e plan/plan.md ]; then
  say "**There is no plan**: syncer ended with $code; the log says why."
  output made no
  exit "$code"
fi
digest=$(json_value plan/plan.json digest)
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat plan/plan.md >> "$GITHUB_STEP_SUMMARY"; fi
if [ -s plan/reviewed ]; then
  if [ "$(cat plan/reviewed)" = "$digest" ]; then
    say "This is the plan that was reviewed before the merge (\`${digest:0:19}\`)."
  else
    say "**This is not the plan that was reviewed before the merge** (\`$(head -c 19 plan/reviewed)\`, now \`${digest:0:19}\`): read it before you approve."
  fi
fi

output made yes
output digest "$digest"
case "$code" in
  0) output changes no ;;
  2) output changes yes ;;
  3)
    output changes yes
    given=${APPROVE:-}
    given=${given#sha256:}
    if [ "${#given}" -ge 8 ] && [[ "${digest#sha256:}" == "$given"* ]]; then
      say "The broken guards were accepted for this plan, by its digest."
      output approve "$digest"
      exit 0
    fi
    say "**A guard refuses this plan** (exit 3). Nothing is applied unless a person accepts this very plan by its digest: \`$digest\`."
    if [ -n "$given" ]; then say "\`$given\` is not that digest."; fi
    ;;
  *) output changes no ;;
esac
if [ "$code" = 2 ] && [ "${CHANGES_FAIL:-}" != yes ]; then code=0; fi
exit "$code"
