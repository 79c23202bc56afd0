#!/usr/bin/env bash
# Say whether this job was given a token. Forks and bots are not, and that is no failure.
set -euo pipefail
. "$(dirname "$0")/job.sh"

if [ -n "${ASANA_SCIM_TOKEN:-}" ]; then
  output given yes
else
  say "**Not planned: there is no token here.** Asana was not asked. A pull request from a fork or of a bot gets none; for all others put a read-only one into the environment \`asana-read\`."
  output given no
fi
