# shellcheck shell=bash
# GitLab's API, by curl, as GITLAB_COMMENT_TOKEN. Sourced, never run.

# A question that fails inside $(...) must end the script: no answer is not "there is none".
shopt -s inherit_errexit

# api METHOD PATH [OPTION...]: the answer. Fails where GitLab refuses, and shows what it said.
# The token goes in by stdin: an argument can be read by every process of the machine.
api() {
  local method=$1 path=$2 answer
  shift 2
  if ! answer=$(curl --silent --show-error --fail-with-body --max-time 60 --request "$method" --header @- \
    "$@" "$CI_API_V4_URL/$path" <<< "PRIVATE-TOKEN: $GITLAB_COMMENT_TOKEN"); then
    echo "error: $method $path: $answer" >&2
    return 1
  fi
  printf '%s\n' "$answer"
}

# json PROGRAM: run Python on the JSON document of stdin, which it knows as `given`.
json() { python3 -I -c "import json, sys; given = json.load(sys.stdin); $1" "${@:2}"; }

# text_of MARKER: the note or issue that shows plan/plan.md, with the marker to find it by.
text_of() {
  local digest
  digest=$(json 'print(given["digest"])' < plan/plan.json)
  printf '%s\n<!-- syncer:digest %s -->\n' "$1" "$digest"
  if [ -e plan/notice.md ]; then cat plan/notice.md; fi
  cat plan/plan.md
  # shellcheck disable=SC2016  # Markdown
  printf '\n<sub>Planned at `%s`; [pipeline and artefacts](%s)</sub>\n' \
    "${CI_COMMIT_SHA:0:12}" "$CI_PIPELINE_URL"
}

# our_note IID: the number and the digest of the note with our marker that this token's user wrote,
# or nothing. A note of somebody else with the same marker is left alone.
our_note() {
  local me page=1 notes
  me=$(api GET user | json 'print(given["id"])')
  while :; do
    notes=$(api GET "projects/$CI_PROJECT_ID/merge_requests/$1/notes?sort=asc&per_page=100&page=$page")
    json '
import re
for note in given:
    if str(note["author"]["id"]) == sys.argv[1]:
        told = re.match(r"<!-- syncer:plan -->\r?\n<!-- syncer:digest (sha256:[0-9a-f]{64}) -->", note["body"])
        if told:
            print(note["id"], told[1])
' "$me" <<< "$notes"
    if [ "$(json 'print(len(given))' <<< "$notes")" -lt 100 ]; then return; fi
    page=$((page + 1))
  done
}
