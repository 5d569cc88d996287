# host.sh - the lab's machines: each is one process tree in its own network,
# mount, pid, uts and ipc namespace.  Ending the first process of that tree
# ends everything on the machine, and nothing has a name outside of it: no
# /run/netns entry, no bridge, no mount that the real machine could see.
#
# Sourced by lib.sh.  A machine NAME keeps its state in $LAB_DIR/hosts/NAME:
#   pid      pid and start time of its first process, as the kernel tells them
#   etc/     what it sees as /etc
#   log/     what it sees as /var/log

# shellcheck shell=bash
# name, address and what stands there; the switch has no address.
LAB_HOSTS='
switch  -           the ethernet that joins the others
dc1     10.77.0.10  Samba AD domain controller: Kerberos, DNS, file share
jump    10.77.0.20  sshd, pam_credssp, the broker: the machine under test
win1    10.77.0.31  stand-in for a Windows host of the domain
win2    10.77.0.32  the same, but no policy line allows it
kiosk7  10.77.0.37  stand-in for a Windows host outside the domain: NTLM only
farm    10.77.0.40  some hundred Windows hosts in one; only for tests that ask
mallory 10.77.0.66  a Windows host of the domain that turned hostile
client  10.77.0.50  where the user sits'

host_names() { awk 'NF {print $1}' <<<"$LAB_HOSTS"; }
host_address() { awk -v n="$1" '$1 == n {print $2}' <<<"$LAB_HOSTS"; }
host_dir() { printf '%s/hosts/%s\n' "$LAB_DIR" "$1"; }

# The start time tells a process from a later one with the same pid.
process_start() {
    sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20
}

# Prints the pid of the machine's first process; fails when it is down.
host_pid() {
    local pid start
    read -r pid start 2>/dev/null <"$(host_dir "$1")/pid" || return 1
    [ -n "$start" ] && [ "$(process_start "$pid")" = "$start" ] || return 1
    printf '%s\n' "$pid"
}

# host_in NAME COMMAND...: runs it there as root with a clean environment.
# End it with timeout(1) *inside*, since nsenter does not pass signals on.
host_in() {
    local pid name=$1
    shift
    pid=$(host_pid "$name") || { echo "lab: $name is down" >&2; return 125; }
    # --root: what the machine calls / (inside a chroot, a mount namespace's
    # own root is the real machine's).
    nsenter -t "$pid" -n -m -u -i -p --root --wd -- \
        env -i PATH="$LAB_PATH" HOME=/root LANG=C.UTF-8 "$@"
}

# host_start NAME LOG COMMAND...: a daemon there.  It gets its own session
# and a session keyring of its own, as a service manager would give it.
host_start() {
    local name=$1 log
    log=$(host_dir "$name")/log/$2
    shift 2
    host_in "$name" setsid -f keyctl session - "$@" </dev/null >"$log" 2>&1
}

# The first process: the machine's boot script, which then reaps orphans.
host_boot() {
    local name=$1 dir parent pid
    dir=$(host_dir "$name")
    mkdir -p "$dir/log"
    rm -f "$dir/ready"
    [ -d "$dir/etc" ] || cp -a /etc "$dir/etc"
    setsid keyctl session - unshare --net --mount --uts --ipc --pid --fork \
        --kill-child --mount-proc -- \
        bash "$LAB_SRC/host-boot" "$name" "$dir" "$LAB_TOP" "$LAB_BUILD" \
        </dev/null >"$dir/log/boot" 2>&1 &
    parent=$!
    wait_for 10 test -e "$dir/ready" ||
        { lab_say "$name did not start: $dir/log/boot"; return 1; }
    read -r pid <"/proc/$parent/task/$parent/children"
    printf '%s %s\n' "$pid" "$(process_start "$pid")" >"$dir/pid"
    disown "$parent"
}

# Always the same: the others would send to the old one for ten seconds after
# a machine was ended and made anew.
host_hardware() {
    host_address "$1" | awk -F. '{printf "02:00:%02x:%02x:%02x:%02x", $1, $2,
        $3, $4}'
}

# Plugs the machine into the switch.
host_plug() {
    local name=$1 pid switch
    pid=$(host_pid "$name") || return 1
    switch=$(host_pid switch) || return 1
    nsenter -t "$switch" -n ip link add "$name" type veth \
        peer name eth0 address "$(host_hardware "$name")" netns "$pid"
    nsenter -t "$switch" -n ip link set "$name" master br0 up
    nsenter -t "$pid" -n ip address add "$(host_address "$name")/24" dev eth0
    nsenter -t "$pid" -n ip link set eth0 up
}

host_up() {
    host_boot "$1" || return 1
    if [ "$1" = switch ]; then
        host_in switch ip link add br0 type bridge
        host_in switch ip link set br0 up
    else
        host_plug "$1"
    fi
}

# Names are the domain's business; the realm's servers are found in its DNS.
# The name in DNS never decides which SPN is asked for.
host_resolver() {
    printf 'search %s\nnameserver %s\n' "$LAB_DOMAIN" \
        "$(host_address dc1)" >"$(host_dir "$1")/etc/resolv.conf"
    printf '127.0.0.1 localhost\n%s %s.%s %s\n' "$(host_address "$1")" \
        "$1" "$LAB_DOMAIN" "$1" >"$(host_dir "$1")/etc/hosts"
    printf 'hosts: files dns\npasswd: files\ngroup: files\nshadow: files\n' \
        >"$(host_dir "$1")/etc/nsswitch.conf"
    cat >"$(host_dir "$1")/etc/krb5.conf" <<CONF
[libdefaults]
    default_realm = $LAB_REALM
    dns_lookup_kdc = true
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
[domain_realm]
    .$LAB_DOMAIN = $LAB_REALM
CONF
}

# Ends the machine with all that runs on it.  Fine when it is down.
host_down() {
    local pid
    if pid=$(host_pid "$1"); then
        kill -KILL "$pid"
        wait_for 10 process_gone "$pid" ||
            lab_say "$1: process $pid does not end"
    fi
    rm -f "$(host_dir "$1")/pid" "$(host_dir "$1")/ready"
}

process_gone() { ! kill -0 "$1" 2>/dev/null; }
