"""The errors of the rules, one tree; each edge maps them to its own statuses.

DeskError
├── NotFound            there is no such thing, or it is not his
├── InvalidReport       a report lacks or oversteps something; ``fields`` says what
├── NotAllowed          the status change is not in the table
├── StaleTicket         somebody else changed the ticket in the meantime
├── FileRefused         a file cannot be taken; ``fields["file"]``: type, empty, count or together
│   └── FileTooLarge    ``fields["file"]``: size
├── FileHeld            the virus scanner has not seen the file yet
├── FileDiscarded       the file did not pass the virus scanner
├── NotBound            no customer has logged in to the conversation
├── LoginFailed         e-mail and password do not match (never says which)
└── TooManyAttempts     log-in is paused for this address
"""

from __future__ import annotations


class DeskError(Exception):
    """Base; ``code`` is stable for programs, ``fields`` carries details by name."""

    code = "desk_error"

    def __init__(self, message: str = "", **fields: str) -> None:
        super().__init__(message or self.code)
        self.fields = fields


class NotFound(DeskError):
    code = "not_found"


class InvalidReport(DeskError):
    code = "invalid_report"


class NotAllowed(DeskError):
    code = "not_allowed"


class StaleTicket(DeskError):
    code = "stale_ticket"


class FileRefused(DeskError):
    code = "file_refused"


class FileTooLarge(FileRefused):
    pass


class FileHeld(DeskError):
    code = "file_held"


class FileDiscarded(DeskError):
    code = "file_discarded"


class NotBound(DeskError):
    code = "not_bound"


class LoginFailed(DeskError):
    code = "login_failed"


class TooManyAttempts(DeskError):
    code = "too_many_attempts"


# Decided once, for every edge that speaks HTTP.
STATUS_OF = {
    NotFound: 404,
    InvalidReport: 422,
    NotAllowed: 409,
    StaleTicket: 409,
    FileRefused: 422,
    FileTooLarge: 413,
    FileHeld: 423,
    FileDiscarded: 410,
    NotBound: 403,
    LoginFailed: 401,
    TooManyAttempts: 429,
}
