#!/usr/bin/env bash
# Plan, save the plan and its reports in plan/, and show it on the page of the run.
# plan/labels, one name a line, are what the policy of the config may ask for. Where there is a file
# plan/reviewed this is a merge: only the plan with the digest in it may go on, or the one that
# APPROVE names. APPROVE accepts broken guards of that plan too.
# Ends as syncer does, with 0 where changes are pending, and with 5 where nobody has seen the plan.
set -euo pipefail
. "$(dirname "$0")/job.sh"

# accepted DIGEST: whether APPROVE names it, by its beginning at least.
accepted() {
  local given=${APPROVE:-}
  given=${given#sha256:}
  [ "${#given}" -ge 8 ] && [[ "${1#sha256:}" == "$given"* ]]
}

# seen DIGEST: whether the plan may go on after a merge. Says why not.
seen() {
  local reviewed
  reviewed=$(cat plan/reviewed)
  if [ "$reviewed" = "$1" ]; then
    say "This is the plan that was reviewed before the merge (\`${1:0:19}\`)."
  elif accepted "$1"; then
    say "This plan was accepted by its digest (\`${1:0:19}\`)."
  else
    if [ -n "$reviewed" ]; then
      say "**This is not the plan that was reviewed before the merge** (\`${reviewed:0:19}\`)."
    else
      say "**Nobody has reviewed this plan.**"
    fi
    say "Nothing was changed (exit 5). If it is right, run this by hand and give its digest to \`approve\`: \`$1\`."
    return 1
  fi
}

# What the repository itself might hold under these names is no plan.
rm -rf plan/plan.json plan/plan.md plan/plan.html plan/outputs
mkdir -p plan
read_labels
code=0
syncer plan --quiet --detailed-exitcode --out plan/plan.json \
  --report plan/plan.md --report plan/plan.html ${labels[@]+"${labels[@]}"} || code=$?

if ! [ -e plan/plan.json ] || ! [ -e plan/plan.md ]; then
  say "**There is no plan**: syncer ended with $code; the log says why."
  output made no
  exit "$code"
fi
digest=$(json_value plan/plan.json digest)
output made yes
output digest "$digest"
case "$code" in
  0) output changes no ;;
  2)
    output changes yes
    if ! [ -e plan/reviewed ] || seen "$digest"; then code=0; else code=5; fi
    ;;
  3)
    output changes yes
    if accepted "$digest"; then
      say "The broken guards of this plan are accepted, by its digest (\`${digest:0:19}\`)."
      output approve "$digest"
      code=0
    else
      say "**A guard refuses this plan** (exit 3). Nothing is applied unless a person accepts this very plan by its digest: \`$digest\`."
      if [ -n "${APPROVE:-}" ]; then say "\`$APPROVE\` is not that digest."; fi
    fi
    ;;
  *) output changes no ;;
esac
show plan/plan.md
exit "$code"
