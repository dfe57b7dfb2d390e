# Sourced by the other scripts in this folder, during image builds only.
# Reads the build secrets that compose.yaml passes: the mirrors and the CA bundle from .env. Secrets are mounted, so nothing of
# them is in a finished image.
# shellcheck shell=sh disable=SC2034

secret() {
    if [ -s "/run/secrets/$1" ]; then cat "/run/secrets/$1"; fi
}

apt_mirror=$(secret apt_mirror)
apt_security_mirror=$(secret apt_security_mirror)
pypi_mirror=$(secret pypi_mirror)
npm_mirror=$(secret npm_mirror)

ca_bundle=
if [ -s /run/secrets/ca_bundle ]; then ca_bundle=/run/secrets/ca_bundle; fi
