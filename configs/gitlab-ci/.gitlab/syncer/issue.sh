#!/usr/bin/env bash
# Tell of drift in one issue: plan/plan.md where `changes` is `yes`, in the open one or in a new one;
# where it is `no`, an open one is closed. `changes` is what the job `drift` told.
set -euo pipefail
. "$(dirname "$0")/api.sh"
changes=${changes:-}

if ! [ -e plan/plan.md ]; then
  echo "there is no plan to tell of: the job \`drift\` says why"
  exit
fi
if [ -z "${GITLAB_COMMENT_TOKEN:-}" ]; then
  if [ "$changes" = no ]; then exit; fi
  echo "error: GITLAB_COMMENT_TOKEN is not set for the environment asana-comment" >&2
  echo "hint: there is something to do, the plan is among the artefacts, and no issue says so" >&2
  exit 64
fi
path=projects/$CI_PROJECT_ID/issues
me=$(api GET user | json 'print(given["id"])')
ours=''
page=1
while :; do
  issues=$(api GET "$path?state=opened&author_id=$me&order_by=created_at&sort=asc&per_page=100&page=$page")
  found=$(json '
ours = [i["iid"] for i in given if (i["description"] or "").startswith("<!-- syncer:drift -->")]
print(*ours[:1])
' <<< "$issues")
  ours=${ours:-$found}
  if [ -n "$ours" ] || [ "$(json 'print(len(given))' <<< "$issues")" -lt 100 ]; then break; fi
  page=$((page + 1))
done

if [ "$changes" = no ]; then
  if [ -n "$ours" ]; then
    api PUT "$path/$ours" --data-urlencode state_event=close > /dev/null
    echo "issue $ours was closed: Asana is as the directory asks"
  fi
  exit
fi
text_of '<!-- syncer:drift -->' > issue.md
if [ -n "$ours" ]; then
  api PUT "$path/$ours" --data-urlencode description@issue.md > /dev/null
  echo "issue $ours was updated"
else
  api POST "$path" --data-urlencode "title=Asana is not as the directory asks" \
    --data-urlencode confidential=true --data-urlencode description@issue.md |
    json 'print("issue", given["iid"], "was opened")'
fi
