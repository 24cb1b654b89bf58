"""Error texts that programs and servers show word for word, and what to call them."""

from __future__ import annotations

import re

from bot.entities.entity import Rule, rule

RESOURCE_LIMIT = "508 Resource Limit Is Reached"

# Names that no other word resembles. Their value is the match itself: see ``errors.py``.
BROWSER = re.compile(
    r"(?<!\w)(?:net::\s?)?(?:err|dns_probe|ssl_error|sec_error|mozilla_pkix_error|ns_error|pr_[a-z]+)_[a-z0-9_]{3,60}(?!\w)"
)
# The same as customers copy them from the screen, without the underscores.
_TAILS = """ssl protocol error|ssl version or cipher mismatch|connection refused|connection timed out|connection reset
|connection closed|cert date invalid|cert common name invalid|cert authority invalid|name not resolved|too many redirects
|address unreachable|internet disconnected|empty response|timed out|http2 protocol error|blocked by client"""
BROWSER_SPACED = re.compile(
    rf"(?<!\w)(?:net::\s?)?(?:err (?:{_TAILS}))(?!\w)|(?<!\w)dns probe finished (?:nxdomain|no internet|bad config)(?!\w)".replace(
        "\n", ""
    ).replace(" ", "[ _]+")
)
# Outlook's and Windows Mail's codes (HRESULT, facilities 4 and 0x0C); the leading 0x is often left out.
OUTLOOK = re.compile(r"(?<!\w)(?:[0o]x(?P<long>[0-9a-f]{8})|(?P<short>800(?:4[0-9a-f]|cc)[0-9a-f]{3}))(?!\w)")
MEMORY = re.compile(r"allowed memory size(?: of (?P<bytes>\d{1,15}) bytes)?(?: exhausted)?")

# A line of a log: named by its whole text where it holds no better known one.
LOG_LINE = re.compile(
    r"(?:(?:php )?(?:fatal error|parse error|warning)|uncaught [a-z]+error|\.htaccess): "
    r"[^\n]{3,160}?(?= in /| en /| in unknown|\n|$)|"
    r"#\d{4} - [^\n,]{3,120}"
)

# As Dovecot, Exim, Postfix, Apache, LiteSpeed, PHP, MySQL and WordPress write them.
TEXTS: tuple[Rule, ...] = (
    rule(r"(?:508 )?resource limit(?: is)? reached", RESOURCE_LIMIT),
    rule(r"error establishing (?:a )?database connection", "Error establishing a database connection"),
    rule(
        r"error (?:(?:al establecer|estableciendo|de|en)\s+)?(?:una |la )?conexion\s+(?:(?:con|a|de|en)\s+)?(?:la )?base de datos",
        "Error al establecer una conexión con la base de datos",
    ),
    rule(
        r"(?:(?:ha habido|hubo|se ha producido|se produjo) un|(?:sale|aparece|tira|da|dice)(?: el| un)?) error critico"
        r"(?: en (?:este sitio|esta|tu|su|el sitio)(?: sitio)?(?: web)?)?",
        "Ha habido un error crítico en este sitio web",
    ),
    rule(r"there has been a critical error on (?:this|your) website", "There has been a critical error on this website"),
    rule(r"\[?authenticationfailed\]?", "AUTHENTICATIONFAILED"),
    rule(r"authentication failed", "Authentication failed"),
    rule(r"incorrect authentication data", "Incorrect authentication data"),
    rule(r"login authentication failed", "Login authentication failed"),
    rule(r"smtp auth(?:entication)? is required", "SMTP AUTH is required"),
    rule(r"relay(?:ing)? (?:access )?(?:is )?(?:denied|not permitted|not allowed)", "Relay access denied"),
    rule(r"connection (?:was )?refused", "Connection refused"),
    rule(r"connection (?:was )?reset(?: by peer)?", "Connection reset"),
    rule(r"connection (?:has )?timed? ?out", "Connection timed out"),
    rule(r"(?:quota exceeded|exceeded (?:the )?quota|disk quota exceeded)", "quota exceeded"),
    rule(r"over ?quota", "over quota"),
    rule(r"mailbox (?:is )?full", "Mailbox is full"),
    rule(r"no such user(?: here)?", "No such user here"),
    rule(r"(?:user|recipient) unknown|unknown user", "User unknown"),
    rule(r"recipient address rejected", "Recipient address rejected"),
    rule(r"sender verify failed", "Sender verify failed"),
    rule(r"unrouteable address", "Unrouteable address"),
    rule(r"host or domain name not found", "Host or domain name not found"),
    rule(r"(?:has )?exceeded the max(?:imum)? emails per hour", "exceeded the max emails per hour"),
    rule(r"message size exceeds[a-z ]{0,30}limit", "Message size exceeds limit"),
    rule(r"too many connections", "Too many connections"),
    rule(r"access denied for user", "Access denied for user"),
    rule(r"unknown database", "Unknown database"),
    rule(r"no database selected", "No database selected"),
    rule(r"econnrefused", "ECONNREFUSED"),
    rule(r"econnreset", "ECONNRESET"),
    rule(r"etimedout", "ETIMEDOUT"),
    rule(r"permission denied", "Permission denied"),
    rule(r"dis[ck] full", "Disk full"),
    rule(r"dcv failed", "DCV failed"),
    rule(r"too many failed login attempts", "Too many failed login attempts"),
    rule(r"login (?:is )?invalid|invalid login", "The login is invalid"),
    rule(r"(?:the )?connection to the server failed", "The connection to the server failed"),
    rule(r"your connection is not private", "Your connection is not private"),
    rule(r"mod[_ -]?security2?", "mod_security"),
    rule(r"max(?:imum)?[_ ]execution[_ ]time(?: of \d{1,5} seconds)? exceeded", "Maximum execution time exceeded"),
    rule(r"internal server error|error interno del servidor", "HTTP 500"),
    rule(r"bad gateway", "HTTP 502"),
    rule(r"service (?:temporarily )?unavailable", "HTTP 503"),
    rule(r"gateway time-?\s?out", "HTTP 504"),
    rule(r"bandwidth limit exceeded", "HTTP 509"),
    rule(r"too many requests", "HTTP 429"),
    rule(r"403 forbidden", "HTTP 403"),
    rule(r"(?:404|page) not found", "HTTP 404"),
)
