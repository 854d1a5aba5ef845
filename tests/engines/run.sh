#!/usr/bin/env bash
# What `make test-engines` does: install what the engines' tests need, run them, and say how long each part took.
set -euo pipefail
cd "$(dirname "$0")/../.."

spent=()
trap 'printf "%s\n" "" "seconds of each part:" "${spent[@]}"' EXIT

part() { # part NAME COMMAND...: run it; the first that fails ends all
    local name=$1 started=$SECONDS status=0
    shift
    "$@" || status=$?
    spent+=("$(printf '%6d  %s%s' $((SECONDS - started)) "$name" "$([ $status = 0 ] || echo ': FAILED')")")
    return $status
}

part "Debian packages" tests/engines/packages.sh
part "environment of lavis" make --no-print-directory lavis-env
part "environment of the language model" make --no-print-directory .venv-llm/ready
part "DVC's client for SSH" make --no-print-directory .venv-ssh/ready
for file in tests/engines/test_*.py; do
    part "$file" .venv/bin/python -m pytest "$file"
done
