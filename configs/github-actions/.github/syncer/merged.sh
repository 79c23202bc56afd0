#!/usr/bin/env bash
# Which pull request was merged as COMMIT: its labels go to plan/labels, the digest of the plan
# that its comment shows to plan/reviewed.
set -euo pipefail
. "$(dirname "$0")/job.sh"
. "$(dirname "$0")/api.sh"

mkdir -p plan
: > plan/labels
: > plan/reviewed
pulls=$(api GET "commits/$COMMIT/pulls")
pull=$(jq --compact-output --arg branch "$BRANCH" \
  'map(select(.merged_at != null and .base.ref == $branch)) | .[0] // empty' <<< "$pulls")
if [ -z "$pull" ]; then
  say "No pull request was merged as \`${COMMIT:0:12}\`: there are no labels, and nothing was reviewed."
  exit
fi
number=$(jq .number <<< "$pull")
jq --raw-output '.labels[].name' <<< "$pull" > plan/labels
comments=$(all "issues/$number/comments")
jq --raw-output --arg bot "$BOT" \
  'select(.user.login == $bot) | .body
   | capture("^<!-- syncer:plan -->\r?\n<!-- syncer:digest (?<digest>sha256:[0-9a-f]{64}) -->") | .digest' \
  <<< "$comments" | head -n 1 > plan/reviewed
say "Merged from #$number."
