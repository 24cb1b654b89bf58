"""Raw mails made for the tests, by kind: how each is written stands here, what must become of it in ``outcomes.tsv``."""

from __future__ import annotations

from tests.mail.corpus import charsets, clients, hostile, machines, odd, returned, senders, structures, threads
from tests.mail.corpus.case import Case

MODULES = (clients, threads, charsets, structures, machines, returned, senders, hostile, odd)
CASES: tuple[Case, ...] = tuple(case for module in MODULES for case in module.CASES)
