# session.sh - a user's ssh sessions from the client machine to the jump host.
#
# Sourced by lib.sh.  A session is one ssh connection kept open by a control
# socket, so that several commands run in the same login session.

# shellcheck shell=bash
client_up() {
    host_up client || return 1
    host_resolver client
    printf 'jump %s\n' "$(cut -d' ' -f1,2 \
        "$(host_dir jump)/etc/ssh/ssh_host_ed25519_key.pub")" \
        >"$(host_dir client)/etc/ssh/ssh_known_hosts"
    printf '%s jump\n' "$(host_address jump)" \
        >>"$(host_dir client)/etc/hosts"
}

# session_open USER [SOCKET [PASSWORD_FILE]]: logs in with sshd's password
# method, or with SESSION_METHOD; SESSION_PORT is another daemon's.  The
# password goes from a file to sshpass by descriptor 3.
session_open() {
    local user=$1 socket=${2:-$1} ssh
    host_in client sshpass -d 3 ssh -M -N -S "/tmp/$socket" \
        -o PreferredAuthentications="${SESSION_METHOD:-password}" \
        -o NumberOfPasswordPrompts=1 -o LogLevel=ERROR -o HostKeyAlias=jump \
        -p "${SESSION_PORT:-22}" "$user@jump" 3<"${3:-$LAB_DIR/secret/$user}" \
        </dev/null >"$(host_dir client)/log/$socket" 2>&1 &
    ssh=$!
    wait_for 30 session_is_decided "$socket" "$ssh"
    session_is_open "$socket"
}
session_is_open() {
    host_in client ssh -S "/tmp/$1" -O check jump >/dev/null 2>&1
}
session_is_decided() { process_gone "$2" || session_is_open "$1"; }

# session_in SOCKET COMMAND-LINE: what the user types at the prompt.  The
# user name of an open connection is settled; ssh asks for none.
session_in() {
    local socket=$1
    shift
    host_in client timeout "${SESSION_SECONDS:-60}" \
        ssh -S "/tmp/$socket" -o ControlMaster=no -o BatchMode=yes \
        -o LogLevel=ERROR jump "$@"
}

# Ends the session and waits until sshd has closed it.
session_close() {
    local socket=$1
    host_in client ssh -S "/tmp/$socket" -O exit jump 2>/dev/null
    wait_for 10 session_is_closed "$socket"
}
session_is_closed() { ! host_in client test -S "/tmp/$1"; }
