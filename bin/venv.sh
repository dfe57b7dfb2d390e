# Sourced by bin/stackctl and bin/test: what both need before there is any Python of ours.
# use_venv FOLDER LOCK makes the virtual environment $root/FOLDER out of $root/LOCK, on first use and when the lock has
# changed: with uv where there is one, else with venv and pip.
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
    [ -w "$root" ] || fail "Nothing can be written in $root, where stackctl keeps its Python packages and its state." \
        "Use the account that it belongs to, or sudo; if it is read-only, put the checkout where it can be written."
    command -v python3 >/dev/null || fail "Python 3 is not on this machine." "apt-get install python3 python3-venv"
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "Python 3.10 or newer is needed; this is $(python3 --version)." "apt-get install python3 python3-venv"
    export_mirror

    echo "Setting up ${folder##*/} (once)" >&2
    rm -rf "$folder"
    set --
    # what `stackctl images save` put in for a server without a network
    if [ "$lock" = "$root/requirements.lock" ] && [ -d "$carried" ]; then set -- --no-index --find-links "$carried"; fi
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$(command -v python3)" "$folder"
        uv pip sync --quiet --require-hashes --python "$folder/bin/python" "$@" "$lock" || fail_install "$@"
    else
        python3 -c 'import venv, ensurepip' 2>/dev/null ||
            fail "Python's venv is not on this machine." "apt-get install python3-venv"
        python3 -m venv "$folder"
        "$folder/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes "$@" -r "$lock" ||
            fail_install "$@"
    fi
    cp "$lock" "$folder/installed.lock"
    # made with sudo, it still belongs to whoever has the checkout
    if [ "$(id -u)" = 0 ]; then chown -R --reference="$root" "$folder"; fi
}

fail_install() {
    if [ $# -gt 0 ]; then
        fail "Python packages could not be installed from offline/wheels; this is $(python3 --version)." \
            "The folder is for the versions of Python in its file names. With a network, remove it: they are fetched then."
    fi
    fail "Python packages could not be installed." "Behind a mirror or proxy, set STACK_PYPI_MIRROR or HTTPS_PROXY in .env."
}

# The mirror, proxy and CA bundle in force, as pip and uv read them.
export_mirror() {
    ca=$(setting STACK_CA_BUNDLE)
    ca=${ca:-/etc/ssl/certs/ca-certificates.crt}
    if [ -s "$ca" ]; then export PIP_CERT="${PIP_CERT:-$ca}" SSL_CERT_FILE="${SSL_CERT_FILE:-$ca}"; fi
    mirror=$(setting STACK_PYPI_MIRROR)
    if [ -n "$mirror" ]; then export PIP_INDEX_URL="$mirror" UV_DEFAULT_INDEX="$mirror"; fi
    case $mirror in # pip leaves out a mirror without TLS, unless told
        http://*) PIP_TRUSTED_HOST=$(echo "$mirror" | sed -E 's#^http://([^/@]*@)?([^/:]+).*#\2#') && export PIP_TRUSTED_HOST ;;
    esac
    for name in HTTP_PROXY HTTPS_PROXY NO_PROXY; do
        value=$(setting $name)
        if [ -n "$value" ]; then export "$name=$value"; fi
    done
}

# A setting, as stackctl reads it: the environment wins over .env. What reads in two ways, stackctl refuses: stackctl/env_form.py
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
