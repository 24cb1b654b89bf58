"""Priority, area, subject, assignee, tags, watchers, links: each change has its event, and what is no change has none."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from escalation.customers import register_staff
from escalation.desk import followers, links, properties
from escalation.desk.history import By
from escalation.errors import InvalidReport, NotAllowed, StaleTicket
from escalation.models import Area, Author, Customer, Priority, Role, Staff
from tests.escalation.conftest import NOW, PASSWORD
from tests.escalation.desk_helpers import act, events, mails, reported
from tests.escalation.test_business_hours import HOURS


@pytest.fixture
def berta(session: Session) -> Staff:
    member = register_staff(session, "berta@csiserver.com", "Berta Ríos", Role.AGENT, PASSWORD)
    session.commit()
    return member


def test_one_form_sets_several_things_with_an_event_for_each_and_none_for_what_stays(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    ticket = reported(session, carla)
    wanted = {
        "priority": "high",
        "area": "mail",
        "subject": " El Outlook  no envía ",
        "assignee": berta.id,
        "tags": ["SMTP", "outlook"],
    }
    properties.change(session, ticket, wanted, act(agent, ticket), HOURS)
    session.commit()
    assert events(session, ticket, "priority", "area", "subject", "assignee", "tag") == [
        ("priority", "normal", "high"),
        ("subject", "no me salen los mails", "El Outlook no envía"),
        ("assignee", None, berta.id),
        ("tag", None, "outlook"),
        ("tag", None, "smtp"),
    ]
    assert (ticket.priority, ticket.subject, ticket.assignee.name) == ("high", "El Outlook no envía", "Berta Ríos")
    assert [tag.name for tag in ticket.tags] == ["outlook", "smtp"]


def test_the_same_again_changes_nothing(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    wanted = {"priority": "low", "tags": ["dns"], "assignee": agent.id}
    for _ in range(2):
        properties.change(session, ticket, wanted, act(agent, ticket), HOURS)
        session.commit()
    version, count = ticket.version, len(events(session, ticket))
    properties.change(session, ticket, wanted, act(agent, ticket), HOURS)
    session.commit()
    assert (ticket.version, len(events(session, ticket))) == (version, count)


@pytest.mark.parametrize(
    "wanted",
    [{"priority": "high"}, {"area": "site"}, {"subject": "Otro"}, {"assignee": "self"}, {"tags": ["uno"]}, {"tags": ["dos"]}],
)
def test_every_change_makes_what_another_agent_saw_stale(
    session: Session, carla: Customer, agent: Staff, wanted: dict[str, object]
) -> None:
    ticket = reported(session, carla)
    properties.change(session, ticket, {"tags": ["dos", "tres"]}, act(agent, ticket), HOURS)
    session.commit()
    seen = act(agent, ticket)
    wanted = {name: agent.id if value == "self" else value for name, value in wanted.items()}
    properties.change(session, ticket, wanted, seen, HOURS)
    session.commit()
    with pytest.raises(StaleTicket):
        properties.change(session, ticket, {"priority": "urgent"}, seen, HOURS)


@pytest.mark.parametrize(
    ("wanted", "named"),
    [
        ({"priority": "highest"}, "priority"),
        ({"area": "weather"}, "area"),
        ({"subject": "  "}, "subject"),
        ({"subject": "x" * 121}, "subject"),
        ({"assignee": "nobody"}, "assignee"),
        ({"tags": ["<b>"]}, "tags"),
        ({"tags": [""]}, "tags"),
        ({"tags": ["x" * 41]}, "tags"),
        ({"tags": [f"t{number}" for number in range(21)]}, "tags"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_set_is_named(
    session: Session, carla: Customer, agent: Staff, wanted: dict[str, object], named: str
) -> None:
    ticket = reported(session, carla)
    with pytest.raises(InvalidReport) as refused:
        properties.change(session, ticket, wanted, act(agent, ticket), HOURS)
    assert named in refused.value.fields


def test_a_tag_is_lower_case_without_spaces_and_keeps_its_accents() -> None:
    assert properties.normal_tag("  Migración  DNS ") == "migración-dns"


def test_nobody_who_left_gets_a_ticket_and_it_can_be_nobodys_again(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    ticket = reported(session, carla)
    properties.change(session, ticket, {"assignee": berta.id}, act(agent, ticket), HOURS)
    properties.change(session, ticket, {"assignee": None}, act(agent, ticket), HOURS)
    assert events(session, ticket, "assignee") == [("assignee", None, berta.id), ("assignee", berta.id, None)]
    berta.active = False
    with pytest.raises(InvalidReport):
        properties.change(session, ticket, {"assignee": berta.id}, act(agent, ticket), HOURS)


def test_who_gets_a_ticket_from_somebody_else_hears_of_it(session: Session, carla: Customer, agent: Staff, berta: Staff) -> None:
    ticket = reported(session, carla)
    before = len(mails(session))
    properties.change(session, ticket, {"assignee": agent.id}, act(agent, ticket), HOURS)
    assert len(mails(session)) == before
    properties.change(session, ticket, {"assignee": berta.id}, act(agent, ticket), HOURS)
    assert [row.recipient for row in mails(session)[before:]] == [berta.email]


def test_a_higher_priority_brings_the_promise_nearer_and_a_lower_one_leaves_it(
    session: Session, carla: Customer, agent: Staff
) -> None:
    ticket = reported(session, carla)
    given = ticket.promised_at
    properties.change(session, ticket, {"priority": "low"}, act(agent, ticket), HOURS)
    assert ticket.promised_at == given
    properties.change(session, ticket, {"priority": "urgent"}, act(agent, ticket), HOURS)
    session.commit()
    assert ticket.promised_at < given
    assert [kind for kind, *_ in events(session, ticket)][-2:] == ["priority", "promise_earlier"]
    properties.change(session, ticket, {"area": Area.OTHER, "priority": Priority.LOW}, act(agent, ticket), HOURS)
    assert events(session, ticket, "promise_earlier")[-1][2] == ticket.promised_at.isoformat()


def test_staff_who_have_or_watch_a_ticket_hear_of_it_and_everybody_where_nobody_does(
    session: Session, carla: Customer, agent: Staff, berta: Staff
) -> None:
    celia = register_staff(session, "celia@csiserver.com", "Celia", Role.ADMIN, PASSWORD)
    ticket = reported(session, carla)
    assert followers.audience(session, ticket) == [agent, berta, celia]
    properties.change(session, ticket, {"assignee": agent.id}, act(agent, ticket), HOURS)
    assert followers.audience(session, ticket) == [agent]
    for _ in range(2):
        followers.watch(session, ticket, celia, NOW)
    assert followers.audience(session, ticket) == [agent, celia]
    agent.active = False
    followers.unwatch(session, ticket, celia, NOW)
    followers.unwatch(session, ticket, celia, NOW)
    assert followers.audience(session, ticket) == [berta, celia]
    assert events(session, ticket, "watcher") == [("watcher", None, celia.id), ("watcher", celia.id, None)]


def test_watching_is_no_change_that_another_agent_must_have_seen(session: Session, carla: Customer, agent: Staff) -> None:
    ticket = reported(session, carla)
    seen = act(agent, ticket)
    followers.watch(session, ticket, agent, NOW)
    session.commit()
    properties.change(session, ticket, {"priority": "high"}, seen, HOURS)
    assert followers.watchers(session, ticket) == [agent]


def test_links_go_both_ways_and_are_told_in_both_histories(
    session: Session, carla: Customer, bruno: Customer, agent: Staff
) -> None:
    hers, his = reported(session, carla), reported(session, bruno)
    by = By(Author.STAFF, agent.id, NOW)
    for first, second in ((hers, his), (his, hers)):
        links.link(session, first, second, by)
    assert (links.related(session, hers), links.related(session, his)) == ([his], [hers])
    links.unlink(session, his, hers, by)
    links.unlink(session, his, hers, by)
    assert links.related(session, hers) == []
    assert events(session, hers, "link") == [("link", None, his.number), ("link", his.number, None)]
    assert events(session, his, "link") == [("link", None, hers.number), ("link", hers.number, None)]
    with pytest.raises(NotAllowed):
        links.link(session, hers, hers, by)
