# keys.sh - our keys in the kernel, as root sees them: root owns both kinds.
#
# Sourced by lib.sh.

# shellcheck shell=bash
# Serials of our keys as root sees them: keys_of KIND SOCKET, KIND being
# ticket or sealed; only those that the session's keyring holds.
keys_of() {
    host_in jump awk -v d="credssp:$1" -v list="$(session_serials "$2")" '
        BEGIN {
            n = split(list, word)
            for (i = 1; i <= n; i++) mine[word[i]] = 1
        }
        index($0, d) {
            serial = sprintf("%d", strtonum_hex($1))
            if (serial in mine) print serial
        }
        function strtonum_hex(s,    i, v) {
            for (i = 1; i <= length(s); i++)
                v = v * 16 + index("0123456789abcdef", substr(s, i, 1)) - 1
            return v
        }' /proc/keys
}

# What a session's keyring holds, by serial.
session_serials() { session_in "$1" keyctl rlist @s; }

# The keys of this lab that are still alive, in the words of /proc/keys: what
# the module stored (owner root) and the broker (owner the broker).  Each sees
# its own; the group is this lab's broker's in any case.
keys_alive() {
    {
        cat /proc/keys
        setpriv --reuid "$JUMP_BROKER_UID" --regid "$JUMP_BROKER_UID" \
            --clear-groups cat /proc/keys
    } | awk -v gid="$JUMP_BROKER_UID" '
        /credssp:(ticket|sealed)/ && $7 == gid && $2 !~ /[RDi]/' | sort -u
}
no_keys_alive() { [ -z "$(keys_alive)" ]; }
