#!/bin/sh
# Re-resolve the exact pins from pyproject.toml. Needs the CPU build of torch: a folder in PIP_FIND_LINKS, or --torch-backend cpu.
set -eu
cd "$(dirname "$0")/.."
rm -f requirements.txt   # uv takes an existing output file as preferences
UV_FIND_LINKS=${UV_FIND_LINKS:-${PIP_FIND_LINKS:-}} .venv/bin/uv pip compile pyproject.toml --python-version 3.11.7 \
  --python-platform x86_64-manylinux_2_28 --no-annotate --no-header --no-emit-index-url --no-emit-find-links -q -o requirements.txt "$@"
if grep -qE '^(nvidia-|triton)' requirements.txt; then echo "CUDA torch crept in" >&2; exit 1; fi
