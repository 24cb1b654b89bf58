#!/bin/sh
# Bare CPython 3.11 in, working .venv out; nothing to do where the pins have not changed.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3.11}
UV_VERSION=0.13.9
NEEDED_MB=6000

command -v "$PYTHON" >/dev/null 2>&1 || { echo "Python 3.11 is needed and '$PYTHON' was not found. Install it, or name it: make run PYTHON=/path/to/python3.11" >&2; exit 1; }
"$PYTHON" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "$("$PYTHON" --version) is not Python 3.11 (Rasa 3.6 runs on no other that is tested here)." >&2; exit 1; }

want=$(cat requirements.txt tools/setup.sh | cksum)
if [ -f .venv/.installed ] && [ "$(cat .venv/.installed)" = "$want" ]; then exit 0; fi

free_mb=$(df -Pm . | awk 'NR==2 {print $4}')
[ "$free_mb" -ge "$NEEDED_MB" ] || { echo "Only $free_mb MB free here; the environment needs $NEEDED_MB MB. Make room and try again." >&2; exit 1; }

echo "== Installing the Python environment into .venv (first time: 1 to 3 minutes)"
[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION"
# A folder that holds the CPU build of torch is used where the environment names one; otherwise PyTorch's own CPU index is.
folder=${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}}
if [ -n "$folder" ] && ls "$folder"/torch-*+cpu-cp311-* >/dev/null 2>&1; then
  UV_FIND_LINKS=$folder .venv/bin/uv pip install --python .venv/bin/python -r requirements.txt
else
  .venv/bin/uv pip install --python .venv/bin/python --torch-backend cpu -r requirements.txt
fi
echo "== Compiling to bytecode (saves a minute at the first start)"
.venv/bin/python -m compileall -q -j 0 .venv/lib >/dev/null 2>&1 || true
echo "$want" > .venv/.installed
