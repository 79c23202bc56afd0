#!/usr/bin/env bash
# Tell of drift in one issue: plan/plan.md where CHANGES is `yes`, in the open one or in a new one;
# where it is `no`, an open one is closed.
set -euo pipefail
. "$(dirname "$0")/api.sh"

export LC_ALL=C.UTF-8
marker='<!-- syncer:drift -->'
issues=$(all 'issues?state=open')
ours=$(jq --raw-output --arg bot "$BOT" --arg marker "$marker" \
  'select(.pull_request == null and .user.login == $bot and ((.body // "") | startswith($marker)))
   | .number' <<< "$issues" | head -n 1)
if [ "$CHANGES" = no ]; then
  if [ -n "$ours" ]; then
    send PATCH "issues/$ours" <<< '{"state": "closed", "state_reason": "completed"}' > /dev/null
    echo "issue $ours was closed: Asana is as the directory asks"
  fi
  exit
fi
body=$(text_of "$marker" | jq --raw-input --slurp \
  '{title: "Asana is not as the directory asks", body: .}')
if [ -n "$ours" ]; then
  send PATCH "issues/$ours" <<< "$body" > /dev/null
  echo "issue $ours was updated"
else
  send POST issues <<< "$body" | jq --raw-output '"issue \(.number) was opened"'
fi
