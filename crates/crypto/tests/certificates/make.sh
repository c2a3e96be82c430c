#!/usr/bin/env bash
# How the certificates in this folder were made, with OpenSSL 3: each is new with every run.
set -euo pipefail
cd "$(dirname "$0")"
key=$(mktemp)
trap 'rm -f "$key"' EXIT
make() { # name, options of `openssl req`
    openssl req -x509 -nodes -outform DER -out "$1.der" -keyout "$key" "${@:2}" 2>/dev/null
}
p256=(-newkey ec -pkeyopt ec_paramgen_curve:prime256v1)

# Many extensions; dates as UTCTime, and as GeneralizedTime.
make rsa-many -newkey rsa:2048 -config openssl.cnf -extensions many -days 30
make p384-many -newkey ec -pkeyopt ec_paramgen_curve:P-384 -config openssl.cnf -extensions many -days 36500
make ed25519-many -newkey ed25519 -config openssl.cnf -extensions many -days 30
# Serial numbers that are negative, zero, and longer than 20 octets.
make negative "${p256[@]}" -subj /CN=WebRTC -days 30 -set_serial -0x7fedcba98765432100
make zero "${p256[@]}" -subj /CN=zero -days 30 -set_serial 0
make long "${p256[@]}" -subj /CN=long -days 30 -set_serial "0x$(printf 'f%.0s' {1..62})"
# Keys that are not supported: P-256 by its numbers instead of its name, RSA for PSS alone, Ed448.
make explicit "${p256[@]}" -pkeyopt ec_param_enc:explicit -subj /CN=explicit -days 30
make pss -newkey rsa-pss -pkeyopt rsa_keygen_bits:2048 -subj /CN=pss -days 30
make ed448 -newkey ed448 -subj /CN=ed448 -days 30
