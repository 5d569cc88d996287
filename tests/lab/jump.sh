# jump.sh - the jump host: sshd with pam_krb5, pam_keyinit and pam_credssp,
# and the broker under its own account, installed as the README says.
#
# Sourced by lib.sh.

# shellcheck shell=bash
JUMP_POLICY=/etc/credssp.conf
JUMP_SOCKET=/run/credssp/broker.sock
# Keys have no namespace: a broker's account of its own for each lab tells this
# lab's keys from those of another.  systemd's range for dynamic users.
JUMP_BROKER_UID=$((61200 + $(cksum <<<"$LAB_DIR" | cut -d' ' -f1) % 4000))

# "make install" into the folder that the machine sees as /usr.
jump_install() {
    local dir
    dir=$(host_dir jump)
    rm -rf "${dir:?}/install" "${dir:?}/etc"
    mkdir -p "$dir/install/usr"
    make -C "$LAB_BUILD" -s install DESTDIR="$dir/install"
}

jump_accounts() {
    local etc
    etc=$(host_dir jump)/etc
    sed -i -E '/^(alice|bob|carol|credssp):/d' \
        "$etc/passwd" "$etc/group" "$etc/shadow"
    cat >>"$etc/passwd" <<CONF
alice:x:4001:4001::/home/alice:/bin/bash
bob:x:4002:4002::/home/bob:/bin/bash
carol:x:4003:4003::/home/carol:/bin/bash
credssp:x:$JUMP_BROKER_UID:$JUMP_BROKER_UID::/nonexistent:/usr/sbin/nologin
CONF
    printf '%s\n' alice:x:4001: bob:x:4002: carol:x:4003: "credssp:x:$JUMP_BROKER_UID:" \
        >>"$etc/group"
    printf '%s:*:19000:0:99999:7:::\n' alice bob carol credssp \
        >>"$etc/shadow"
    for user in alice bob carol; do
        host_in jump install -d -m 700 -o $user -g $user /home/$user
    done
}

# The real thing of Debian's sshd, with the domain's password; the order of
# the lines is the README's.
jump_pam() {
    cat >"$(host_dir jump)/etc/pam.d/sshd" <<'CONF'
auth     requisite pam_krb5.so minimum_uid=1000
auth     optional  pam_credssp.so
account  required  pam_krb5.so minimum_uid=1000
session  optional  pam_loginuid.so
session  optional  pam_keyinit.so force revoke
session  optional  pam_krb5.so minimum_uid=1000
session  optional  pam_credssp.so
password requisite pam_krb5.so minimum_uid=1000
password optional  pam_credssp.so
CONF
}

# The policy of the story; tests write others with jump_policy.
jump_policy_story() {
    cat <<CONF
AllowFreshCredentials  WSMAN/win1.$LAB_DOMAIN
AllowFreshCredentials  WSMAN/kiosk7.$LAB_DOMAIN
AllowFreshCredentials  WSMAN/gone.$LAB_DOMAIN

Domain    CORP
Realm     $LAB_REALM
Lifetime  10h
CONF
}

# jump_policy <TEXT: the broker takes a new file with a new start.
jump_policy() {
    cat >"$(host_dir jump)/etc/credssp.conf"
    chown 0:0 "$(host_dir jump)/etc/credssp.conf"
    chmod 644 "$(host_dir jump)/etc/credssp.conf"
    jump_broker_stop
    jump_broker_start
}

# jump_broker_start [COMMAND | VARIABLE=VALUE...]: what env(1) takes runs it.
jump_broker_start() {
    host_in jump install -d -m 755 -o credssp -g credssp "${JUMP_SOCKET%/*}"
    host_start jump broker setpriv --reuid credssp --regid credssp \
        --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
        env "$@" credssp-broker --foreground --listen "$JUMP_SOCKET"
    wait_for 10 host_in jump test -S "$JUMP_SOCKET"
}

jump_broker_gone() { ! host_in jump pgrep -u "$JUMP_BROKER_UID"; }

jump_broker_stop() {
    host_in jump pkill -u "$JUMP_BROKER_UID" || return 0
    wait_for 5 jump_broker_gone || lab_say "the broker does not end"
    host_in jump rm -f "$JUMP_SOCKET"
}

jump_sshd() {
    local etc
    etc=$(host_dir jump)/etc
    rm -f "$etc/ssh/"ssh_host_*
    ssh-keygen -q -t ed25519 -N '' -f "$etc/ssh/ssh_host_ed25519_key"
    cat >"$etc/ssh/sshd_config" <<'CONF'
HostKey /etc/ssh/ssh_host_ed25519_key
UsePAM yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
UseDNS no
PrintMotd no
Subsystem sftp internal-sftp
CONF
    host_in jump mkdir -p /run/sshd
    host_start jump sshd.out /usr/sbin/sshd -D -E /var/log/sshd
    wait_for 10 host_in jump bash -c ': </dev/tcp/127.0.0.1/22'
}

jump_up() {
    jump_install >"$LAB_DIR/install.log" 2>&1 ||
        { lab_say "make install failed: $LAB_DIR/install.log"; return 1; }
    host_up jump || return 1
    host_resolver jump
    jump_accounts
    jump_pam
    host_start jump syslogd /srv/tree/tests/lab/syslogd /dev/log \
        /var/log/syslog
    jump_policy_story | jump_policy ||
        { lab_say "the broker does not listen: $(host_dir jump)/log/broker"
          return 1; }
    jump_sshd || { lab_say "sshd: $(host_dir jump)/log/sshd"; return 1; }
}
