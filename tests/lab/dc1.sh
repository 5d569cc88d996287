# dc1.sh - the domain controller: a real Samba AD DC for CORP.EXAMPLE.COM with
# Kerberos, DNS, LDAP and the share "projects" at the end of the second hop.
#
# Sourced by lib.sh.  Passwords are made up for each lab and live in
# $LAB_DIR/secret/NAME, mode 600; they reach programs by file descriptor.

# shellcheck shell=bash
# A password that must survive quoting, UTF-8, UTF-16 and XML.
dc1_password() {
    printf '%s-%s' "$1" "$(od -An -N9 -tx1 /dev/urandom | tr -d ' \n')"
}

dc1_secrets() {
    local dir=$LAB_DIR/secret
    (umask 077 && mkdir -p "$dir")
    [ -s "$dir/alice" ] || (umask 077
        dc1_password 'Al1ce' >"$dir/alice"
        # Beyond ASCII, beyond the BMP, and what shells and XML trip over.
        dc1_password "Bö€𝄞 <&>\"'\$\`\\%" >"$dir/bob"
        dc1_password 'Adm1n' >"$dir/administrator")
    [ -s "$dir/longpass" ] || (umask 077
        # 256 characters, 289 bytes.
        { printf 'Lö€ng%.0s' {1..11}; dc1_password "$(printf 'x%.0s' {1..182})"
        } >"$dir/longpass"
        dc1_password 'L0ng' >"$dir/longname"
        dc1_password 'C@rol' >"$dir/carol")
}

# A name of 128 characters: more than the domain's short names may have.
dc1_long_name() { printf 'n%.0s' {1..128}; }

# What an administrator would do on the first day of the domain.
dc1_provision() {
    dc1_secrets
    rm -rf "$(host_dir dc1)/samba"
    host_in dc1 rm -f /etc/samba/smb.conf
    host_in dc1 samba-tool domain provision --realm="$LAB_REALM" \
        --domain=CORP --server-role=dc --dns-backend=SAMBA_INTERNAL \
        --host-ip="$(host_address dc1)" --option='netbios name = dc1' ||
        return 1
    # The names ldap/dc1..., which "dnsupdate" would give it; it is off here.
    host_in dc1 samba_spnupdate || return 1
    dc1_directory | host_in dc1 /usr/bin/python3 \
        /srv/tree/tests/lab/dc1-populate || return 1
    dc1_keytabs
}

# The directory's content, for dc1-populate: one object a line, a tab
# between the fields.
dc1_directory() {
    local user host
    for user in administrator alice bob carol longpass longname; do
        printf 'user\t%s\t%s\n' "$user" "$(cat "$LAB_DIR/secret/$user")"
    done
    printf 'upn\tlongname\t%s@%s\n' "$(dc1_long_name)" "$LAB_DOMAIN"
    # "gone" is a name of the domain whose machine is never there.
    for host in win1 win2 mallory gone; do
        printf 'computer\t%s\t%s\n' "$host" "$(dc1_password Mach1ne)"
        printf 'spn\t%s\tWSMAN/%s.%s\n' "$host" "$host" "$LAB_DOMAIN"
        printf 'spn\t%s\tHTTP/%s.%s\n' "$host" "$host" "$LAB_DOMAIN"
        printf 'spn\t%s\tHOST/%s.%s\n' "$host" "$host" "$LAB_DOMAIN"
    done
    # One account has the names of all the farm's hosts, and so one key.
    printf 'computer\tfarm\t%s\n' "$(dc1_password Mach1ne)"
    printf 'spns\tfarm\t%s\n' "$(farm_names 500 | sed 's#^#WSMAN/#' |
        paste -sd ' ')"
    for host in jump win1 win2 kiosk7 mallory; do
        printf 'address\t%s\t%s\n' "$host" "$(host_address "$host")"
    done
    printf 'address\tgone\t10.77.0.99\n'
}

dc1_keytabs() {
    local host
    for host in win1 win2 mallory; do
        host_in dc1 samba-tool domain exportkeytab \
            "/srv/host/$host.keytab" --principal="${host^^}\$@$LAB_REALM" ||
            return 1
        local service
        for service in WSMAN HTTP HOST; do
            host_in dc1 samba-tool domain exportkeytab \
                "/srv/host/$host.keytab" \
                --principal="$service/$host.$LAB_DOMAIN" || return 1
        done
    done
    host_in dc1 samba-tool domain exportkeytab /srv/host/farm.keytab \
        --principal="FARM\$@$LAB_REALM"
}

# The share lies in the machine's state, so that it outlives its root.
dc1_share() {
    host_in dc1 mkdir -p /srv/host/projects
    printf 'Q3: the plan is to let passwords stay at home.\r\n' |
        host_in dc1 tee /srv/host/projects/plan.txt >/dev/null
    host_in dc1 chmod -R a+rX /srv/host/projects
    # No NetBIOS: its broadcasts would be packets to every machine.
    host_in dc1 sed -i '/^\[global\]/a\
\tdisable netbios = yes\n\tserver services = -nbt -wrepl -dnsupdate' \
        /etc/samba/smb.conf
    host_in dc1 tee -a /etc/samba/smb.conf >/dev/null <<'CONF'

[projects]
    path = /srv/host/projects
    read only = yes
    valid users = CORP\alice CORP\longpass
CONF
}

# A domain takes some seconds to make: it is kept beside the build, and made
# again when what describes it has changed.
dc1_cache_key() {
    cat "$LAB_SRC/dc1.sh" "$LAB_SRC/dc1-populate" "$LAB_SRC/farm.sh" |
        sha256sum
}

dc1_restore() {
    local cache=$LAB_DIR/cache
    [ "$(cat "$cache/key" 2>/dev/null)" = "$(dc1_cache_key)" ] || return 1
    [ -s "$LAB_DIR/secret/alice" ] || return 1
    cp "$cache"/*.keytab "$(host_dir dc1)/"
    host_in dc1 tar -C / --xattrs --xattrs-include='*' --acls -xf - \
        <"$cache/domain.tar"
}

dc1_save() {
    local cache=$LAB_DIR/cache
    rm -rf "$cache"
    (umask 077 && mkdir -p "$cache")
    cp "$(host_dir dc1)"/*.keytab "$cache/"
    host_in dc1 tar -C / --xattrs --xattrs-include='*' --acls -cf - \
        var/lib/samba etc/samba/smb.conf >"$cache/domain.tar" &&
        dc1_cache_key >"$cache/key"
}

dc1_up() {
    local log
    log=$(host_dir dc1)/log
    host_up dc1 || return 1
    host_in dc1 mkdir -p /var/lib/samba/private /var/cache/samba /run/samba
    if ! dc1_restore >"$log/restore" 2>&1; then
        dc1_provision >"$log/provision" 2>&1 ||
            { lab_say "no domain could be made: $log/provision"; return 1; }
        dc1_save || return 1
    fi
    dc1_share
    host_resolver dc1
    host_start dc1 samba.out samba --foreground --no-process-group
    wait_for 60 dc1_answers ||
        { lab_say "dc1 does not answer: $log"; return 1; }
}

# Kerberos for a user, DNS for a machine, and the share's server.
dc1_answers() {
    host_in dc1 timeout 5 sh -c 'kinit -c MEMORY: alice <&3' \
        3<"$LAB_DIR/secret/alice" &&
        host_in dc1 timeout 5 getent hosts "win1.$LAB_DOMAIN" &&
        host_in dc1 timeout 5 smbclient -N -L localhost
}
