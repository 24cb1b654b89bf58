"""The numbers page: how the desk is doing, as tiles, charts with their tables, and a CSV of each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from escalation import audit, figures
from escalation.auth.access import Caller, allow
from escalation.console import charts
from escalation.console.audited import note_apart
from escalation.console.charts import Chart
from escalation.console.csv_answer import csv_answer
from escalation.errors import NotFound
from escalation.pages import TIME_ZONE, local_time
from escalation.periods import Period, percentile, period_of, share

blueprint = Blueprint("numbers", __name__, url_prefix="/consola/numeros")

# Opened by itself it is a document: it may have its own style, and nothing else.
PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@blueprint.get("/")
@allow(Caller.AGENT)
def page() -> ResponseReturnValue:
    """The period; the figures come by themselves."""
    return render_template("console_numbers.html", period=_period(), quick=_quick())


@blueprint.get("/figuras")
@allow(Caller.AGENT)
def all_figures() -> ResponseReturnValue:
    """What the page is filled with."""
    period, hours = _period(), g.settings.business_hours
    steps = figures.steps_of(g.session, period, hours)
    return render_template(
        "console_figures.html",
        period=period,
        tiles=_tiles(period, steps),
        charts=[(chart, charts.table(chart, steps), charts.has_values(chart, steps)) for chart in charts.charts()],
        topics=figures.topics(g.session, period),
        unanswered=figures.unanswered(g.session, period),
        questions=figures.questions_without_answer(g.session, period),
    )


@blueprint.get("/<name>.svg")
@allow(Caller.AGENT)
def picture(name: str) -> ResponseReturnValue:
    """One chart."""
    chart = _chart(name)
    steps = figures.steps_of(g.session, _period(), g.settings.business_hours, chart.parts)
    headers = {"Content-Security-Policy": PICTURE_POLICY, "Cache-Control": "no-store"}
    return Response(charts.drawn(chart, steps), mimetype="image/svg+xml", headers=headers)


@blueprint.get("/<name>.csv")
@allow(Caller.AGENT)
def as_csv(name: str) -> ResponseReturnValue:
    """The values of one chart or list; that it was taken along stands in the audit log."""
    period = _period()
    if name == "temas":
        rows = [[topic.name, topic.answered, topic.solved, topic.not_solved] for topic in figures.topics(g.session, period)]
        head = [_("Tema"), _("Respondido"), _("Sirvió"), _("No sirvió")]
    elif name == "sin-respuesta":
        found = figures.questions_without_answer(g.session, period)
        rows = [[ticket.number, local_time(ticket.created_at), ticket.subject] for ticket in found]
        head = [_("Número"), _("Abierto"), _("Asunto")]
    else:
        chart = _chart(name)
        steps = figures.steps_of(g.session, period, g.settings.business_hours, chart.parts)
        head = [_("Desde el"), *(f"{line.name} ({chart.unit})" for line in chart.lines)]
        rows = [["" if value is None else value for value in row] for row in charts.table(chart, steps)]
    note_apart(audit.EXPORTED, f"numbers {name}")
    return csv_answer(f"{name}-{period.first}-{period.last}", head, rows)


def _chart(name: str) -> Chart:
    found = next((chart for chart in charts.charts() if chart.name == name), None)
    if found is None:
        raise NotFound("there is no such chart")
    return found


def _period() -> Period:
    return period_of(request.args.get("first", ""), request.args.get("last", ""), datetime.now(UTC), TIME_ZONE)


def _quick() -> list[tuple[str, str, str]]:
    today = datetime.now(TIME_ZONE).date()
    spans = ((_("7 días"), 7), (_("28 días"), 28), (_("90 días"), 90), (_("un año"), 365))
    return [(label, (today - timedelta(days=days - 1)).isoformat(), today.isoformat()) for label, days in spans]


def _tiles(period: Period, steps: list[figures.Step]) -> list[tuple[str, str, str]]:
    """Label, value, and what is beside it."""
    now, hours = datetime.now(UTC), g.settings.business_hours
    age = figures.age(g.session, now)
    answers = [span for _at, span in figures.first_answers(g.session, period, hours)]
    solved = [span for _at, span in figures.solutions(g.session, period, hours)]
    kept, broken = sum(step.kept for step in steps), sum(step.broken for step in steps)
    deflected, opened = sum(step.deflected for step in steps), sum(step.opened_in_chat for step in steps)
    good, rated = sum(step.ratings.get(figures.GOOD, 0) for step in steps), sum(sum(step.ratings.values()) for step in steps)
    return [
        (
            _("Pendientes ahora"),
            str(age.count),
            _("mediana %(m)s días, el más viejo %(o)s", m=said(age.median), o=said(age.oldest)),
        ),
        (_("Entraron"), str(sum(step.came for step in steps)), _("se resolvieron %(n)s", n=sum(step.went for step in steps))),
        (
            _("Primera respuesta"),
            said(percentile(answers, 50), " h"),
            _("percentil 90: %(h)s h hábiles", h=said(percentile(answers, 90))),
        ),
        (_("Solución"), said(percentile(solved, 50), " h"), _("percentil 90: %(h)s h hábiles", h=said(percentile(solved, 90)))),
        (_("Promesas cumplidas"), said(share(kept, kept + broken), " %"), _("%(k)s de %(n)s", k=kept, n=kept + broken)),
        (
            _("Resueltas sin ticket"),
            said(share(deflected, deflected + opened), " %"),
            _("%(k)s de %(n)s", k=deflected, n=deflected + opened),
        ),
        (_("Les sirvió"), said(share(good, rated), " %"), _("%(k)s de %(n)s", k=good, n=rated)),
    ]


def said(value: float | None, unit: str = "") -> str:
    """A number as it is read here, with its unit; a dash where there is none."""
    return "–" if value is None else f"{value:.1f}".replace(".", ",").removesuffix(",0") + unit
