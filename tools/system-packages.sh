#!/bin/sh
# What the tests need beside Python: a browser, a PostgreSQL server and a mail server, as Debian packages.
set -eu
missing=""
command -v chromium >/dev/null 2>&1 || missing="$missing chromium"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
[ -x /usr/sbin/dovecot ] && [ -e /usr/lib/dovecot/imap ] || missing="$missing dovecot-imapd"
[ -e /usr/lib/dovecot/lmtp ] || missing="$missing dovecot-lmtpd"
[ -x /usr/sbin/postfix ] || missing="$missing postfix"
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1 || [ "$(id -u)" != 0 ]; then
  echo "The tests need these Debian packages:$missing. Install them (sudo apt-get install$missing) and run make test again." >&2
  exit 1
fi
echo "== Installing$missing"
apt-get update -qq
# The tests start their own mail server; the machine itself must not become one.
case "$missing" in *postfix*) echo "postfix postfix/main_mailer_type select No configuration" | debconf-set-selections ;; esac
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $missing >/dev/null
