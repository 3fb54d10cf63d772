#!/bin/sh
# Starts Jupyter in any image, one without Jupyter or without Python included.
# CLOUDGPU_PORT (8888)  CLOUDGPU_IP (0.0.0.0)  CLOUDGPU_ROOT (the working directory)
# CLOUDGPU_TOKEN_FILE: the token is read here, so that it stands in no argument list and in no container's description.
set -eu

# A numeric user without an entry in passwd has neither a home nor a name, and Jupyter asks for both.
if [ -z "${HOME:-}" ] || [ ! -w "${HOME:-/nonexistent}" ]; then
  HOME=$(mktemp -d "${TMPDIR:-/tmp}/cloudgpu-home.XXXXXX")
  export HOME
fi
export LOGNAME="${LOGNAME:-cloudgpu}"

# A newline at the end of the token would make every login fail.
if [ -n "${CLOUDGPU_TOKEN_FILE:-}" ]; then
  JUPYTER_TOKEN=$(tr -d '\r\n' <"$CLOUDGPU_TOKEN_FILE")
  export JUPYTER_TOKEN
fi

python=$(command -v python3 || command -v python || true)
if [ -z "$python" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "cloudgpu: no Python in this image and no way to install it" >&2
    exit 65
  fi
  apt-get update -q
  DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends python3 python3-venv
  python=python3
fi

has() {
  "$python" -c "import importlib.util, sys; sys.exit(importlib.util.find_spec('$1') is None)"
}

major() {
  "$python" -c "import importlib.metadata as m; print(m.version('$1').split('.')[0])" 2>/dev/null || echo 0
}

# --system-site-packages keeps the image's own frameworks in sight; NVIDIA's images pin versions by PIP_CONSTRAINT.
if ! has jupyter_server && ! has notebook; then
  own=$HOME/.cloudgpu-jupyter
  if "$python" -m venv --system-site-packages "$own" >/dev/null 2>&1; then
    python=$own/bin/python
    env -u PIP_CONSTRAINT "$python" -m pip install -q --disable-pip-version-check jupyterlab ipykernel
  else
    env -u PIP_CONSTRAINT PIP_BREAK_SYSTEM_PACKAGES=1 "$python" -m pip install -q --user jupyterlab ipykernel
  fi
fi

# notebook 6 has its own server and other option names, though jupyter_server may be installed next to it.
if has jupyter_server && { [ "$(major jupyterlab)" -ge 3 ] || [ "$(major notebook)" -ge 7 ] || ! has notebook; }; then
  app=ServerApp root=root_dir module=jupyter_server
  if has jupyterlab; then module=jupyterlab; elif has notebook; then module=notebook; fi
else
  app=NotebookApp root=notebook_dir module=notebook
fi

# With retries Jupyter would take the next port silently, and a tunnel would end at somebody else's notebook.
exec "$python" -m "$module" --no-browser --allow-root \
  "--$app.ip=${CLOUDGPU_IP:-0.0.0.0}" "--$app.port=${CLOUDGPU_PORT:-8888}" "--$app.port_retries=0" \
  "--$app.$root=${CLOUDGPU_ROOT:-$PWD}"
