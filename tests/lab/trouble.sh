# trouble.sh - the domain's accounts that cannot log on, and what it counts.
#
# Sourced by the tests that need them, after lib.sh and assert.sh.

# shellcheck shell=bash
TROUBLE=In-the-lab-4711

# Once for each lab: other tests may have made them.
trouble_up() {
    host_in dc1 test -e /run/trouble && return 0
    host_in dc1 /usr/bin/python3 /srv/tree/tests/lab/dc1-trouble \
        <<<"$TROUBLE" && host_in dc1 touch /run/trouble
}

# Wrong passwords that the domain has counted for an account.
wrong_tries() {
    host_in dc1 ldbsearch -H /var/lib/samba/private/sam.ldb \
        "(samAccountName=$1)" badPwdCount |
        awk '/^badPwdCount:/ { n = $2 } END { print n + 0 }'
}
tried() { [ "$(wrong_tries "$1")" -eq "$2" ]; }

# takes SOCKET NAME [PASSWORD]: gives the session another credential.
takes() {
    WHAT="credssp login -u '$2' --password-stdin"
    OUT=
    ERR=$(session_in "$1" "credssp login -u '$2' --password-stdin" \
        <<<"${3-$TROUBLE}" 2>&1 >/dev/null)
    RC=$?
}
