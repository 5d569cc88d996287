# keys.sh - our keys in the kernel, as root sees them: root owns both kinds.
#
# Sourced by lib.sh.  /proc/keys of the jump host lists the kernel's keys;
# keys are of no namespace, only their owners' ids tell labs apart.

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

# All keys of ours in this kernel that are still alive.
keys_alive() {
    host_in jump awk '/credssp:(ticket|sealed)/ && $2 !~ /[RDi]/' /proc/keys
}
