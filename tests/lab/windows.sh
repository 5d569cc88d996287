# windows.sh - the stand-ins for Windows hosts: tests/winhost on win1 and
# win2 (of the domain, Kerberos) and kiosk7 (outside of it, NTLM).
#
# Sourced by lib.sh.

# shellcheck shell=bash
WINHOST=/srv/build/tests/winhost/winhost

# windows_start NAME [OPTION...]: the program on a machine that is up.
windows_start() {
    local name=$1
    shift
    host_start "$name" winhost "$WINHOST" --name "${name^^}" \
        --fqdn "$name.$LAB_DOMAIN" --domain CORP --realm "$LAB_REALM" \
        --port 5985 --bind "$(host_address "$name")" \
        --auth credssp,negotiate --log /var/log/winhost.log "$@"
    wait_for 10 host_in "$name" \
        bash -c ": </dev/tcp/$(host_address "$name")/5985" ||
        { lab_say "$name: $(host_dir "$name")/log/winhost"; return 1; }
}

windows_stop() {
    host_in "$1" pkill -x winhost
    wait_for 5 windows_is_stopped "$1"
}
windows_is_stopped() { ! host_in "$1" pgrep -x winhost; }

# windows_domain_up NAME [OPTION...]: the domain's own: its keytab came from
# the domain controller.
windows_domain_up() {
    host_up "$1" || return 1
    host_resolver "$1"
    install -m 600 "$(host_dir dc1)/$1.keytab" "$(host_dir "$1")/keytab"
    windows_sam "$1"
    windows_member_start "$@"
}

# windows_member_start NAME [OPTION...]: Kerberos within CredSSP; the file of
# accounts is for Negotiate clients that speak NTLM.
windows_member_start() {
    local name=$1
    shift
    windows_start "$name" --mechanism kerberos --keytab /srv/host/keytab \
        --sam /srv/host/sam "$@"
}

# Knows its users by itself, as a machine outside the domain does.
windows_kiosk_up() {
    host_up kiosk7 || return 1
    host_resolver kiosk7
    windows_sam kiosk7
    windows_start kiosk7 --mechanism ntlm --sam /srv/host/sam
}

# The format is gss-ntlmssp's NTLM_USER_FILE.
windows_sam() {
    local user
    for user in alice bob; do
        printf 'CORP:%s:%s\n' "$user" "$(cat "$LAB_DIR/secret/$user")"
    done | (umask 077 && cat >"$(host_dir "$1")/sam")
}

# IP packets that ever reached the machine, by its kernel's own count.
windows_packets() {
    host_in "$1" awk '/^Ip:/ && $4 ~ /^[0-9]+$/ {print $4}' /proc/net/snmp
}

# What the host NAME was asked, and what is left on it, by its own log.
windows_log_lines() { wc -l <"$(host_dir "$1")/log/winhost.log"; }
# The kinds and actions of the requests since line $2: "leg leg ... Create".
windows_requests() {
    tail -n "+$(($2 + 1))" "$(host_dir "$1")/log/winhost.log" |
        awk '/event=request/ {
            kind = action = ""
            for (i = 1; i <= NF; i++) {
                if (sub(/^kind=/, "", $i)) kind = $i
                if (sub(/^action=/, "", $i)) action = $i
            }
            printf "%s ", kind == "message" ? action : kind }' |
        sed 's/ $//'
}
# Shells that were created since line $2 and are not gone.
windows_shells() {
    tail -n "+$(($2 + 1))" "$(host_dir "$1")/log/winhost.log" |
        awk '/event=shell / {n++} /event=gone / {n--} END {print n + 0}'
}
windows_no_shell() { [ "$(windows_shells "$1" "$2")" = 0 ]; }

# A client that is not ours (pywinrm) and does not delegate; it takes the
# Kerberos tickets that pam_krb5 left in the session.
WINDOWS_UNDELEGATED=/srv/tree/tests/winhost/negotiate_client.py
