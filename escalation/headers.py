"""What every answer says to browsers: nothing of others is loaded, nothing of ours is framed, nothing private is kept."""

from __future__ import annotations

from flask import Flask, Response, g

# One year (RFC 6797 11.2); subdomains may be customers' sites and are left alone.
HSTS = "max-age=31536000"


def register(app: Flask) -> None:
    """Put the headers on each answer that does not have its own."""
    app.after_request(safe_headers)


def safe_headers(response: Response) -> Response:
    """Adds them; what a view set is left as it is."""
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("X-Frame-Options", "DENY")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
    if "settings" in g and g.settings.secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", content_policy())
        # A shared computer's "back" button must not show somebody's tickets after he logged out.
        response.headers.setdefault("Cache-Control", "no-store")
    return response


def content_policy() -> str:
    """Scripts and styles are files of ours; no page of ours has any inline."""
    # The help centre offers answers while a ticket is typed; nothing else leads out of the house.
    connect, pictures = "connect-src 'self'", "img-src 'self'"
    if "settings" in g:
        connect += f" {g.settings.front_public_url}"
        # Previews of pictures that customers sent, where files have a host of their own.
        pictures = f"{pictures} {g.settings.files_url}".strip()
    return (
        f"default-src 'self'; {connect}; {pictures}; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
