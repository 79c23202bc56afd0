#!/usr/bin/env bash
# Apply the plan of this pipeline between `state.sh begin` and `state.sh save`, and end as apply.sh
# does. `digest` and `approve` are what the job `plan` told.
#   carry_out.sh        do it
#   carry_out.sh save   after a job that was cut off before it saved: save what there is
set -euo pipefail
here=$(dirname "$0")

export REPOSITORY_USER=syncer REPOSITORY_TOKEN="${SYNCER_STATE_TOKEN:-}"
export BRANCH="$CI_COMMIT_BRANCH" COMMIT="$CI_COMMIT_SHA" RUN_URL="$CI_JOB_URL"
if [ "${1:-}" = save ]; then
  if [ -e state/running ]; then "$here/state.sh" save; fi
  exit
fi

# Protected, so that no pipeline of a merge request has it.
if [ -z "$REPOSITORY_TOKEN" ]; then
  echo "error: SYNCER_STATE_TOKEN is not set: what is applied could not be remembered" >&2
  echo "hint: a project access token with write_repository, as a protected variable" >&2
  exit 64
fi
"$here/state.sh" open
"$here/state.sh" begin
code=0
DIGEST="${digest:?}" APPROVE="${approve:-}" "$here/apply.sh" || code=$?
"$here/state.sh" save
exit "$code"
