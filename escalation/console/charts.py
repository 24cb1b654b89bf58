"""The charts of the numbers page: what each shows, as lines and columns; drawn by pygal as SVG without any script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pygal
from flask_babel import gettext as _
from pygal.etree import etree
from pygal.style import Style

from escalation import figures
from escalation.figures import Step
from escalation.periods import share

# Told apart without colour as well: each line has its own dash. 3:1 or more on white (WCAG 1.4.11).
COLOURS = ("#0b5a9c", "#a3211a", "#1f6a35", "#7d4600")
DASHES = ("", "6,4", "2,3", "10,4,2,4")
SVG = "{http://www.w3.org/2000/svg}"
LABELS_MAX = 14
_STYLE = Style(
    background="#ffffff",
    plot_background="#ffffff",
    foreground="#16202a",
    foreground_strong="#16202a",
    foreground_subtle="#4a5765",
    colors=COLOURS,
    guide_stroke_color="#d3dae2",
    major_guide_stroke_color="#d3dae2",
    guide_stroke_dasharray="none",
    major_guide_stroke_dasharray="none",
    stroke_width=3,
    font_family="system-ui, sans-serif",
    label_font_size=13,
    major_label_font_size=13,
    legend_font_size=14,
)

Value = int | float | None


@dataclass(frozen=True)
class Line:
    """One line of a chart: its name and its value at a step."""

    name: str
    value: Callable[[Step], Value]


@dataclass(frozen=True)
class Chart:
    """``parts``: what has to be reckoned for it, see figures."""

    name: str
    title: str
    unit: str
    parts: tuple[str, ...]
    lines: tuple[Line, ...]


def charts() -> list[Chart]:
    """All of them, in the reader's language."""
    hours, percent = _("horas hábiles"), "%"
    return [
        Chart(
            "entradas",
            _("Tickets que entran y salen"),
            _("tickets"),
            (figures.FLOW,),
            (Line(_("Entran"), lambda step: step.came), Line(_("Se resuelven"), lambda step: step.went)),
        ),
        Chart("pendientes", _("Pendientes al final"), _("tickets"), (figures.FLOW,), (Line(_("Pendientes"), lambda s: s.backlog),)),
        Chart(
            "respuesta",
            _("Tiempo hasta la primera respuesta"),
            hours,
            (figures.ANSWER,),
            (Line(_("Mediana"), lambda s: _rounded(s.answer_median)), Line(_("Percentil 90"), lambda s: _rounded(s.answer_p90))),
        ),
        Chart(
            "solucion",
            _("Tiempo hasta la solución"),
            hours,
            (figures.SOLUTION,),
            (
                Line(_("Mediana"), lambda s: _rounded(s.solution_median)),
                Line(_("Percentil 90"), lambda s: _rounded(s.solution_p90)),
            ),
        ),
        Chart(
            "promesas",
            _("Promesas cumplidas"),
            percent,
            (figures.PROMISES,),
            (Line(_("Cumplidas"), lambda s: _rounded(share(s.kept, s.kept + s.broken))),),
        ),
        Chart(
            "sin-ticket",
            _("Consultas resueltas sin ticket"),
            percent,
            (figures.DEFLECTION,),
            (Line(_("Sin ticket"), lambda s: _rounded(share(s.deflected, s.deflected + s.opened_in_chat))),),
        ),
        Chart(
            "satisfaccion",
            _("Clientes a los que les sirvió"),
            percent,
            (figures.RATINGS,),
            (Line(_("Les sirvió"), lambda s: _rounded(share(s.ratings.get(figures.GOOD, 0), sum(s.ratings.values())))),),
        ),
    ]


def table(chart: Chart, steps: Sequence[Step]) -> list[list[Value | str]]:
    """Its values: the first day of each step, then one column a line."""
    return [[step.first.isoformat(), *(line.value(step) for line in chart.lines)] for step in steps]


def has_values(chart: Chart, steps: Sequence[Step]) -> bool:
    """Whether there is anything to draw."""
    values = [line.value(step) for step in steps for line in chart.lines]
    # A count of nothing is nothing; a time or a share of nought was measured.
    return any(values) if figures.FLOW in chart.parts else any(value is not None for value in values)


def drawn(chart: Chart, steps: Sequence[Step]) -> bytes:
    """The SVG. It refers to nothing outside and has no script: it is shown as a picture."""
    made = pygal.Line(
        style=_STYLE,
        js=(),
        width=760,
        height=340,
        show_dots=len(steps) < LABELS_MAX * 3,
        legend_at_bottom=True,
        show_legend=len(chart.lines) > 1,
        include_x_axis=True,
        x_labels_major_count=min(len(steps), LABELS_MAX),
        show_minor_x_labels=False,
        x_label_rotation=35,
        y_title=chart.unit,
        range=(0, 100) if chart.unit == "%" else None,
        disable_xml_declaration=True,
    )
    made.x_labels = [step.first.strftime("%d/%m/%y") for step in steps]
    for line, dash in zip(chart.lines, DASHES, strict=False):
        made.add(line.name, [line.value(step) for step in steps], stroke_style={"width": 3, "dasharray": dash or "none"})
    return _without_scripts(made)


def _without_scripts(made: pygal.Line) -> bytes:
    tree = made.render_tree()
    for parent in list(tree.iter()):
        for child in list(parent):
            if child.tag in ("script", f"{SVG}script"):
                parent.remove(child)
    return bytes(etree.tostring(tree, encoding="utf-8"))


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
