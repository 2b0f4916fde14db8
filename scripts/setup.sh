# What scripts/demo and scripts/test need on a fresh machine; to be sourced, from the root of the checkout.

require_node() {
  if ! command -v node >/dev/null; then
    echo "Node.js 20.19 or newer is needed, and there is no node in PATH." >&2
    exit 1
  fi
  if ! node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)'; then
    echo "Node.js 20.19 or newer is needed; this is $(node --version)." >&2
    exit 1
  fi
}

# As the lock file says, and only when that is not there yet. `npm ci` builds dist/ too.
install_npm_packages() {
  if [ ! -f node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
    npm ci --no-audit --no-fund </dev/null
  elif [ ! -f dist/cli.js ]; then
    npm run --silent build </dev/null
  fi
}

# install_programs WHY PROGRAM:PACKAGE… : by apt, when root or sudo without a password can; what stays
# missing is told, with WHY it matters.
install_programs() {
  local why=$1 packages=() missing=() pair sudo=
  shift
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
  for pair; do command -v "${pair%%:*}" >/dev/null || packages+=("${pair#*:}"); done
  [ ${#packages[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then sudo='sudo -n'; else sudo=no; fi
  fi
  if [ "$sudo" != no ] && command -v apt-get >/dev/null; then
    echo "Installing ${packages[*]} by apt."
    $sudo apt-get -qq update </dev/null || true
    # One by one: a release may lack one of them.
    for pair in "${packages[@]}"; do
      DEBIAN_FRONTEND=noninteractive $sudo apt-get -qq install -y --no-install-recommends "$pair" </dev/null || true
    done
  fi
  for pair; do command -v "${pair%%:*}" >/dev/null || missing+=("${pair%%:*} (package ${pair#*:})"); done
  [ ${#missing[@]} -eq 0 ] || printf 'MISSING: %s%s\n' "$(IFS=,; echo "${missing[*]}")" "${why:+; $why}" >&2
}
