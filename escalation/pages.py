"""What all pages share: words for statuses and areas, dates as people read them, pages for errors."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from flask import Flask, g, render_template
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from escalation import promises
from escalation.errors import STATUS_OF, DeskError
from escalation.file_store import MEGABYTE
from escalation.notices import AREA_NAMES, FIELD_NAMES, STATUS_NAMES
from escalation.rendering import to_safe_html

TIME_ZONE = ZoneInfo("America/Argentina/Buenos_Aires")
KILOBYTE = 1024
ERROR_TEXTS = {
    400: "La página venció. Vuelva atrás, recárguela e intente de nuevo.",
    404: "Eso no existe o no pertenece a su cuenta.",
    413: "Lo que envió es demasiado grande: cada archivo puede pesar hasta 10 MB, y todos juntos hasta 40 MB.",
    409: "El ticket cambió mientras usted escribía. Vuelva a abrirlo y revise antes de enviar.",
    405: "Esa dirección no admite lo que se pidió. Vuelva atrás e intente de nuevo.",
    410: "Ese archivo no pasó el control de virus y no se puede descargar.",
    423: "El archivo todavía se está revisando. Pruebe de nuevo en un minuto.",
    429: "Hubo demasiados pedidos en poco tiempo. Espere un minuto y pruebe de nuevo.",
    500: "Algo falló de nuestro lado y ya quedó anotado. Intente de nuevo en unos minutos.",
    503: "En este momento no pudimos completarlo. Espere un minuto y pruebe de nuevo.",
    422: "Falta algún dato o es demasiado largo. Vuelva atrás y revíselo.",
}


def local_time(moment: datetime) -> str:
    """Day and hour in Argentina."""
    return moment.astimezone(TIME_ZONE).strftime("%d/%m/%Y %H:%M")


def local_day(moment: datetime) -> str:
    """Day in Argentina."""
    return moment.astimezone(TIME_ZONE).strftime("%d/%m/%Y")


def promise(at: datetime) -> str:
    """When we said that we would answer, as a person says it."""
    return promises.spoken(at, datetime.now(UTC), g.settings.business_hours)


def file_size(size: int) -> str:
    """Bytes as people read them: 512 bytes, 240 kB, 1,2 MB."""
    if size < KILOBYTE:
        return f"{size} bytes"
    if size < MEGABYTE:
        return f"{round(size / KILOBYTE)} kB"
    return f"{size / MEGABYTE:.1f} MB".replace(".", ",")


def register(app: Flask) -> None:
    """Filters, names and error pages."""
    own = {"local_time": local_time, "local_day": local_day, "promise": promise, "file_size": file_size, "safe_html": to_safe_html}
    app.jinja_env.filters.update(own)
    app.jinja_env.globals.update(status_names=STATUS_NAMES, area_names=AREA_NAMES, field_names=FIELD_NAMES)

    @app.errorhandler(DeskError)
    def desk_error(error: DeskError) -> ResponseReturnValue:
        status = STATUS_OF[type(error)]
        return render_template("error.html", text=ERROR_TEXTS.get(status, "No se pudo completar.")), status

    @app.errorhandler(CSRFError)
    def csrf_error(_: CSRFError) -> ResponseReturnValue:
        return render_template("error.html", text=ERROR_TEXTS[400]), 400


def error_page(error: HTTPException) -> ResponseReturnValue:
    """What a person sees where a page cannot be had; the reason in his words, never the server's."""
    code = error.code or 500
    headers = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    return render_template("error.html", text=ERROR_TEXTS.get(code, "No se pudo completar.")), code, headers
