"""Certificates of mail servers: always verified, by the system's authorities and one of the company's own where it has one."""

from __future__ import annotations

import ssl


def context(ca_file: str = "") -> ssl.SSLContext:
    """For IMAP and SMTP alike; ``ca_file`` (PEM) is believed besides the system's authorities. There is no way to switch it off.

    Raises:
        ValueError: the file is missing or holds no certificate; names the setting.
    """
    made = ssl.create_default_context()
    if ca_file:
        try:
            made.load_verify_locations(cafile=ca_file)
        except OSError as wrong:
            raise ValueError(f"MAIL_CA_FILE {ca_file}: {wrong.strerror or 'no certificate in it'}") from wrong
    return made
