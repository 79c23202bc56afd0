#!/usr/bin/env bash
# Show plan/plan.md in the one comment of the pull request PULL: changed where there is one,
# written where there is none. It is known by a hidden marker, and by who wrote it: a comment of
# somebody else with the same marker is left alone.
set -euo pipefail
. "$(dirname "$0")/api.sh"

export LC_ALL=C.UTF-8
marker='<!-- syncer:plan -->'
body=$(text_of "$marker" | jq --raw-input --slurp '{body: .}')
comments=$(all "issues/$PULL/comments")
ours=$(jq --raw-output --arg bot "$BOT" --arg marker "$marker" \
  'select(.user.login == $bot and (.body | startswith($marker))) | .id' <<< "$comments" | head -n 1)
if [ -n "$ours" ]; then
  send PATCH "issues/comments/$ours" <<< "$body" > /dev/null
  echo "comment $ours was updated"
else
  send POST "issues/$PULL/comments" <<< "$body" | jq --raw-output '"comment \(.id) was written"'
fi
