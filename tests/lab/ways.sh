# ways.sh - the ways into the jump host beside the plain one: Debian's own PAM
# files with the lines that pam-auth-update makes, sshd's other methods, root,
# and programs that ask on a terminal.
#
# Sourced by the tests that need them, after lib.sh and assert.sh.

# shellcheck shell=bash
TYPIST=/srv/tree/tests/lab/typist
WAYS_ETC=$(host_dir jump)/etc

# ways_common: what every service of Debian's includes.
ways_common() {
    cat >"$WAYS_ETC/pam.d/common-auth" <<'CONF'
auth [success=2 default=ignore] pam_krb5.so minimum_uid=1000 defer_pwchange
auth [success=1 default=ignore] pam_unix.so nullok try_first_pass
auth requisite pam_deny.so
auth required  pam_permit.so
auth optional  pam_credssp.so
CONF
    cat >"$WAYS_ETC/pam.d/common-account" <<'CONF'
account [success=1 new_authtok_reqd=done default=ignore] pam_unix.so
account requisite pam_deny.so
account required  pam_permit.so
account required  pam_krb5.so minimum_uid=1000
CONF
    cat >"$WAYS_ETC/pam.d/common-password" <<'CONF'
password [success=2 default=ignore] pam_krb5.so minimum_uid=1000
password [success=1 default=ignore] pam_unix.so obscure try_first_pass yescrypt
password requisite pam_deny.so
password required  pam_permit.so
password optional  pam_credssp.so
CONF
    cat >"$WAYS_ETC/pam.d/common-session" <<'CONF'
session [default=1] pam_permit.so
session requisite pam_deny.so
session required  pam_permit.so
session optional  pam_krb5.so minimum_uid=1000
session required  pam_unix.so
session optional  pam_credssp.so
CONF
    cp "$WAYS_ETC/pam.d/common-session" \
        "$WAYS_ETC/pam.d/common-session-noninteractive"
}

# sshd with all methods, from the file that Debian ships.
ways_up() {
    cp -a "$WAYS_ETC/pam.d" "$WAYS_ETC/pam.d.before"
    cp -a "$WAYS_ETC/ssh/sshd_config" "$WAYS_ETC/ssh/sshd_config.before"
    cp -a "$WAYS_ETC/shadow" "$WAYS_ETC/shadow.before"
    cp /etc/pam.d/sshd "$WAYS_ETC/pam.d/sshd"
    ways_common
    sed -i -e 's/^\(KbdInteractiveAuthentication\) no/\1 yes/' \
        -e '$aPermitRootLogin yes' "$WAYS_ETC/ssh/sshd_config"
    ways_reload
    ways_key
}
ways_down() {
    cp -a "$WAYS_ETC/ssh/sshd_config.before" "$WAYS_ETC/ssh/sshd_config"
    cp -a "$WAYS_ETC/shadow.before" "$WAYS_ETC/shadow"
    rm -rf "$WAYS_ETC/pam.d"
    mv "$WAYS_ETC/pam.d.before" "$WAYS_ETC/pam.d"
    ways_reload
}
ways_reload() {
    host_in jump sh -c 'kill -HUP "$(cat /run/sshd.pid)"'
    sleep 0.5
    wait_for 10 host_in jump bash -c ': </dev/tcp/127.0.0.1/22'
}

# alice's key: a way in without a password.
ways_key() {
    host_in client sh -c 'mkdir -p -m 700 ~/.ssh; [ -e ~/.ssh/id_ed25519 ] ||
        ssh-keygen -q -t ed25519 -N "" -f ~/.ssh/id_ed25519'
    host_in jump install -d -m 700 -o alice -g alice /home/alice/.ssh
    host_in client cat /root/.ssh/id_ed25519.pub |
        host_in jump tee /home/alice/.ssh/authorized_keys >/dev/null
}

# A password that the machine itself knows: ways_local USER SECRET.
ways_local() {
    local hash
    hash=$(openssl passwd -6 -stdin <"$LAB_DIR/secret/$2")
    sed -i "s|^$1:[^:]*:|$1:$hash:|" "$WAYS_ETC/shadow"
}

# carol's password has expired, and is another one each time.
ways_expire() {
    local old=$LAB_DIR/secret/carol
    host_in dc1 samba-tool user setpassword carol \
        --newpassword="$(cat "$old")" --must-change-at-next-login \
        >"$(host_dir dc1)/log/expire" 2>&1
}

# She changes it while she logs in; her new password takes the old one's place.
ways_open_expired() {
    local socket=$1 new
    ways_expire || return 1
    new=$(dc1_password 'C@rol')
    printf '%s\t%s\n' '[Pp]assword: ' "$(cat "$LAB_DIR/secret/carol")" \
        'urrent Kerberos password: ' "$(cat "$LAB_DIR/secret/carol")" \
        'new Kerberos password: ' "$new" 'new Kerberos password: ' "$new" |
        host_in client "$TYPIST" env --ignore-signal=HUP \
            ssh -M -f -N -S "/tmp/$socket" \
            -o PreferredAuthentications=keyboard-interactive \
            -o LogLevel=ERROR carol@jump \
            >"$(host_dir client)/log/$socket" 2>&1
    (umask 077; printf %s "$new" >"$LAB_DIR/secret/carol")
    session_is_open "$socket"
}

# ways_typed DIALOGUE SOCKET COMMAND...: on a terminal in an open session.
ways_typed() {
    local dialogue=$1 socket=$2
    shift 2
    WHAT="terminal: $*"
    OUT=$(session_in "$socket" "$TYPIST $*" <<<"$dialogue" 2>"$ERR_FILE" |
        tr -d '\r\0'; exit "${PIPESTATUS[0]}")
    RC=$?
    ERR=$(tr -d '\r\0' <"$ERR_FILE")
}

# Passwords of this lab that wait for a session to open: none, by now.
no_stash_left() {
    local serial
    for serial in $(awk '/credssp:stash/ && $2 !~ /[RDi]/ &&
        $4 != "expd" { print $1 }' /proc/keys); do
        ! keyctl pipe "0x$serial" 2>/dev/null | grep -aqF \
            -f "$LAB_DIR/secret/alice" -f "$LAB_DIR/secret/carol" || return 1
    done
}
