"""A company's own page on another origin: a policy as strict as it gets, and a style sheet that means ill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response
from werkzeug.serving import make_server

from tests.channels.stand_ins import POLL_SECONDS
from tests.ports import free_port

NONCE = "c2VyaW91cw"
# What docs/widget.md asks a page to allow: the script by its nonce, and connections to the two doors. Nothing for styles or images.
POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src {front} {desk}; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
HOSTILE = """
html { font-size: 3px !important; direction: rtl; letter-spacing: .8em; color: lime; }
body { transform: rotate(180deg) scale(.1); filter: invert(1); }
* { font-family: fantasy !important; line-height: 6 !important; text-transform: uppercase !important; visibility: hidden !important;
    --accent: lime !important; --paper: lime !important; --ink: lime !important; }
mesa-de-ayuda { display: none !important; opacity: 0 !important; transform: scale(0) !important; pointer-events: none !important;
    position: static !important; z-index: -1 !important; clip-path: circle(0) !important; content-visibility: hidden !important; }
div, button, section, textarea, input, form, .panel, .launch, .log, .mine { all: unset !important; display: none !important; }
main button { all: revert !important; display: inline-block !important; color: rgb(1, 2, 3) !important; }
"""
PAGE = """<!doctype html><html lang="es-AR"><head><meta charset="utf-8"><title>Panadería Lola</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style nonce="{nonce}">{style}</style></head>
<body><main><h1>Panadería Lola</h1><button class="primary">Comprar</button></main>
<script nonce="{nonce}">window.before = Object.keys(window).length; window.touched = []; addEventListener("securitypolicyviolation",
  (event) => touched.push(event.violatedDirective + " " + event.blockedURI));
window.untouched = [Object, Array, String, Promise, Element, HTMLElement, Node, Event].map((one) =>
  Object.getOwnPropertyNames(one.prototype).length).join();</script>
<script nonce="{nonce}" src="{front}/widget.js" defer {attributes}></script></body></html>"""


@contextmanager
def served(front: str, desk: str, style: str = HOSTILE, attributes: str = "") -> Iterator[str]:
    """Its address while it is up; ``attributes`` stand on the widget's script."""
    app = Flask("host-page")

    @app.get("/")
    def page() -> Response:
        text = PAGE.format(nonce=NONCE, style=style, front=front, attributes=attributes)
        return Response(text, headers={"Content-Security-Policy": POLICY.format(nonce=NONCE, front=front, desk=desk)})

    @app.get("/favicon.ico")
    def icon() -> tuple[str, int]:
        return "", 204

    server = make_server("127.0.0.1", free_port(), app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
