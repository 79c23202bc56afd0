# shellcheck shell=bash
# GitHub's API, by curl and jq, which every runner of GitHub's has. Sourced, never run.

# A question that fails inside $(...) must end the script: no answer is not "there is none".
shopt -s inherit_errexit

# shellcheck disable=SC2034  # for those that source this
BOT='github-actions[bot]'
LARGEST=65536
RUN_URL=$GITHUB_SERVER_URL/$GITHUB_REPOSITORY/actions/runs/$GITHUB_RUN_ID

# api METHOD PATH [OPTION...]: the answer. Fails where GitHub refuses, and shows what it said.
# The token goes in by stdin: an argument can be read by every process of the machine.
api() {
  local method=$1 path=$2 answer
  shift 2
  if ! answer=$(curl --silent --show-error --fail-with-body --max-time 60 --request "$method" --header @- \
    "$@" "$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/$path" <<EOF
Authorization: Bearer $GITHUB_TOKEN
Accept: application/vnd.github+json
X-GitHub-Api-Version: 2022-11-28
EOF
  ); then
    echo "error: $method $path: $answer" >&2
    return 1
  fi
  printf '%s\n' "$answer"
}

# all PATH: every entry of a list, one JSON document a line, page by page.
all() {
  local page=1 answer joint='?'
  if [[ $1 == *\?* ]]; then joint='&'; fi
  while :; do
    answer=$(api GET "$1${joint}per_page=100&page=$page")
    jq --compact-output '.[]' <<< "$answer"
    if [ "$(jq length <<< "$answer")" -lt 100 ]; then return; fi
    page=$((page + 1))
  done
}

# send METHOD PATH: with the JSON document of stdin as body.
send() {
  local body
  body=$(mktemp)
  cat > "$body"
  api "$1" "$2" --data-binary "@$body" --header 'Content-Type: application/json'
  rm -f "$body"
}

# head_of MARKER: what a comment or issue begins with.
head_of() {
  printf '%s\n<!-- syncer:digest %s -->\n' "$1" "$(jq --raw-output .digest plan/plan.json)"
  if [ -e plan/notice.md ]; then cat plan/notice.md; fi
}

# text_of MARKER: the comment or issue that shows plan/plan.md, with the marker to find it by.
# GitHub refuses a longer one, and then nobody would see that there is a plan.
text_of() {
  local text
  text=$(
    head_of "$1"
    cat plan/plan.md
    # shellcheck disable=SC2016  # Markdown
    printf '\n<sub>Planned at `%s`; [run and artefacts](%s)</sub>\n' "${COMMIT:0:12}" "$RUN_URL"
  )
  if [ "$(wc -m <<< "$text")" -gt "$LARGEST" ]; then
    text=$(
      head_of "$1"
      head -n 1 plan/plan.md
      printf '\nThe plan is too long for a comment: it is on the page of [this run](%s) and among its artefacts.\n' "$RUN_URL"
    )
  fi
  printf '%s\n' "$text"
}
