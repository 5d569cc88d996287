# lib.sh - what every lab script starts with: where things are, how the lab
# speaks, waits and stops.
#
# LAB_DIR    the lab's state (build/lab); two labs need two of them
# LAB_BUILD  the build folder whose programs the lab runs (build/obj)

# shellcheck shell=bash
set -u -o pipefail
LAB_SRC=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
LAB_TOP=$(cd "$LAB_SRC/../.." && pwd -P)
LAB_BUILD=${LAB_BUILD:-$LAB_TOP/build/obj}
LAB_DIR=${LAB_DIR:-$LAB_TOP/build/lab}
LAB_PATH=/usr/sbin:/usr/bin:/sbin:/bin
LAB_DOMAIN=corp.example.com
LAB_REALM=CORP.EXAMPLE.COM
# Whatever stands in the caller's PATH (another Python) does not matter.
export PATH=$LAB_PATH LANG=C.UTF-8
unset KRB5_CONFIG KRB5CCNAME SSH_AUTH_SOCK

lab_say() { printf 'lab: %s\n' "$*" >&2; }
lab_die() { lab_say "$*"; exit 1; }

# wait_for SECONDS COMMAND...: until it succeeds; fails when time is up.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.05
    done
}

# shellcheck source=tests/lab/host.sh
. "$LAB_SRC/host.sh"
# shellcheck source=tests/lab/dc1.sh
. "$LAB_SRC/dc1.sh"
# shellcheck source=tests/lab/build.sh
. "$LAB_SRC/build.sh"
# shellcheck source=tests/lab/jump.sh
. "$LAB_SRC/jump.sh"
# shellcheck source=tests/lab/session.sh
. "$LAB_SRC/session.sh"
# shellcheck source=tests/lab/windows.sh
. "$LAB_SRC/windows.sh"
# shellcheck source=tests/lab/farm.sh
. "$LAB_SRC/farm.sh"
# shellcheck source=tests/lab/ca.sh
. "$LAB_SRC/ca.sh"
# shellcheck source=tests/lab/keys.sh
. "$LAB_SRC/keys.sh"
