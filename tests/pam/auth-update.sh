#!/bin/bash
# What "pam-auth-update --enable credssp" makes of Debian's common-* files, in
# a root of its own: the lines are reached after a success only, and stand in
# interactive sessions alone.  As root, for a mount namespace.
set -u
profile=$(readlink -f "${srcdir:-.}")/pam_credssp/pam-auth-update/credssp
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8

if ! command -v pam-auth-update >/dev/null || [ ! -d /usr/share/pam ]; then
    echo 'no pam-auth-update here'
    exit 77
fi
if [ "$(id -u)" != 0 ] || ! unshare -m true; then
    echo 'needs root and a mount namespace'
    exit 77
fi
if [ -z "${AUTH_UPDATE_INSIDE:-}" ]; then
    AUTH_UPDATE_INSIDE=1 exec unshare -m "$0"
fi

root=$(mktemp -d) || exit 1
trap 'umount -q /var/cache/debconf; rm -rf "$root"' EXIT
mkdir -p "$root"/{etc/pam.d,var/lib/pam,usr/share/pam-configs,debconf}
# The command asks debconf even where nobody is: a copy of its database.
if [ -d /var/cache/debconf ]; then
    cp -a /var/cache/debconf/. "$root/debconf"
    mount --bind "$root/debconf" /var/cache/debconf || exit 1
fi
cp "$profile" "$root/usr/share/pam-configs"
for name in unix krb5 winbind; do
    case $name in unix) priority=256 ;; krb5) priority=704 ;; *) priority=192 ;; esac
    cat >"$root/usr/share/pam-configs/$name" <<PROFILE
Name: $name
Default: yes
Priority: $priority
Auth-Type: Primary
Auth:
	[success=end default=ignore]	pam_$name.so try_first_pass
Auth-Initial:
	[success=end default=ignore]	pam_$name.so
Account-Type: Primary
Account:
	[success=end default=ignore]	pam_$name.so
Session-Type: Additional
Session:
	required	pam_$name.so
Password-Type: Primary
Password:
	[success=end default=ignore]	pam_$name.so use_authtok
PROFILE
done

wrong=0
complain() {
    printf '%s:\n' "$1"
    grep -v '^#' "$root/etc/pam.d/$2"
    wrong=1
}
# The number of the line that a pattern is on, comments left out; 0: none.
line_of() {
    grep -v '^#' "$root/etc/pam.d/$1" | awk -v p="$2" '
        $0 ~ p { print NR; found = 1; exit }
        END { if (!found) print 0 }'
}

# With one command, on a machine where the others are enabled already.
pam-auth-update --root "$root" --force --enable unix krb5 winbind >/dev/null \
    2>&1 </dev/null || exit 1
[ "$(line_of common-auth pam_krb5)" -gt 0 ] ||
    complain 'no stack to begin with' common-auth
pam-auth-update --root "$root" --remove credssp >/dev/null 2>&1 </dev/null
[ "$(line_of common-auth pam_credssp)" = 0 ] ||
    complain 'not removed' common-auth
pam-auth-update --root "$root" --enable credssp >/dev/null 2>&1 </dev/null

# pam.conf(5): "requisite pam_deny" ends whoever did not jump over it.
for file in common-auth common-password; do
    deny=$(line_of $file 'requisite.*pam_deny')
    ours=$(line_of $file 'optional.*pam_credssp')
    [ "$deny" -gt 0 ] && [ "$ours" -gt "$deny" ] ||
        complain "pam_credssp is not behind pam_deny" $file
done
[ "$(line_of common-session 'optional.*pam_credssp')" -gt 0 ] ||
    complain 'no pam_credssp' common-session
# systemd-user has it before pam_keyinit, cron and sudo have no login.
[ "$(line_of common-session-noninteractive pam_credssp)" = 0 ] ||
    complain 'pam_credssp in it' common-session-noninteractive
[ "$(line_of common-account pam_credssp)" = 0 ] ||
    complain 'pam_credssp in it' common-account

# Where Debian's own services include common-session behind pam_keyinit.
for service in sshd login; do
    [ -e /etc/pam.d/$service ] || continue
    awk '/^[^#].*pam_keyinit/ { k = NR } /^@include common-session *$/ { s = NR }
         END { exit !(k && s && k < s) }' /etc/pam.d/$service || {
        echo "/etc/pam.d/$service: common-session is not behind pam_keyinit"
        wrong=1
    }
done
exit $wrong
