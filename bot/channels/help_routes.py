"""The help centre's addresses: pages for people and search engines, the search as one types, «¿Le sirvió?»."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_limiter import Limiter
from sqlalchemy import Engine

from bot.channels import help_centre, help_data, rate_limits
from bot.channels.access import public
from bot.channels.help_finder import TEXT_MIN, Finder, cleaned
from bot.channels.help_meaning import Meaning
from bot.channels.help_search import LIMIT, HelpSearch, phrasings_by_label
from bot.channels.opinions import COMMENT_MAX, Opinions, Pages
from bot.channels.same_origin import own_pages_only
from bot.channels.settings import Settings
from bot.faq.corpus import Corpus, Entry

# On a page there is room for more than beside a form.
PAGE_LIMIT = 6
YES, NO = "si", "no"
HOME = "Mesa de Ayuda"


class Help(NamedTuple):
    """What the routes stand on."""

    settings: Settings
    current: Callable[[], Corpus]
    meaning: Meaning
    finder: Finder
    opinions: Opinions
    pages: Pages

    def url(self, endpoint: str, **values: str) -> str:
        """The public address of a page, whatever host name the request came by."""
        return self.settings.front_public_url + url_for(endpoint, **values)


def register(app: Flask, settings: Settings, engine: Engine, current: Callable[[], Corpus], limiter: Limiter) -> None:
    """Put them on ``app``."""
    meaning = Meaning(settings.model_file, current)
    # Where the matcher knows the phrasings, a second index of them would be two seconds of work and memory for nothing.
    spelling = HelpSearch(current, lambda: {} if meaning.settled() else phrasings_by_label())
    pages = Pages(settings.conversation_secret)
    desk = Help(settings, current, meaning, Finder(meaning, spelling), Opinions(engine), pages)
    _pages(app, desk, limiter)
    _search(app, desk, limiter)
    _opinions(app, desk, limiter)
    _for_engines(app, desk)


def _pages(app: Flask, desk: Help, limiter: Limiter) -> None:
    @app.get("/ayuda/")
    @public
    def help_index() -> ResponseReturnValue:
        desk.meaning.refresh()  # who comes here may search in a moment
        corpus = desk.current()
        groups = help_centre.by_category(corpus)
        asked = cleaned(request.args.get("q", ""))
        if asked:
            with limiter.limit(rate_limits.SEARCHES):
                return _found(desk, corpus, asked)
        home = desk.url("help_index")
        data = [help_data.site_search(home), help_data.breadcrumbs([(HOME, home)])]
        return render_template("help_index.html", groups=groups, canonical=home, data=data)

    @app.get("/ayuda/tema/<name>")
    @public
    def help_category(name: str) -> ResponseReturnValue:
        category = next((one for one in help_centre.by_category(desk.current()) if one.name == name), None)
        if category is None:
            abort(404)
        canonical = desk.url("help_category", name=name)
        crumbs = [(HOME, desk.url("help_index")), (category.title, canonical)]
        data = [help_data.questions(category.entries), help_data.breadcrumbs(crumbs)]
        return render_template("help_category.html", category=category, canonical=canonical, data=data)

    @app.get("/ayuda/<entry_id>")
    @public
    def help_entry(entry_id: str) -> ResponseReturnValue:
        entry = desk.current().get(entry_id)
        if entry is None:
            abort(404)
        token = request.args.get("opinion", "")
        said = request.args.get("voto", "")
        voted = said if said in (YES, NO) and desk.pages.read(entry_id, token) else None
        return _entry_page(desk, entry, {"voted": voted, "token": token if voted else desk.pages.issue(entry_id)})


def _found(desk: Help, corpus: Corpus, asked: str) -> ResponseReturnValue:
    entries = desk.finder.find(asked, corpus, PAGE_LIMIT).entries
    page = render_template("help_results.html", asked=asked, entries=entries, too_short=len(asked) < TEXT_MIN)
    return _own(Response(page, mimetype="text/html"))


def _entry_page(desk: Help, entry: Entry, opinion: dict[str, Any]) -> Response:
    corpus = desk.current()
    canonical = desk.url("help_entry", entry_id=entry.id)
    category = help_centre.CATEGORY_TITLES[entry.category]
    crumbs = [(HOME, desk.url("help_index")), (category, desk.url("help_category", name=entry.category)), (entry.title, canonical)]
    page = render_template(
        "help_entry.html",
        entry=entry,
        category=category,
        body=help_centre.body_html(entry),
        canonical=canonical,
        related=help_centre.related(corpus, entry),
        data=[help_data.questions([entry]), help_data.breadcrumbs(crumbs)],
        comment_max=COMMENT_MAX,
        **opinion,
    )
    # Each page brings a key of its own along: a copy that a proxy hands out twice would make two readers one.
    return _own(Response(page, mimetype="text/html"))


def _search(app: Flask, desk: Help, limiter: Limiter) -> None:
    origin = desk.settings.escalation_public_url
    # A trial is opened as 127.0.0.1 or as localhost; for a browser these are two origins.
    origins = {origin, origin.replace("127.0.0.1", "localhost")}

    @app.get("/ayuda/buscar")
    @public
    @limiter.limit(rate_limits.SEARCHES)
    def help_search() -> ResponseReturnValue:
        """``q``: the text; ``limite``: how many at most, 1 to 6 (3). Only the desk's pages may read it from another origin."""
        limit = request.args.get("limite", LIMIT, type=int)
        found = desk.finder.find(request.args.get("q", ""), desk.current(), max(1, min(limit, PAGE_LIMIT)))
        response = _own(jsonify(answers=[_shown(entry) for entry in found.entries]))
        response.headers["X-Found-By"] = found.by
        response.headers["Vary"] = "Origin"
        asking = request.headers.get("Origin", "")
        if asking in origins:
            response.headers["Access-Control-Allow-Origin"] = asking
        return response


def _opinions(app: Flask, desk: Help, limiter: Limiter) -> None:
    @app.post("/ayuda/<entry_id>/opinion")
    @public
    @limiter.limit(rate_limits.OPINIONS)
    @own_pages_only(desk.settings)
    def help_opinion(entry_id: str) -> ResponseReturnValue:
        entry = desk.current().get(entry_id)
        if entry is None:
            abort(404)
        token, said = request.form.get("token", ""), request.form.get("sirvio", "")
        key = desk.pages.read(entry_id, token)
        if key is None or said not in (YES, NO):
            return _entry_page(desk, entry, {"voted": None, "token": desk.pages.issue(entry_id), "stale": True}), 400
        desk.opinions.keep(entry, key, said == YES, request.form.get("comentario", ""))
        told = {"comento": "1"} if request.form.get("comentario", "").strip() else {}
        return redirect(url_for("help_entry", entry_id=entry_id, opinion=token, voto=said, **told, _anchor="opinion"), 303)


def _for_engines(app: Flask, desk: Help) -> None:
    @app.get("/sitemap.xml")
    @public
    def sitemap() -> ResponseReturnValue:
        corpus = desk.current()
        names = [category.name for category in help_centre.by_category(corpus)]
        return Response(help_data.sitemap(desk.settings.front_public_url, names, corpus), mimetype="application/xml")

    @app.get("/robots.txt")
    @public
    def robots() -> ResponseReturnValue:
        return Response(help_data.robots(desk.settings.front_public_url), mimetype="text/plain")


def _own(response: Response) -> Response:
    # What somebody typed is his own; no proxy keeps it with its answer.
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _shown(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "title": entry.title, "answer": entry.answer}
