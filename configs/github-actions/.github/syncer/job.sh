# shellcheck shell=bash
# What every script here knows of its job. Sourced, never run.

# What fails inside $(...) must end the script: no answer is not "there is none".
shopt -s inherit_errexit

# Say something in the log, and on the page of the run where the forge has one.
say() {
  printf '%s\n' "$*"
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then printf '%s\n\n' "$*" >> "$GITHUB_STEP_SUMMARY"; fi
}

# Show a report on the page of the run, where the forge has one.
show() {
  if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then cat "$1" >> "$GITHUB_STEP_SUMMARY"; fi
}

# Read plan/labels, one name a line, into `labels`: the options that pass them.
read_labels() {
  local name
  labels=()
  if ! [ -e plan/labels ]; then return; fi
  while IFS= read -r name; do
    if [ -n "$name" ]; then labels+=(--label "$name"); fi
  done < plan/labels
}

# Tell the steps and jobs that follow: by the outputs of a step, or in a file for `dotenv`.
output() {
  local file=${GITHUB_OUTPUT:-plan/outputs}
  mkdir -p "$(dirname "$file")"
  printf '%s=%s\n' "$1" "$2" >> "$file"
}

# Git at REPOSITORY_URL as REPOSITORY_USER. The token stands in the environment, never in an
# argument, which any process may read, and never in a file of git's.
remote_git() {
  # shellcheck disable=SC2016  # git's shell expands them
  git -c credential.helper= \
    -c credential.helper='!f() { echo "username=$REPOSITORY_USER"; echo "password=$REPOSITORY_TOKEN"; }; f' \
    "$@"
}

# One value of a JSON file, by the names that lead to it.
json_value() {
  python3 -I -c '
import functools, json, sys
with open(sys.argv[1], encoding="utf-8") as file:
    print(functools.reduce(lambda found, name: found[name], sys.argv[2:], json.load(file)))
' "$@"
}
