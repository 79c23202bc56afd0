#!/usr/bin/env bash
# The ledger and the journals between two runs, in the branch `syncer-state` of the repository.
#   state.sh open    bring them into the folder state/ beside the config
#   state.sh begin   say in the branch that a run is at work; without that nothing may be applied
#   state.sh save    put them back
# begin ends with 5 where BRANCH has moved on since COMMIT: what was planned for it is out of date.
set -euo pipefail
. "$(dirname "$0")/job.sh"

memory=syncer-state
config=${SYNCER_CONFIG:-syncer.yaml}
state=$(dirname "$config")/state

state_git() { remote_git -C "$state" -c user.name=syncer -c user.email=syncer@localhost "$@"; }

push() { state_git push --quiet origin "HEAD:refs/heads/$memory"; }

# Say what whoever judges the plan must know; plan/notice.md stands above the plan.
warn() {
  say "$*"
  mkdir -p plan
  printf '%s\n\n' "$*" > plan/notice.md
}

refuse_other_places() {
  local key
  for key in ledger journal; do
    if ! grep -Eq "^$key: *[\"']?(\./)?state/" "$config"; then
      echo "error: $config: \`$key:\` leads to no place in state/, so that it would be lost with this job" >&2
      echo "hint: ledger: state/ledger.sqlite and journal: state/journal" >&2
      exit 64
    fi
  done
}

open_state() {
  refuse_other_places
  rm -rf plan/notice.md
  local tip
  # A question that fails ends the script: no answer must not read as "no state yet".
  tip=$(remote_git ls-remote "$REPOSITORY_URL" "refs/heads/$memory")
  git init --quiet "$state"
  git -C "$state" remote add origin "$REPOSITORY_URL"
  if [ -z "$tip" ]; then
    git -C "$state" checkout --quiet --orphan "$memory"
    warn "**No memory of earlier runs**: there is no branch \`$memory\`. The first apply makes it. If there was one, somebody deleted it: bring it back before you apply."
    return
  fi
  state_git fetch --quiet --depth 1 origin "$memory"
  git -C "$state" checkout --quiet -B "$memory" FETCH_HEAD
  if [ -e "$state/running" ]; then
    warn "**An earlier run began and never saved what it did**: $(cat "$state/running"). Look at it before you go on: the guards do not count what it removed."
  fi
}

begin() {
  local tip
  tip=$(remote_git ls-remote "$REPOSITORY_URL" "refs/heads/$BRANCH" | cut -f 1)
  if [ "$tip" != "$COMMIT" ]; then
    say "**Out of date**: \`$BRANCH\` has moved on to \`${tip:0:12}\` since this was planned. Nothing was changed; the newer commit has a plan of its own."
    exit 5
  fi
  printf '%s\n' "$RUN_URL" > "$state/running"
  state_git add --all --force
  # Empty where this very run began before and died.
  state_git commit --quiet --allow-empty --message "Begin: $RUN_URL"
  push
}

save() {
  rm -f "$state/running"
  state_git add --all --force
  state_git commit --quiet --allow-empty --message "After $RUN_URL"
  local try
  for try in 1 2 3; do
    if push; then return; fi
    [ "$try" = 3 ] || sleep 5
  done
  say "**The ledger and the journal of this run were not saved.** They are among its artefacts: put them into the branch \`$memory\` by hand."
  exit 1
}

case "${1:-}" in
  open) open_state ;;
  begin) begin ;;
  save) save ;;
  *) echo "usage: state.sh open|begin|save" >&2; exit 64 ;;
esac
