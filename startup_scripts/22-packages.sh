#!/bin/bash
# Installing, for the stages below. A machine that boots for the first time shares its package manager with timers,
# mirrors fail once in a while, and an earlier boot may have ended in the middle of all this.
options=(-y -q -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 -o Acquire::http::Timeout=30
  -o Acquire::https::Timeout=30 -o Dpkg::Options::=--force-confold)

pause() {
  sleep "${CLOUDGPU_PAUSE:-10}"
}

# apt-get itself waits for the lock of dpkg only, not for those of `update` and of downloads; dpkg waits for none.
unlocked() {
  local left=90 code
  while :; do
    code=0
    "$@" </dev/null 9>&- 2>"$state/apt.err" || code=$?
    cat "$state/apt.err"
    [ "$code" != 0 ] || return 0
    left=$((left - 1))
    if [ "$left" = 0 ] ||
      ! grep -Eq 'Could not get lock|Unable to (acquire|lock)|lock (was|is) locked' "$state/apt.err"; then
      return "$code"
    fi
    pause
  done
}

# IPv4 alone from the second try on: some networks give out addresses of the other kind and lead nowhere by them.
apt() {
  local left=5 code more=()
  [ "$1" != update ] || more=(-o APT::Update::Error-Mode=any)
  while [ "$left" -gt 0 ]; do
    code=0
    unlocked apt-get "${options[@]}" "${more[@]}" "$@" || code=$?
    [ "$code" != 0 ] || return 0
    left=$((left - 1))
    case "$(cat "$state/apt.err")" in
      *"dpkg was interrupted"*) unlocked dpkg --configure -a --force-confold || true ;;
      *"E: Unmet dependencies"*) unlocked apt-get "${options[@]}" -f install || true ;;
      *"ailed to fetch"* | *"Could not resolve"* | *"Could not connect"* | *"onnection "* | *"index files failed"* | \
        *"Hash Sum mismatch"* | *"Mirror sync in progress"*)
        more+=(-o Acquire::ForceIPv4=true)
        pause
        ;;
      *) break ;;
    esac
  done
  # a source of the image that is out of order need not be one that is needed here
  [ "$1" != update ] || { unlocked apt-get "${options[@]}" update && return; } || code=$?
  return "$code"
}

# The key at $1 becomes the file $2.
fetch_key() {
  local version
  for version in '' -4 -4; do
    # shellcheck disable=SC2086  # no version is no argument
    if curl -fsSL $version --connect-timeout 20 --max-time 120 --retry 3 --retry-all-errors "$1" -o "$state/key" </dev/null &&
      grep -q 'BEGIN PGP PUBLIC KEY' "$state/key"; then
      put "$2" <"$state/key"
      return
    fi
    pause
  done
  fail "$1 did not give a key: has this machine a way to the internet?"
}

# repository NAME URI SUITE COMPONENTS KEY. The key first: a source whose key is not there breaks every later update.
repository() {
  local other host=${2#https://} key=$root/etc/apt/keyrings/$1.asc sources=$root/etc/apt/sources.list.d
  host=${host%%/*}
  mkdir -p "$root/etc/apt/keyrings" "$sources"
  if ! command -v curl >/dev/null || ! [ -s "$root/etc/ssl/certs/ca-certificates.crt" ]; then
    apt update
    apt install --no-install-recommends ca-certificates curl
  fi
  fetch_key "$5" "$key"
  for other in "$sources"/*.list "$sources"/*.sources; do
    # apt refuses to read one repository under two keys
    if [ "$other" != "$sources/$1.sources" ] && grep -qsF "$host" "$other"; then
      echo "$other is replaced by $1.sources"
      mv -f "$other" "$other.off"
    fi
  done
  printf '%s\n' 'Types: deb' "URIs: $2" "Suites: $3" ${4:+"Components: $4"} \
    "Architectures: $architecture" "Signed-By: $key" | put "$sources/$1.sources"
  apt update
}

# Whether this stage has to install something: $1 is not there, or was on its way when an earlier boot ended.
wanting() {
  [ -e "$state/installing-$current" ] || ! command -v "$1" >/dev/null
}

installing() {
  # shellcheck source=/dev/null
  system=$(. "$root/etc/os-release" && echo "$ID ${VERSION_ID:-}")
  # shellcheck source=/dev/null
  codename=$(. "$root/etc/os-release" && echo "${VERSION_CODENAME:-}")
  case "$system" in
    "ubuntu 22.04" | "ubuntu 24.04" | "debian 12") ;;
    *) fail "This image has no $1, and $system is not a system that it is installed on: that is Ubuntu 22.04, Ubuntu" \
      "24.04 or Debian 12. Take one of them, or an image that has $1." ;;
  esac
  architecture=$(dpkg --print-architecture)
  : | put "$state/installing-$current"
}

installed() {
  rm -f "$state/installing-$current"
}

[ -z "$before" ] || unlocked dpkg --configure -a --force-confold || true
