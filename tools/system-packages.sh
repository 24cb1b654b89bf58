#!/bin/sh
# What the tests need beside Python: a browser and a PostgreSQL server, as Debian packages.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "The tests need these Debian packages:$missing. Install them (sudo apt-get install$missing) and run make test again." >&2
  exit 1
fi
echo "== Installing$missing"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
