"""Who says that he is whom: forged, doubled, hidden and look-alike senders."""

from __future__ import annotations

import dkim

from tests.mail.conftest import AGENT, AUTHSERV, CARLA
from tests.mail.corpus.case import Case, Context, mail, proof
from tests.mail.corpus.keys import PRIVATE

LOLA = "panaderialola.com.ar"


def _top(name: str, top: str) -> Case:
    return Case(name, lambda _: mail(name, "Soy Carla.", top=top))


def _from(name: str, value: str, top: str | None = None, *headers: str) -> Case:
    def write(_: Context) -> bytes:
        raw = mail(name, "Hola.", *headers, top=proof() if top is None else top)
        return raw.replace(f"From: Carla Medina <{CARLA}>".encode(), value.encode())

    return Case(name, write)


def _signed(name: str, domain: str, selector: str = "s1", **options: object) -> Case:
    def write(_: Context) -> bytes:
        raw = mail(name, "Firmado por mi servidor.", top="X-From-Outside: 1", subject="Firmado")
        headers = [b"from", b"to", b"subject", b"date", b"message-id"]
        return dkim.sign(raw, selector.encode(), domain.encode(), PRIVATE, include_headers=headers, **options) + raw

    return Case(name, write)


def _altered(_: Context) -> bytes:
    return _signed("dkim-altered", LOLA).write(_).replace(b"Firmado por mi", b"Alterado por un")


CASES = (
    Case("unknown-address", lambda _: mail("unknown-address", "Hola.", sender="ana@otra.com.ar")),
    Case("another-unknown-address", lambda _: mail("another-unknown-address", "Hola.", sender="luis@otra.com.ar")),
    Case("staffs-own", lambda _: mail("staffs-own", "Hola.", sender=AGENT)),
    Case("our-own-address", lambda _: mail("our-own-address", "Hola.", sender="soporte@csiserver.com")),
    Case(
        "our-mail-come-back",
        lambda c: mail("x", "Hola.", sender="ana@otra.com.ar").replace(b"<x@corpus.test>", c.confirmation_id.encode()),
    ),
    _top("no-results", "X-Nothing: 1"),
    _top("foreign-results", f"Authentication-Results: mx.evil.test; dmarc=pass header.from={LOLA}"),
    _top("results-of-a-look-alike", f"Authentication-Results: {AUTHSERV}.evil.test; dmarc=pass header.from={LOLA}"),
    _top("failed", f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from={LOLA}"),
    _top("failed-with-a-forged-pass-below", f"Authentication-Results: {AUTHSERV}; dmarc=fail header.from={LOLA}\r\n{proof()}"),
    _top("pass-in-a-comment", f"Authentication-Results: {AUTHSERV}; dmarc=none (dmarc=pass; header.from={LOLA})"),
    _top("pass-in-a-quoted-string", f'Authentication-Results: {AUTHSERV}; none; reason="x; dmarc=pass header.from={LOLA}"'),
    _top("pass-for-another-domain", f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=evil.test"),
    _top("spf-not-aligned", f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom=x@evil.test"),
    _top("spf-aligned", f"Authentication-Results: {AUTHSERV}; spf=pass smtp.mailfrom={CARLA}"),
    _top("dkim-aligned-with-the-parent", f"Authentication-Results: {AUTHSERV}; dkim=pass header.d={LOLA}"),
    _top("dkim-of-a-child", f"Authentication-Results: {AUTHSERV}; dkim=pass header.d=evil.{LOLA}"),
    _top(
        "results-folded",
        f"Authentication-Results: {AUTHSERV} 1;\r\n\tspf=fail smtp.mailfrom=x@y.test;\r\n\tdmarc=pass\r\n header.from={LOLA}",
    ),
    _top("quarantined-by-policy", f"Authentication-Results: {AUTHSERV}; dmarc=pass (p=quarantine) header.from={LOLA}"),
    _from("two-from-headers", f"From: {CARLA}\r\nFrom: ladron@evil.test"),
    _from("two-addresses-in-from", f"From: {CARLA}, ladron@evil.test"),
    _from("no-from", "X-No: 1"),
    _from("empty-from", "From: "),
    _from("from-without-address", "From: Carla Medina"),
    _from("from-as-a-group", f"From: Amigos: {CARLA};"),
    _from("address-of-another-as-name", f'From: "{CARLA}" <ladron@otra.com.ar>', proof("ladron@otra.com.ar")),
    _from("name-with-line-break", f"From: =?utf-8?Q?Carla=0D=0ABcc:_x@y.test?= <{CARLA}>"),
    _from(
        "reply-to-of-a-customer", "From: ladron@otra.com.ar", proof("ladron@otra.com.ar"), f"Reply-To: {CARLA}", f"Sender: {CARLA}"
    ),
    _from("upper-case-address", "From: CARLA@PanaderiaLola.com.AR"),
    _from("homograph", "From: carla@panaderial\u043ela.com.ar", proof("x@panaderial\u043ela.com.ar")),
    _from("homograph-in-ascii", "From: carla@xn--panaderialla-wpj.com.ar", proof("x@xn--panaderialla-wpj.com.ar")),
    _from("below-the-domain", "From: carla@mail.panaderialola.com.ar", proof("x@mail.panaderialola.com.ar")),
    _from("plus-address-of-a-customer", "From: carla+facturas@panaderialola.com.ar"),
    _signed("dkim-own-check", LOLA),
    _signed("dkim-of-another", "otra.com.ar"),
    _signed("dkim-with-length", LOLA, length=True),
    _signed("dkim-key-unknown", LOLA, "nada"),
    Case("dkim-altered", _altered),
)
