#!/usr/bin/env bash
# What `make engines-env` and `make test-engines` do: install what the engines' tests need; then run them. Both say how
# long each part took.
#   run.sh install | test
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

case "${1:-}" in
install)
    part "Debian packages" tests/engines/packages.sh
    part "environment of lavis" make --no-print-directory lavis-env
    part "environment of the language model" make --no-print-directory .venv-llm/ready
    part "DVC's client for SSH" make --no-print-directory .venv-ssh/ready
    part "extra serve, and Selenium" make --no-print-directory .venv-serve/ready
    part "extra base" make --no-print-directory .venv-base/ready
    part "extra doubts" make --no-print-directory .venv-doubts/ready
    part "extra ray" make --no-print-directory .venv-ray/ready
    part "the generator of the site" make --no-print-directory .venv-docs/ready
    ;;
test)
    # Two files at once: each has servers, ports and folders of its own.
    part "tests" env OMP_NUM_THREADS=1 .venv/bin/python -m pytest -n 2 --dist loadfile --durations=20 tests/engines/test_*.py
    ;;
*)
    echo "usage: tests/engines/run.sh install | test" >&2
    exit 2
    ;;
esac
