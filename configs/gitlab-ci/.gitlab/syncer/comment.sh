#!/usr/bin/env bash
# Show plan/plan.md in the one note of this merge request: changed where there is one, written
# where there is none.
set -euo pipefail
. "$(dirname "$0")/api.sh"

if ! [ -e plan/plan.md ]; then
  echo "there is no plan to show"
  exit
fi
if [ -z "${GITLAB_COMMENT_TOKEN:-}" ]; then
  echo "no comment: GITLAB_COMMENT_TOKEN is not set for the environment asana-comment"
  exit
fi
text_of '<!-- syncer:plan -->' > comment.md
notes=$(our_note "$CI_MERGE_REQUEST_IID")
path=projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
if [ -n "$notes" ]; then
  api PUT "$path/${notes%% *}" --data-urlencode body@comment.md > /dev/null
  echo "note ${notes%% *} was updated"
else
  api POST "$path" --data-urlencode body@comment.md | json 'print("note", given["id"], "was written")'
fi
