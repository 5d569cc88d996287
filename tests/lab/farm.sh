# farm.sh - some hundred stand-ins for Windows hosts: one machine, one winhost,
# an address and a name for each.
#
# Sourced by lib.sh.

# shellcheck shell=bash
FARM_DOMAIN=farm.$LAB_DOMAIN
FARM_FIRST=10.77.4.1
FARM_NET=10.77.4.0/22

# farm_names N: n000.farm.corp.example.com and so on.
farm_names() { seq -f "n%03.0f.$FARM_DOMAIN" 0 $(($1 - 1)); }

# farm_up N [OPTION...]: with names that the jump host finds in /etc/hosts.
farm_up() {
    local count=$1
    shift
    host_up farm || return 1
    host_resolver farm
    install -m 600 "$(host_dir dc1)/farm.keytab" "$(host_dir farm)/keytab"
    # The machine takes every address of the net as its own.
    host_in farm ip route add local $FARM_NET dev lo
    host_in jump ip route replace $FARM_NET via "$(host_address farm)"
    host_resolver jump
    farm_names "$count" | awk '{ i = NR
        printf "10.77.%d.%d %s\n", 4 + int(i / 256), i % 256, $0 }' \
        >>"$(host_dir jump)/etc/hosts"
    windows_start farm --mechanism kerberos --keytab /srv/host/keytab \
        --name N --fqdn "n.$FARM_DOMAIN" --bind 0.0.0.0 \
        --farm $FARM_FIRST --farm-size "$count" --max-shells 100000 "$@"
}

farm_down() {
    host_down farm
    host_resolver jump
}
