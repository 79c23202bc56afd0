#!/usr/bin/env bash
# Which merge request was merged as this commit: its labels go to plan/labels, the digest of the
# plan that its note shows to plan/reviewed.
set -euo pipefail
. "$(dirname "$0")/api.sh"

mkdir -p plan
: > plan/labels
: > plan/reviewed
if [ -z "${GITLAB_COMMENT_TOKEN:-}" ]; then
  echo "no labels: GITLAB_COMMENT_TOKEN is not set for the environment asana-comment"
  exit
fi
found=$(api GET "projects/$CI_PROJECT_ID/repository/commits/$CI_COMMIT_SHA/merge_requests")
request=$(json '
ours = [r for r in given if r["state"] == "merged" and r["target_branch"] == sys.argv[1]]
print(json.dumps(ours[0]) if ours else "")
' "$CI_DEFAULT_BRANCH" <<< "$found")
if [ -z "$request" ]; then
  echo "no merge request was merged as this commit: there are no labels, and nothing was reviewed"
  exit
fi
number=$(json 'print(given["iid"])' <<< "$request")
json 'sys.stdout.writelines(f"{name}\n" for name in given["labels"])' <<< "$request" > plan/labels
notes=$(our_note "$number")
if [ -n "$notes" ]; then head -n 1 <<< "${notes#* }" > plan/reviewed; fi
echo "merged from !$number"
