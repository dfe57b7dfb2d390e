# Sourced by bin/stackctl and bin/test, which need it before they can run Python.
# use_venv FOLDER LOCK creates the virtual environment $root/FOLDER from $root/LOCK, on first use and when the lock has
# changed: with uv if it is installed, otherwise with venv and pip.
# shellcheck shell=sh

root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)

fail() {
    printf 'error: %s\n\nhint: %s\n' "$1" "$2" >&2
    exit 3
}

use_venv() {
    cmp -s "$root/$2" "$root/$1/installed.lock" || make_venv "$root/$1" "$root/$2"
}

make_venv() {
    folder=$1 lock=$2 carried=$root/offline/wheels
    [ -w "$root" ] || fail "Cannot write to $root, where stackctl keeps its Python packages and its state." \
        "Use the owner's account or sudo. If the file system is read-only, move the checkout."
    command -v python3 >/dev/null || fail "Python 3 is not installed." "apt-get install python3 python3-venv"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "Python 3.10 or newer is needed; this is $(python3 --version)." "apt-get install python3 python3-venv"
    export_mirror

    echo "Setting up ${folder##*/} (once)" >&2
    rm -rf "$folder"
    set --
    # packages that `stackctl images save` includes for a server without a network
    if [ "$lock" = "$root/requirements.lock" ] && [ -d "$carried" ]; then set -- --no-index --find-links "$carried"; fi
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$(command -v python3)" "$folder"
        uv pip sync --quiet --compile-bytecode --require-hashes --python "$folder/bin/python" "$@" "$lock" || fail_install "$@"
    else
        python3 -c 'import venv, ensurepip' 2>/dev/null ||
            fail "Python's venv is not installed." "apt-get install python3-venv"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes "$@" -r "$lock" ||
            fail_install "$@"
    fi
    cp "$lock" "$folder/installed.lock"
    # even with sudo, it belongs to the owner of the checkout
    if [ "$(id -u)" = 0 ]; then chown -R --reference="$root" "$folder"; fi
}

fail_install() {
    if [ $# -gt 0 ]; then
        fail "Cannot install Python packages from offline/wheels; this is $(python3 --version)." \
            "Its files are for the Python versions in their names. If there is a network, delete it to download packages."
    fi
    fail "Cannot install Python packages." "Behind a mirror or proxy, set STACK_PYPI_MIRROR or HTTPS_PROXY in .env."
}

# The mirror, proxy and CA bundle of the settings, as pip and uv read them.
export_mirror() {
    ca=$(setting STACK_CA_BUNDLE)
    ca=${ca:-/etc/ssl/certs/ca-certificates.crt}
    if [ -s "$ca" ]; then export PIP_CERT="${PIP_CERT:-$ca}" SSL_CERT_FILE="${SSL_CERT_FILE:-$ca}"; fi
    mirror=$(setting STACK_PYPI_MIRROR)
    if [ -n "$mirror" ]; then export PIP_INDEX_URL="$mirror" UV_DEFAULT_INDEX="$mirror"; fi
    case $mirror in # pip ignores a mirror without TLS unless it is trusted
        http://*) PIP_TRUSTED_HOST=$(echo "$mirror" | sed -E 's#^http://([^/@]*@)?([^/:]+).*#\2#') && export PIP_TRUSTED_HOST ;;
    esac
    for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        value=$(setting $name)
        if [ -n "$value" ]; then export "$name=$value"; fi
    done
}

# A setting, as stackctl reads it: the environment overrides .env. stackctl rejects ambiguous lines: stackctl/settings/quoting.py
setting() {
    eval "value=\${$1:-}"
    if [ -z "$value" ] && [ -f "$root/.env" ]; then
        mark=$(printf '\357\273\277')
        start="\($mark\)\{0,1\}[[:space:]]*\(export[[:space:]]\{1,\}\)\{0,1\}$1[[:space:]]*=[[:space:]]*"
        value=$(sed -n "s/^$start//p" "$root/.env" | tail -n 1 | without_quotes)
    fi
    printf '%s' "$value"
}

without_quotes() {
    sed -e 's/[[:space:]]*$//' \
        -e "/^'/{s/^'\(\(\\\\.\|[^\\\\']\)*\)'.*/\1/;s/\\\\'/'/g;b;}" \
        -e '/^"/{s/^"\([^"]*\)".*/\1/;b;}' \
        -e 's/ #.*//;s/[[:space:]]*$//'
}
