"""Who reaches what from outside: nginx alone is public, and it passes on what the world may have."""

from __future__ import annotations

import re
from typing import Any

import pytest

from bot.channels.routes import STREAM_SECONDS
from bot.channels.uploads import BODY_MAX_BYTES as FRONT_BODY
from escalation.body_limits import SEVERAL_FILES
from escalation.console.live import STREAM_SECONDS as CONSOLE_STREAM_SECONDS
from tests.deploy.nginx_files import BadConfiguration, Directive, parse
from tests.deploy.pieces import COMPOSE, DEPLOY, documents, unit, workloads

FILES = ("mesa.conf", "upstreams-machine.conf", "upstreams-containers.conf.template", "proxy.conf")
NGINX = {name: parse((DEPLOY / "nginx" / name).read_text(encoding="utf-8")) for name in FILES}
SERVERS = list(NGINX["mesa.conf"].all("server"))
PUBLIC = [one for one in SERVERS if ("443", "ssl") in {each.words for each in one.all("listen")}]
INNER = {"rasa", "actions"}


def targets(server: Directive) -> set[str]:
    return {one.words[0].removeprefix("http://") for one in server.all("proxy_pass")}


def test_the_public_servers_reach_front_and_escalation_and_close_what_is_ours() -> None:
    front, desk = PUBLIC
    assert (targets(front), targets(desk)) == ({"front"}, {"escalation"})
    for server, closed in ((front, {"/metrics", "/internal/"}), (desk, {"/metrics"})):
        places = {one.words[-1]: [each.words for each in one.all("return")] for one in server.all("location")}
        assert all(places[path] == [("404",)] for path in closed)
        assert [one.words for one in server.all("include")] == [("/etc/nginx/mesa/proxy.conf",)]
    assert not INNER & {name for one in NGINX["mesa.conf"].all("server") for name in targets(one)}


def test_a_name_that_is_not_ours_gets_nothing() -> None:
    defaults = {words: one for one in SERVERS for words in (each.words for each in one.all("listen")) if "default_server" in words}
    assert [one.words for one in defaults["80", "default_server"].all("return")] == [("404",)]
    assert [one.words for one in defaults["443", "ssl", "default_server"].all("ssl_reject_handshake")] == [("on",)]


@pytest.mark.parametrize("name", ["upstreams-machine.conf", "upstreams-containers.conf.template"])
def test_whatever_is_passed_on_has_an_upstream_and_rasas_hashes_the_conversation(name: str) -> None:
    upstreams = {one.words[0]: one for one in NGINX[name].all("upstream")}
    passed = {target for file in ("mesa.conf", name) for one in NGINX[file].all("server") for target in targets(one)}
    assert passed <= set(upstreams)
    assert [one.words for one in upstreams["rasa"].all("hash")] == [("$http_x_conversation_id", "consistent")]


def test_on_one_machine_every_inner_door_is_on_loopback() -> None:
    doors = [one.words[0] for server in NGINX["upstreams-machine.conf"].all("server") for one in server.all("listen")]
    assert len(doors) == 4 and all(door.startswith("127.0.0.1:") for door in doors)
    for name in ("mesa-rasa@.service", "mesa-actions@.service"):
        assert (unit(name)["IPAddressDeny"], unit(name)["IPAddressAllow"]) == (["any"], ["localhost"])
    for name in ("mesa-front@.service", "mesa-escalation@.service"):
        assert "--bind 127.0.0.1:%i" in unit(name)["ExecStart"][0]


def test_nginx_lets_pass_the_largest_that_the_applications_take_and_waits_as_long_as_they_need() -> None:
    sizes = [int(next(server.all("client_max_body_size")).words[0].removesuffix("m")) * 2**20 for server in PUBLIC]
    assert sizes[0] > FRONT_BODY and sizes[1] > SEVERAL_FILES
    limits = {one.name: one.words for one in NGINX["proxy.conf"].block}
    patience = int(limits["proxy_read_timeout"][0].removesuffix("s"))
    # RASA_TIMEOUT for the turn before, and once more for one's own.
    assert patience > max(STREAM_SECONDS, CONSOLE_STREAM_SECONDS, 2 * 20)


def test_what_a_sender_claims_of_his_address_is_not_passed_on() -> None:
    headers = dict(one.words for one in NGINX["proxy.conf"].all("proxy_set_header"))
    assert (headers["X-Forwarded-For"], headers["X-Forwarded-Proto"], headers["Host"]) == ("$remote_addr", "$scheme", "$host")
    assert "$args" not in "".join(next(NGINX["mesa.conf"].all("log_format")).words)
    assert "$request " not in "".join(next(NGINX["mesa.conf"].all("log_format")).words)


@pytest.mark.parametrize("text", ["server { listen 80; ", "server { listen 80 }", "a; }", "listen 80", "{ a; }"])
def test_a_file_that_nginx_would_refuse_is_not_read_here_either(text: str) -> None:
    with pytest.raises(BadConfiguration):
        parse(text)


def test_compose_publishes_nginx_alone_and_keeps_rasa_on_a_net_that_leads_nowhere() -> None:
    services: dict[str, Any] = COMPOSE["services"]
    assert {name: one["ports"] for name, one in services.items() if "ports" in one} == {"nginx": ["80:80", "443:443"]}
    assert not [name for name, one in services.items() if one.get("network_mode") or one.get("privileged")]
    assert COMPOSE["networks"]["bot"] == {"internal": True}
    assert services["rasa"]["networks"] == services["actions"]["networks"] == ["bot"]


def test_kubernetes_shows_nginx_alone_and_lets_only_it_call_rasa() -> None:
    services = documents("Service")
    assert [name for name, one in services.items() if one["spec"].get("type", "ClusterIP") != "ClusterIP"] == ["nginx"]
    assert {port["port"] for port in services["nginx"]["spec"]["ports"]} == {80, 443}
    assert not re.search(r"hostPort|hostNetwork|NodePort", (DEPLOY / "kubernetes/rasa.yaml").read_text(encoding="utf-8"))
    policies = documents("NetworkPolicy")
    assert policies["nothing-else"]["spec"] == {"podSelector": {}, "policyTypes": ["Ingress"]}
    assert _callers(policies["rasa"]) == {"nginx"} and _callers(policies["actions"]) == {"rasa", "front"}
    inner = [rule for rule in policies["nginx"]["spec"]["ingress"] if {"port": 7005} in rule["ports"]]
    assert len(inner) == 1 and {one["podSelector"]["matchLabels"]["app"] for one in inner[0]["from"]} == {"front", "channels"}
    assert set(policies) - {"nothing-else"} == {one["spec"]["selector"]["app"] for one in services.values()}


def _callers(policy: dict[str, Any]) -> set[str]:
    return {one["podSelector"]["matchLabels"]["app"] for rule in policy["spec"]["ingress"] for one in rule["from"]}


def test_the_names_that_policies_speak_of_are_pods_that_there_are() -> None:
    labels = {pod["metadata"]["labels"]["app"] for pod in workloads().values()}
    for policy in documents("NetworkPolicy").values():
        named = re.findall(r"'app': '([\w-]+)'", str(policy["spec"]))
        assert set(named) <= labels
