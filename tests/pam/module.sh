#!/bin/bash
# What the built module must be: it exports pam_sm_* alone, as its map says,
# and has no writable state of its own.
set -u
module=${builddir:-.}/pam_credssp/.libs/pam_credssp.so
map=${srcdir:-.}/pam_credssp/pam_credssp.map
wrong=0

exported=$(nm -D --defined-only "$module" | awk '{ print $3 }' | sort)
wanted=$(grep -oE 'pam_sm_[a-z_]+' "$map" | sort)
if [ "$exported" != "$wanted" ]; then
    printf 'exported:\n%s\nbut the map says:\n%s\n' "$exported" "$wanted"
    wrong=1
fi

if nm "$module" | grep -q __asan_; then
    echo 'built with sanitizers, which have state: not looked at'
else
    # Constants with pointers are relocated once: .data.rel.ro.  The rest is
    # the compiler's own "completed" and "__dso_handle", 8 bytes each.
    while read -r section size; do
        if [ "$size" -gt 8 ]; then
            echo "$section has $size bytes of writable state"
            wrong=1
        fi
    done < <(size -A "$module" | awk '$1 ~ /^\.(data|bss|tdata|tbss)$/ {
        print $1, $2 }')
fi

# Every option has its place in the manual, and in a script.
while read -r option; do
    grep -q "^\.It.* $option\b" "${srcdir:-.}/pam_credssp/pam_credssp.8" || {
        echo "option $option is not in pam_credssp(8)"
        wrong=1
    }
    grep -qE "^  (auth|session) = .*\b$option\b" \
        "${srcdir:-.}"/tests/pam/scripts/*.pam || {
        echo "option $option is in no script"
        wrong=1
    }
done < <(sed -nE 's/^    \{ "([a-z_]+)=?", OPTION_.*/\1/p' \
    "${srcdir:-.}/pam_credssp/options.c")

if readelf -dW "$module" | grep -q TEXTREL; then
    echo 'has text relocations'
    wrong=1
fi
exit $wrong
