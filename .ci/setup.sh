#!/usr/bin/env bash
# Everything a fresh machine needs beside Python 3.11, Node 20 and make. Safe to run again: what is
# there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."

python=${PYTHON:-python3}
stamp=.venv/.consultflow-stamp
wanted=$(cat .ci/requirements.lock pyproject.toml | sha256sum)

packages=$(grep -v '^#' .ci/debian-packages.txt)
missing=()
for package in $packages; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        echo "Installing ${missing[*]} ..."
        apt-get update -qq
        # Nothing of it is started as a service: the tests start what they need, and end it.
        RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
    else
        echo "Please install: ${missing[*]} (Debian's names). The browser tests need chromium," >&2
        echo "the embedded MongoDB needs libcurl4, the tests of more than one machine the brokers." >&2
    fi
fi

if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    [ -x .venv/bin/python ] || "$python" -m venv .venv
    echo "Installing the Python packages ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps \
        -r .ci/requirements.lock
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps \
        --no-build-isolation -e .
    printf '%s\n' "$wanted" > "$stamp"
fi

for folder in bot/local/page tests/mongoose; do
    if ! cmp -s "$folder/package-lock.json" "$folder/node_modules/.consultflow-lock"; then
        echo "Installing the npm packages of $folder ..."
        npm ci --prefix "$folder" --silent --no-audit --no-fund
        cp "$folder/package-lock.json" "$folder/node_modules/.consultflow-lock"
    fi
done
