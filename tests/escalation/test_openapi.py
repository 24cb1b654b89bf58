"""The OpenAPI document against the running service: whatever it is asked, it answers as the document says, and never with 5xx."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as bounded
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks
from sqlalchemy.orm import Session

from escalation import api_tokens, bonds, create_app, rate_limits
from escalation.api_tokens import Scope
from escalation.models import Customer, Staff
from escalation.settings import Settings
from escalation.webhooks import registry
from escalation.webhooks.events import OPENED
from tests.escalation.conftest import NOW, conversation, service
from tests.escalation.test_tickets import opened

# The same ones at every run; a longer search is `EXAMPLES` raised by hand.
EXAMPLES, SEED = 8, 20261130
RULES = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
DOCUMENT = "/api/v1/openapi.json"


@pytest.fixture
def server_url(postgres_url: str) -> str:
    """PostgreSQL alone: it is the stricter one about what it takes."""
    return postgres_url


@pytest.fixture(autouse=True)
def no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks so much would be told 429, and nothing else would be tried."""
    monkeypatch.setattr(rate_limits, "PER_ADDRESS", "1000000 per minute")
    monkeypatch.setattr(rate_limits, "PER_ACCOUNT", rate_limits.parse("1000000 per minute"))


@pytest.fixture
def credentials(session: Session, agent: Staff) -> dict[str, dict[str, str]]:
    """By the name of the scheme in the document."""
    _, secret = api_tokens.issue(session, "schemathesis", agent, Scope, NOW)
    session.commit()
    return {"integration": {"Authorization": f"Bearer {secret}"}, "service": service(), "conversation": conversation("c-1")}


@pytest.fixture
def things(session: Session, carla: Customer) -> dict[str, str]:
    """What there is, by the name in paths."""
    bonds.bind(session, "c-1", carla, timedelta(hours=1), datetime.now(UTC))
    webhook = registry.register(session, "https://crm.example.com/", [OPENED], False, NOW)
    number = opened(session, carla).number
    session.commit()
    return {"number": number, "conversation_id": "c-1", "customer_id": carla.id, "webhook_id": webhook.id}


def operations(app: Flask) -> list[APIOperation]:
    document = schemathesis.openapi.from_wsgi(DOCUMENT, app)
    return [found.ok() for found in document.get_all_operations()]


def headers_for(operation: APIOperation, credentials: dict[str, dict[str, str]]) -> dict[str, str]:
    schemes = [name for entry in operation.definition.raw.get("security", []) for name in entry]
    return credentials[schemes[0]] if schemes else {}


def ask(operation: APIOperation, mode: GenerationMode, headers: dict[str, str], paths: dict[str, Any] | None) -> int:
    """Ask a bounded number of times; how often it was answered as a success."""
    succeeded = 0
    # With its own things in the path, an example tests more than that there is no such ticket.
    known = {name: value for name, value in (paths or {}).items() if f"{{{name}}}" in operation.path}

    @seed(SEED)
    @bounded(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode, path_parameters=known or None))
    def once(case: Case) -> None:
        nonlocal succeeded
        answer = case.call(headers=headers)
        case.validate_response(answer, checks=RULES)
        succeeded += answer.status_code < 300

    once()
    return succeeded


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_with_valid_credentials_every_answer_is_documented(
    settings: Settings, credentials: dict[str, dict[str, str]], things: dict[str, str], mode: GenerationMode
) -> None:
    app = create_app(settings)
    succeeded = {
        operation.label: ask(operation, mode, headers_for(operation, credentials), things) for operation in operations(app)
    }
    assert len(succeeded) >= 29
    if mode is GenerationMode.POSITIVE:
        # Asked in earnest: most operations were really done, not only refused.
        assert sum(count > 0 for count in succeeded.values()) >= 20, succeeded


def test_without_credentials_every_operation_is_refused_as_documented(app: Flask, things: dict[str, str]) -> None:
    for operation in operations(app):
        wrong = {"Authorization": "Bearer no"}
        assert ask(operation, GenerationMode.POSITIVE, wrong, things) == 0, operation.label


def test_the_document_names_callers_scopes_and_errors(app: Flask) -> None:
    document = app.test_client().get(DOCUMENT).json
    listing = document["paths"]["/api/v1/tickets"]["get"]
    assert listing["security"] == [{"integration": []}] and "tickets:read" in listing["description"]
    assert {"200", "400", "401", "403", "429"} == set(listing["responses"])
    writing = document["paths"]["/api/v1/tickets/{number}/messages"]["post"]
    assert {parameter["name"] for parameter in writing["parameters"]} == {"Idempotency-Key"}
    assert {"413", "415"} <= set(writing["responses"])
    every = [one for path in document["paths"].values() for one in path.values() if isinstance(one, dict)]
    assert len(every) >= 29 and not any("default" in one["responses"] for one in every)
    schema = {"$ref": "#/components/schemas/Problem"}
    assert writing["responses"]["409"]["content"] == {"application/problem+json": {"schema": schema}}
    assert set(document["components"]["securitySchemes"]) == {"service", "conversation", "integration"}
