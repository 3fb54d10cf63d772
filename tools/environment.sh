#!/usr/bin/env bash
# Makes .venv with everything that demo, tests and checks need. Nothing to do if pyproject.toml is what it was.
# Asks for Python 3.10 or later and nothing else: no pip, no ensurepip, no root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
environment=.venv

right_python() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null
}

python=''
for candidate in "${PYTHON:-python3}" python3.13 python3.12 python3.11 python3.10 python3.14; do
  if right_python "$candidate"; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "cloudgpu needs Python 3.10 or later. On Debian and Ubuntu: sudo apt-get install python3" >&2
  exit 1
fi

key=$("$python" -c 'import hashlib
print(hashlib.sha256(open("pyproject.toml", "rb").read()).hexdigest()[:16])')
stamp=$environment/.made-from-$key
if [ -e "$stamp" ] && right_python "$environment/bin/python"; then
  exit 0
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# A Debian Python may lack ensurepip, and there need not be a pip: apt hands out pip's wheel to ordinary users as well.
pip_from_apt() {
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  local private=(-q -o "Dir::State::lists=$folder/lists" -o "Dir::Cache=$folder/cache" -o Debug::NoLocking=true)
  (
    cd "$folder"
    apt-get "${private[@]}" update
    apt-get "${private[@]}" download python3-pip-whl
    dpkg-deb -x python3-pip-whl_*.deb .
  ) >&2 || return 1
  echo "$folder"/usr/share/python-wheels/pip-*.whl
}

in_environment() {
  "$environment/bin/python" "$@"
}

new_environment() {
  rm -rf "$environment"
  if command -v uv >/dev/null; then
    uv venv --quiet --seed --python "$("$python" -c 'import sys; print(sys.executable)')" "$environment"
    return
  fi
  if "$python" -m venv "$environment" >/dev/null 2>&1; then
    return
  fi
  rm -rf "$environment"
  "$python" -m venv --without-pip "$environment"
  if "$python" -m pip --python "$environment/bin/python" install --quiet pip 2>/dev/null; then
    return
  fi
  local wheel
  if wheel=$(pip_from_apt) && in_environment "$wheel/pip" install --quiet pip; then
    return
  fi
  echo "No way was found to install packages. On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
  return 1
}

echo "environment: making $environment (once; again when pyproject.toml changes)" >&2
right_python "$environment/bin/python" || new_environment

# uv takes seconds where pip takes a minute, but does not read pip.conf, and trusts its own certificates unless told.
uv=$(command -v uv || true)
if [ -z "$uv" ] && { [ -x "$environment/bin/uv" ] || in_environment -m pip install --quiet uv; }; then
  uv=$environment/bin/uv
fi
by_uv() {
  [ -n "$uv" ] && "$uv" pip install --quiet --python "$environment/bin/python" --editable '.[dev]'
}
by_uv 2>/dev/null || UV_NATIVE_TLS=1 by_uv 2>/dev/null || in_environment -m pip install --quiet --editable '.[dev]'
rm -f "$environment"/.made-from-*
touch "$stamp"
