"""A real mail server of the tests' own on loopback: Postfix takes mail by SMTP and stamps it, Dovecot keeps it and serves IMAP.

Postfix cannot run without root; there aiosmtpd stands at the edge, stamps likewise, and hands over to Dovecot's LMTP.
"""

from __future__ import annotations

import getpass
import os
import re
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword
from aiosmtpd.smtp import Session as Peer
from imap_tools import BaseMailBox, MailBoxUnencrypted

from tests.mail import certificates
from tests.ports import free_port

START_SECONDS = 30
AUTHSERV = "mx.csiserver.test"
PASSWORD = "una clave de casilla"
# Domains whose senders our server could prove; a mail from any other comes with "dmarc=none".
PROVEN = r"panaderialola\.com\.ar|estudioruiz\.com|otra\.com\.ar|segunda\.test|csiserver\.com"
PEOPLE = (
    "soporte@csiserver.com",
    "agustin@csiserver.com",
    "carla@panaderialola.com.ar",
    "bruno@estudioruiz.com",
    "ana@otra.com.ar",
    "soporte@segunda.test",
)
# Taken at the door and unknown behind it: returned later with a report.
DEAD = "muerta@panaderialola.com.ar"


@dataclass(frozen=True)
class MailServer:
    """Where to send, and where to read; every person of :data:`PEOPLE` has a mailbox."""

    smtp_port: int
    imap_port: int
    lmtp_port: int
    smtps_port: int
    imaps_port: int
    auth_port: int
    folder: Path

    @property
    def ca_file(self) -> str:
        """The authority that signed its certificate."""
        return str(self.folder / "ca.pem")

    @property
    def smtp_url(self) -> str:
        return f"smtp://127.0.0.1:{self.smtp_port}"

    def imap_url(self, address: str = PEOPLE[0]) -> str:
        return f"imap://{login(address)}@127.0.0.1:{self.imap_port}/INBOX"

    def secure_urls(self, way: str, host: str = "127.0.0.1") -> tuple[str, str]:
        """IMAP_URL and SMTP_URL, both with a log-in; ``way``: "tls" from the first byte, or "starttls"."""
        user = login(PEOPLE[0])
        if way == "tls":
            return f"imaps://{user}@{host}:{self.imaps_port}/INBOX", f"smtps://{user}@{host}:{self.smtps_port}"
        return (
            f"imap://{user}@{host}:{self.imap_port}/INBOX?starttls=1",
            f"smtp://{user}@{host}:{self.smtp_port}?starttls=1",
        )

    def send(self, raw: bytes, sender: str, recipient: str = PEOPLE[0]) -> None:
        """As the sender's own server would."""
        with smtplib.SMTP("127.0.0.1", self.smtp_port, timeout=20) as client:
            client.sendmail(sender, [recipient], raw, mail_options=["BODY=8BITMIME"])

    def open(self, address: str, folder: str = "INBOX") -> BaseMailBox:
        return MailBoxUnencrypted("127.0.0.1", self.imap_port, timeout=20).login(address, PASSWORD, folder)

    def append(self, address: str, mails: Sequence[bytes]) -> None:
        """Into the mailbox, as if they had been delivered."""
        with self.open(address) as box:
            for raw in mails:
                box.append(raw, "INBOX")

    def inbox(self, address: str) -> list[bytes]:
        """What lies in his mailbox."""
        with self.open(address) as box:
            found = [box.client.uid("FETCH", uid, "(BODY.PEEK[])")[1] for uid in box.uids()]
        return [part[1] for answer in found for part in answer if isinstance(part, tuple)]

    def wait_for(self, address: str, count: int, seconds: float = 30) -> list[bytes]:
        """His mails once there are so many."""
        deadline = time.monotonic() + seconds
        while len(found := self.inbox(address)) < count and time.monotonic() < deadline:
            time.sleep(0.2)
        assert len(found) >= count, f"{address} has {len(found)} mails and not {count}\n{self.log()}"
        return found

    def empty(self) -> None:
        """A clean start for the next test."""
        for person in PEOPLE:
            with self.open(person) as box:
                for name in [item.name for item in box.folder.list()]:
                    box.folder.set(name)
                    box.delete(box.uids())

    def log(self) -> str:
        files = [self.folder / name for name in ("dovecot.log", "mail.log")]
        return "\n".join(file.read_text(errors="replace")[-3000:] for file in files if file.exists())


def login(address: str) -> str:
    """User and password for a URL."""
    return f"{address.replace('@', '%40')}:{PASSWORD.replace(' ', '%20')}"


@contextmanager
def server() -> Iterator[MailServer]:
    """Raises:
    RuntimeError: Dovecot or Postfix is not installed; says what to install.
    """
    for program in ("dovecot", "postfix"):
        if shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
            raise RuntimeError(f"{program} is not installed: tools/system-packages.sh does it")
    folder = Path(tempfile.mkdtemp(prefix="mesa-mail-"))
    folder.chmod(0o755)
    made = MailServer(*(free_port() for _ in range(6)), folder)
    certificates.write(folder)
    with _dovecot(made):
        edge = _postfix if os.geteuid() == 0 else _stand_in
        try:
            with edge(made):
                yield made
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _dovecot(made: MailServer) -> Iterator[None]:
    root, me = os.geteuid() == 0, getpass.getuser()
    (made.folder / "users").write_text("".join(f"{person}:{{PLAIN}}{PASSWORD}\n" for person in PEOPLE))
    owner = "mail" if root else me
    boxes = made.folder / "boxes"
    boxes.mkdir()
    if root:
        shutil.chown(boxes, owner, owner)
    configuration = made.folder / "dovecot.conf"
    configuration.write_text(
        f"""
base_dir = {made.folder}/run
state_dir = {made.folder}/state
log_path = {made.folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{made.folder}/cert.pem
ssl_key = <{made.folder}/key.pem
disable_plaintext_auth = no
recipient_delimiter = +
first_valid_uid = 1
mail_location = maildir:{boxes}/%u
mail_max_userip_connections = 200
default_internal_user = {"dovecot" if root else me}
default_internal_group = {"dovecot" if root else me}
default_login_user = {"dovenull" if root else me}
namespace inbox {{
  inbox = yes
  prefix = INBOX.
  separator = .
}}
passdb {{
  driver = passwd-file
  args = username_format=%u {made.folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={owner} home={boxes}/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {made.imap_port}
  }}
  inet_listener imaps {{
    port = {made.imaps_port}
    ssl = yes
  }}
}}
auth_mechanisms = plain login
auth_failure_delay = 0
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {made.auth_port}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {made.lmtp_port}
  }}
}}
"""
    )
    process = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", configuration], stderr=subprocess.DEVNULL)
    try:
        _wait(made, made.imap_port, made.imaps_port, made.lmtp_port)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
127.0.0.1:{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


@contextmanager
def _postfix(made: MailServer) -> Iterator[None]:
    home = made.folder / "postfix"
    home.mkdir()
    for name in ("spool", "data"):
        (home / name).mkdir()
    shutil.chown(home / "data", "postfix")
    mailboxes = "".join(f"{person} ok\n" for person in (*PEOPLE, DEAD))
    (home / "mailboxes").write_text(mailboxes)
    # What a server with OpenDKIM and OpenDMARC would find out; here the envelope's domain decides.
    (home / "proof").write_text(
        f"/@({PROVEN})$/ PREPEND Authentication-Results: {AUTHSERV}; dmarc=pass header.from=${{1}}\n"
        f"/./ PREPEND Authentication-Results: {AUTHSERV}; dmarc=none\n"
    )
    domains = " ".join(sorted({person.rpartition("@")[2] for person in PEOPLE}))
    (home / "main.cf").write_text(
        f"""
compatibility_level = 3.6
queue_directory = {home}/spool
data_directory = {home}/data
maillog_file = {made.folder}/mail.log
maillog_file_prefixes = {made.folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = {AUTHSERV}
mydestination =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = texthash:{home}/mailboxes
virtual_transport = lmtp:inet:127.0.0.1:{made.lmtp_port}
smtpd_sender_restrictions = check_sender_access regexp:{home}/proof
smtpd_recipient_restrictions = reject_unauth_destination
default_transport = error:5.1.2 no way out of the tests
message_size_limit = 60000000
mailbox_size_limit = 0
smtpd_tls_security_level = may
smtpd_tls_cert_file = {made.folder}/cert.pem
smtpd_tls_key_file = {made.folder}/key.pem
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{made.auth_port}
smtpd_tls_auth_only = yes
smtpd_error_sleep_time = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
lmtp_destination_concurrency_limit = 20
"""
    )
    (home / "master.cf").write_text(MASTER.format(port=made.smtp_port, tls_port=made.smtps_port))
    command = ["/usr/sbin/postfix", "-c", str(home)]
    started = subprocess.run([*command, "start"], capture_output=True, text=True, check=False)
    assert started.returncode == 0, started.stderr
    try:
        _wait(made, made.smtp_port, made.smtps_port)
        yield
    finally:
        subprocess.run([*command, "stop"], capture_output=True, check=False)


REPORT = """From: MAILER-DAEMON@mx.csiserver.test
Subject: Undelivered Mail Returned to Sender
Message-ID: <report@mx.csiserver.test>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=report

--report
Content-Type: text/plain

I could not deliver your mail.

--report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.csiserver.test

Final-Recipient: rfc822; {}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User doesn't exist

--report
Content-Type: message/rfc822

{}
--report--
"""


class _Edge:
    """Stamps and hands over, as :func:`_postfix` does."""

    def __init__(self, made: MailServer) -> None:
        self._made = made

    async def handle_RCPT(self, server: SMTP, peer: Peer, envelope: Envelope, address: str, options: list[str]) -> str:
        if re.sub(r"\+[^@]*@", "@", address.lower()) not in (*PEOPLE, DEAD):
            return "550 5.1.1 no such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, peer: Peer, envelope: Envelope) -> str:
        domain = re.search(rf"@({PROVEN})$", envelope.mail_from or "")
        found = f"pass header.from={domain.group(1)}" if domain else "none"
        raw = f"Authentication-Results: {AUTHSERV}; dmarc={found}\r\n".encode() + bytes(envelope.content or b"")
        recipients = envelope.rcpt_tos
        if DEAD in recipients:
            raw, recipients = REPORT.format(DEAD, raw.decode("utf-8", "replace")).encode(), [envelope.mail_from or ""]
        with smtplib.LMTP("127.0.0.1", self._made.lmtp_port) as client:
            client.sendmail("" if DEAD in envelope.rcpt_tos else envelope.mail_from or "", recipients, raw)
        return "250 OK"


@contextmanager
def _stand_in(made: MailServer) -> Iterator[None]:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(made.folder / "cert.pem", made.folder / "key.pem")
    common: dict[str, Any] = {"hostname": "127.0.0.1", "authenticator": _known}
    upgraded = Controller(_Edge(made), port=made.smtp_port, tls_context=tls, **common)
    wrapped = Controller(_Edge(made), port=made.smtps_port, ssl_context=tls, auth_require_tls=False, **common)
    for one in (upgraded, wrapped):
        one.start()
    yield
    for one in (upgraded, wrapped):
        one.stop()


def _known(server: SMTP, peer: Peer, envelope: Envelope, mechanism: str, given: LoginPassword) -> AuthResult:
    return AuthResult(success=given.password == PASSWORD.encode(), handled=False)


def _wait(made: MailServer, *ports: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    for port in ports:
        while socket.socket().connect_ex(("127.0.0.1", port)) != 0:
            if time.monotonic() > deadline:
                raise RuntimeError(f"no mail server on port {port}:\n{made.log()}")
            time.sleep(0.1)
