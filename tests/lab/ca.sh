# ca.sh - the lab's own certificate authority, for HTTPS on port 5986.  Only
# the jump host's own /etc ever trusts it, and only if a test says so.
#
# Sourced by lib.sh.  It lives in $LAB_DIR/ca.

# shellcheck shell=bash
ca_make() {
    (umask 077 && mkdir -p "$LAB_DIR/ca")
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
        -days 30 -subj '/CN=The lab CA' -keyout "$LAB_DIR/ca/key.pem" \
        -out "$LAB_DIR/ca/cert.pem" 2>"$LAB_DIR/ca/log"
}

# ca_issue NAME HOST: a certificate for the name, and its key, on the machine
# HOST as /srv/host/https-cert.pem and https-key.pem.
ca_issue() {
    local dir
    dir=$(host_dir "$2")
    (umask 077 && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
        -nodes -subj "/CN=$1" -keyout "$dir/https-key.pem" \
        -out "$dir/https-request.pem") 2>>"$LAB_DIR/ca/log" || return 1
    openssl x509 -req -in "$dir/https-request.pem" -days 30 \
        -CA "$LAB_DIR/ca/cert.pem" -CAkey "$LAB_DIR/ca/key.pem" \
        -CAcreateserial -extfile <(printf 'subjectAltName=DNS:%s\n' "$1") \
        -out "$dir/https-cert.pem" 2>>"$LAB_DIR/ca/log"
}

# The SHA-256 of that certificate, as PinnedHTTPSCertificate takes it.
ca_pin() {
    openssl x509 -in "$(host_dir "$1")/https-cert.pem" -noout -fingerprint \
        -sha256 | sed 's/.*=//; s/://g'
}

# What update-ca-certificates(8) does, in the jump host's copy of /etc.
ca_trust() {
    local dir
    dir=$(host_dir jump)/etc/ssl/certs
    mkdir -p "$dir"
    cat "$LAB_DIR/ca/cert.pem" >>"$dir/ca-certificates.crt"
}
