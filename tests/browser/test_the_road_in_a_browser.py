"""A customer and an agent, each in a real browser, on the running system."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from escalation.desk.taking_back import TAKE_BACK
from tests.conftest import RunningSystem

MILLISECOND = timedelta(milliseconds=1)

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), headless=True, args=CHROMIUM_FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def page(browser: Browser, system: RunningSystem, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 800}, locale="es-AR")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    page.screenshot(path=str(system.stack.instance / f"{request.node.name}.png"))
    context.close()


def open_widget(page: Page, system: RunningSystem) -> None:
    page.goto(system.stack.front_url)
    page.get_by_role("button", name="Abrir la Mesa de Ayuda").click()
    expect(page.get_by_role("log")).to_contain_text("Soy el asistente automático")


def write(page: Page, text: str) -> None:
    box = page.get_by_role("textbox", name="Escriba su consulta")
    expect(page.get_by_text("Escribiendo…")).to_have_count(0)
    box.fill(text)
    box.press("Enter")


def choose(page: Page, title: str) -> None:
    page.get_by_role("button", name=title, exact=True).last.click()


def log_in(page: Page, login: dict[str, str]) -> None:
    page.get_by_label("E-mail").fill(login["email"])
    page.get_by_label("Contraseña").fill(login["password"])
    page.get_by_role("button", name="Ingresar").click()


def test_a_customer_gets_an_answer_opens_a_ticket_and_reads_the_agents_reply(
    page: Page, browser: Browser, system: RunningSystem
) -> None:
    open_widget(page, system)
    log = page.get_by_role("log")
    write(page, "no me salen los mails con adjuntos")
    expect(log).to_contain_text("¿Con esto se resolvió su problema?")
    assert log.locator("ol li").count() >= 3
    expect(log.get_by_role("link", name="Ver la respuesta completa")).to_have_attribute(
        "href", f"{system.stack.front_url}/ayuda/correo-adjuntos"
    )

    choose(page, "No, sigue igual")
    choose(page, "Sí, abrir un ticket")
    page.get_by_label("E-mail registrado").fill(system.logins()["customer"]["email"])
    page.get_by_label("Contraseña").fill(system.logins()["customer"]["password"])
    page.get_by_role("button", name="Ingresar").click()
    expect(log).to_contain_text("Ya está identificado")
    write(page, "552 5.3.4 Message size exceeds <b>fixed</b> limit")
    expect(log).to_contain_text("¿Qué sitio web o qué cuenta")
    write(page, "ventas@panaderialola.com.ar")
    choose(page, "Outlook")
    choose(page, "Siempre")
    choose(page, "Desde hoy")
    choose(page, "No tengo archivos")
    expect(log).to_contain_text("Éste es el resumen de su ticket")
    write(page, "sí")
    link = log.get_by_role("link", name="su ticket")
    expect(link).to_be_visible()
    ticket_url = link.get_attribute("href")
    number = re.search(r"MDA-\w{6}", ticket_url).group()

    page.goto(ticket_url)
    log_in(page, system.logins()["customer"])
    expect(page).to_have_url(ticket_url)
    expect(page.get_by_role("region", name="Datos del ticket")).to_contain_text("552 5.3.4 Message size exceeds <b>fixed</b> limit")
    page.get_by_label("Agregar un mensaje").fill("También me pasa desde el webmail.")
    page.get_by_role("button", name="Enviar mensaje").click()
    expect(page.get_by_text("Su mensaje fue agregado")).to_be_visible()

    answer_as_agent(browser, system, number)
    # Until then the agent may take it back, and the customer does not see it.
    page.wait_for_timeout(TAKE_BACK / MILLISECOND)
    page.reload()
    expect(page.get_by_text("Aumentamos el límite de su casilla.")).to_be_visible()
    expect(page.get_by_text("Resuelto", exact=True)).to_be_visible()
    expect(page.get_by_text("nota que el cliente no ve")).to_have_count(0)
    assert wait_for_mail(system, "Aumentamos el límite de su casilla.")


def answer_as_agent(browser: Browser, system: RunningSystem, number: str) -> None:
    context = browser.new_context(viewport={"width": 1100, "height": 900}, locale="es-AR")
    page = context.new_page()
    page.goto(f"{system.stack.escalation_url}/consola/")
    log_in(page, system.logins()["agent"])
    page.get_by_role("row").filter(has_text=number).get_by_role("link").click()
    expect(page.get_by_role("region", name="Datos del ticket")).to_contain_text("ventas@panaderialola.com.ar")
    page.get_by_text("Conversación con el asistente").click()
    expect(page.get_by_text("Asistente: ¿Con esto se resolvió su problema?")).to_be_visible()
    expect(page.locator("details").first).to_contain_text("no me salen los mails con adjuntos")
    expect(page.get_by_text("También me pasa desde el webmail.")).to_be_visible()
    page.get_by_role("textbox", name="Respuesta").fill("Una nota que el cliente no ve.")
    page.get_by_label("Nota interna").check()
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.get_by_text("Enviado.")).to_be_visible()
    page.get_by_role("textbox", name="Respuesta").fill("Aumentamos el límite de su casilla.")
    page.get_by_label("Estado").select_option(label="Resuelto")
    page.get_by_role("button", name="Enviar", exact=True).click()
    expect(page.get_by_text("Enviado.")).to_be_visible()
    page.screenshot(path=str(system.stack.instance / "console.png"), full_page=True)
    context.close()


def wait_for_mail(system: RunningSystem, text: str) -> Path:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        for mail in system.mails():
            if text in mail.read_text(encoding="utf-8"):
                return mail
        time.sleep(0.2)
    raise AssertionError(f"no mail says {text!r}")


def test_something_vague_offers_choices_as_buttons(page: Page, system: RunningSystem) -> None:
    open_widget(page, system)
    write(page, "tengo un problema con el mail")
    expect(page.get_by_role("button", name="Ninguna de éstas")).to_be_visible()
    assert 2 <= page.locator(".choices").last.get_by_role("button").count() <= 4


def test_the_conversation_survives_a_reload(page: Page, system: RunningSystem) -> None:
    open_widget(page, system)
    write(page, "como cambio la version de php")
    expect(page.get_by_role("log")).to_contain_text("¿Con esto se resolvió su problema?")
    page.reload()
    page.get_by_role("button", name="Abrir la Mesa de Ayuda").click()
    expect(page.get_by_role("log")).to_contain_text("como cambio la version de php")
    expect(page.get_by_role("button", name="Sí, se resolvió")).to_be_visible()


def test_the_widget_can_be_used_by_keyboard_alone(page: Page, system: RunningSystem) -> None:
    page.goto(system.stack.front_url)
    launcher = page.get_by_role("button", name="Abrir la Mesa de Ayuda")
    launcher.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Escriba su consulta")).to_be_focused()
    expect(page.get_by_role("log")).to_contain_text("Soy el asistente automático")
    page.keyboard.type("no me salen los mails con adjuntos")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Sí, se resolvió")).to_be_visible()
    for _ in range(12):
        page.keyboard.press("Shift+Tab")
        if page.evaluate("document.activeElement.shadowRoot.activeElement.textContent") == "Sí, se resolvió":
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("log")).to_contain_text("¡Me alegro!")
    page.keyboard.press("Escape")
    expect(launcher).to_be_focused()


def test_nothing_is_stored_before_the_customer_opens_the_widget(page: Page, system: RunningSystem) -> None:
    page.goto(system.stack.front_url)
    assert page.evaluate("[localStorage.length, document.cookie]") == [0, ""]


def test_pages_load_without_errors_on_a_phone(browser: Browser, system: RunningSystem) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, locale="es-AR")
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for path in ("/", "/ayuda/", "/ayuda/correo-adjuntos"):
        page.goto(system.stack.front_url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    open_widget(page, system)
    page.screenshot(path=str(system.stack.instance / "phone.png"))
    assert errors == []
    context.close()
