# assert.sh - how a lab test speaks: lines "ok NAME", "not ok NAME - why" and
# "skip NAME - why", which tests/check counts.
#
# A test is  typed SOCKET COMMAND-LINE  and then  expect NAME CONDITION...
# A condition is a command: success is ok.  typed leaves OUT, ERR, RC, MS.

# shellcheck shell=bash
FAILED=0
SCRIPT=$(basename "$0" .test)
ERR_FILE=$(mktemp)

# The last line of every test: a script that never came here is a failure.
done_testing() {
    FINISHED=yes
    exit "$FAILED"
}
cleanup() {
    local status=$?
    rm -f "$ERR_FILE"
    [ -n "${FINISHED:-}" ] ||
        echo "not ok $SCRIPT - the script ended early, status $status"
    exit "$status"
}
trap cleanup EXIT

# What the user types in an open session.
typed() {
    local began
    WHAT="$*"
    began=$(date +%s%3N)
    OUT=$(session_in "$@" </dev/null 2>"$ERR_FILE" | tr -d '\r\0'
        exit "${PIPESTATUS[0]}")
    RC=$?
    MS=$(($(date +%s%3N) - began))
    ERR=$(tr -d '\r\0' <"$ERR_FILE")
}

# What root does on the jump host.
on_jump() {
    WHAT="jump# $*"
    OUT=$(host_in jump timeout 60 "$@" 2>"$ERR_FILE" | tr -d '\0'
        exit "${PIPESTATUS[0]}")
    RC=$?
    ERR=$(tr -d '\0' <"$ERR_FILE")
}

expect() {
    local name=$SCRIPT.$1
    shift
    if "$@"; then
        printf 'ok %s\n' "$name"
        return 0
    fi
    FAILED=1
    printf 'not ok %s - not: %s\n' "$name" "$*"
    printf '#   typed:  %s\n#   exit:   %s\n' "${WHAT:-}" "${RC:-}"
    printf '%s\n' "${OUT:-}" | head -n 12 | sed 's/^/#   stdout: /'
    printf '%s\n' "${ERR:-}" | head -n 12 | sed 's/^/#   stderr: /'
    return 1
}

skip() { printf 'skip %s.%s - %s\n' "$SCRIPT" "$1" "$2"; }

# Conditions.
rc_is() { [ "$RC" -eq "$1" ]; }
out_is() { [ "$OUT" = "$1" ]; }
err_is() { [ "$ERR" = "$1" ]; }
out_has() { grep -Eqi -e "$1" <<<"$OUT"; }
out_lacks() { ! out_has "$1"; }
err_has() { grep -Eqi -e "$1" <<<"$ERR"; }
faster_than() { [ "$MS" -lt "$1" ]; }

# A clear error: our own status, nothing on stdout, one or two lines that say
# who speaks (ssh exits 255 too), in time.  refused SECONDS PATTERN
refused() {
    local lines
    lines=$(grep -c . <<<"$ERR")
    [ "$RC" -eq 255 ] && [ -z "$OUT" ] && [[ $ERR == credssp:* ]] &&
        [ "$lines" -le 2 ] && err_has "$2" && [ "$MS" -lt $(($1 * 1000)) ]
}

# Processes of the command that are still there.
no_command_left() { ! host_in jump pgrep -x credssp >/dev/null; }
