# build.sh - the build that demo, lab and check share: from a copy of the
# sources, so that a tree which somebody configured in place does no harm.
#
# Sourced by lib.sh.  build/src is the copy, build/obj the build.

# shellcheck shell=bash
build_copy() {
    local src=$LAB_TOP/build/src
    mkdir -p "$src"
    # Times are kept, so that an unchanged file is not compiled again; the
    # umask of whoever cloned does not matter.
    tar -C "$LAB_TOP" --mode=go-w -cf - --exclude=./build --exclude=./.git \
        --exclude=./autom4te.cache --exclude=./m4 --exclude=./build-aux \
        --exclude=./config.status --exclude=./config.log --exclude=./libtool \
        --exclude=./configure --exclude=./aclocal.m4 --exclude=./Makefile \
        --exclude=./Makefile.in --exclude='*.o' --exclude='*.lo' \
        --exclude='*.la' --exclude=.libs --exclude=.deps \
        --exclude=.dirstamp . |
        tar -C "$src" --no-same-owner -xf -
}

# The folder under which Debian's libpam looks for its modules.
build_libdir() { printf '/usr/lib/%s' "$(gcc -print-multiarch)"; }

# By a relative path, so that the build may be copied elsewhere (unit-box);
# anew when this file, and so perhaps the options, has changed.
build_configure() {
    local src=$LAB_TOP/build/src
    [ -x "$src/configure" ] || (cd "$src" && ./autogen.sh) || return 1
    [ "$LAB_BUILD/config.status" -nt "$LAB_SRC/build.sh" ] && return
    [ ! -e "$LAB_BUILD/config.status" ] || rm -rf "$LAB_BUILD"
    mkdir -p "$LAB_BUILD"
    (cd "$LAB_BUILD" &&
        "$(realpath --relative-to=. "$src")/configure" --prefix=/usr \
            --sysconfdir=/etc --localstatedir=/var \
            --libdir="$(build_libdir)" --enable-werror)
}

# Everything, the test programs too.
build_all() {
    build_copy && build_configure &&
        make -C "$LAB_BUILD" -j"$(nproc)" all &&
        make -C "$LAB_BUILD" -j"$(nproc)" check TESTS= &&
        make -C "$LAB_BUILD" -j"$(nproc)" tests/winhost/winhost \
            tests/interop/rdp_nla tests/interop/exchange_dump \
            tests/bench/pam_rounds
}
