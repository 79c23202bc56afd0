#!/usr/bin/env bash
# Put `syncer` on the PATH: the commit SYNCER_COMMIT of SYNCER_REPOSITORY, and the locked versions
# of what it stands on, each by its hash. Nothing is built and nothing else is fetched.
# Without SYNCER_REPOSITORY a syncer that is there already is taken: an image or a runner of yours.
set -euo pipefail

if [ -z "${SYNCER_REPOSITORY:-}" ]; then
  command -v syncer
  exit
fi
if ! [[ "${SYNCER_COMMIT:-}" =~ ^[0-9a-f]{40}$ ]]; then
  echo "error: SYNCER_COMMIT is no full commit hash: '${SYNCER_COMMIT:-}'" >&2
  echo "hint: a tag or a branch may be moved by others; name the 40 digits" >&2
  exit 64
fi

home=${SYNCER_HOME:-${RUNNER_TEMP:-$PWD}/.syncer}
git init --quiet "$home/source"
git -C "$home/source" fetch --quiet --depth 1 "$SYNCER_REPOSITORY" "$SYNCER_COMMIT"
git -C "$home/source" -c advice.detachedHead=false checkout --quiet --force "$SYNCER_COMMIT"

python3 -m venv "$home/python"
"$home/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
  --only-binary :all: -r "$home/source/requirements.lock"
packages=$("$home/python/bin/python" -I -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
echo "$home/source" > "$packages/syncer.pth"

# Isolated (-I): a file `yaml.py` in the repository of the exports must not be taken for a library.
mkdir -p "$home/bin"
printf '#!/bin/sh\nexec "%s" -I -m syncer "$@"\n' "$home/python/bin/python" > "$home/bin/syncer"
chmod +x "$home/bin/syncer"
if [ -n "${GITHUB_PATH:-}" ]; then echo "$home/bin" >> "$GITHUB_PATH"; fi
"$home/bin/syncer" --version
