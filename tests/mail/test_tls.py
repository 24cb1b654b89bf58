"""Mail over TLS between real servers: Dovecot and Postfix with a certificate that only the tests' own authority signed."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from imap_tools import ImapToolsError

from escalation.cli import SCRIPTS
from escalation.delivery import TransportError
from escalation.mail.imap import Account
from escalation.mail.transport import connector, to_smtp
from escalation.upkeep import doctor
from escalation.upkeep.doctor import Case, Level
from tests.mail.conftest import CARLA, MailRoom, letter
from tests.mail.servers import AUTHSERV, PASSWORD, PEOPLE, MailServer
from tests.mail.test_real_peers import running, unstamped, until
from tests.ports import free_port

WAYS = ("tls", "starttls")


def message() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = PEOPLE[0], CARLA, "Hola"
    made.set_content("Hola.")
    return made


@pytest.mark.parametrize("way", WAYS)
def test_a_customer_writes_and_is_confirmed_over_tls_with_a_log_in(lite_room: MailRoom, servers: MailServer, way: str) -> None:
    imap, smtp = servers.secure_urls(way)
    more = {"mail_ca_file": servers.ca_file, "mail_authserv_id": AUTHSERV}
    with running(replace(lite_room.settings, imap_urls=(imap,), smtp_url=smtp, **more)):  # type: ignore[arg-type]
        servers.send(unstamped(), CARLA)
        (confirmation,) = servers.wait_for(CARLA, 1)
        until(lambda: all(row.filed for row in lite_room.rows()), servers)
    assert lite_room.ticket().number.encode() in confirmation


@pytest.mark.parametrize("way", WAYS)
def test_without_the_authority_nothing_is_read_and_nothing_sent(lite_room: MailRoom, servers: MailServer, way: str) -> None:
    imap, smtp = servers.secure_urls(way)
    servers.append(PEOPLE[0], [letter()])
    with pytest.raises(ssl.SSLCertVerificationError):
        Account.parse(imap).connect()
    with pytest.raises(TransportError, match="SSLCertVerificationError") as refused:
        to_smtp(smtp)(message(), "uno")
    # It leaves when the certificate is mended.
    assert not refused.value.hopeless
    assert servers.inbox(CARLA) == []


@pytest.mark.parametrize("way", WAYS)
def test_a_certificate_of_another_name_is_not_believed_either(servers: MailServer, way: str) -> None:
    # Its certificate is that of 127.0.0.1 alone.
    imap, smtp = servers.secure_urls(way, host="localhost")
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        Account.parse(imap, servers.ca_file).connect()
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        connector(smtp, servers.ca_file)()


def test_a_server_that_does_not_offer_starttls_gets_no_password() -> None:
    plain = Controller(Sink(), hostname="127.0.0.1", port=free_port())
    plain.start()
    try:
        with pytest.raises(TransportError, match="SMTPNotSupportedError"):
            to_smtp(f"smtp://a:b@127.0.0.1:{plain.port}?starttls=1")(message(), "uno")
    finally:
        plain.stop()


def test_no_password_travels_in_the_clear_to_another_machine() -> None:
    with pytest.raises(ValueError, match="in the clear"):
        to_smtp("smtp://soporte:clave@mail.sudominio.com.ar:587")
    to_smtp("smtp://relay.sudominio.com.ar:25")


def test_a_wrong_password_is_tried_again_and_never_told(servers: MailServer) -> None:
    imap, smtp = (url.replace(PASSWORD.replace(" ", "%20"), "otra%20clave") for url in servers.secure_urls("tls"))
    with pytest.raises(TransportError) as refused:
        to_smtp(smtp, servers.ca_file)(message(), "uno")
    assert not refused.value.hopeless and "otra clave" not in str(refused.value)
    with pytest.raises(ImapToolsError):
        Account.parse(imap, servers.ca_file).connect()


def test_the_doctor_says_what_is_wrong_with_the_way_out(lite_room: MailRoom, servers: MailServer) -> None:
    _, smtp = servers.secure_urls("tls")

    def said(url: str, ca_file: str) -> doctor.Finding:
        settings = replace(lite_room.settings, smtp_url=url, mail_ca_file=ca_file)
        findings = doctor.examine(Case(settings, lite_room.engine, SCRIPTS, datetime.now(UTC)))
        return next(finding for finding in findings if finding.what == "mail")

    assert said(smtp, servers.ca_file).level is Level.OK
    assert "MAIL_CA_FILE" in said(smtp, "").words
    assert "refuses user and password" in said(smtp.replace("%20clave", "%20otra"), servers.ca_file).words
    assert "MAIL_CA_FILE /nowhere" in said(smtp, "/nowhere").words
