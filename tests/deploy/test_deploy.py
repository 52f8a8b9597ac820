"""The files of `deploy/` fit the code: settings, commands, limits, and what a hardened service must not lose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from broker.agency.desk.settings import Settings as DeskSettings
from broker.agency.desk.signin import forms
from broker.api import records
from broker.linkunit import app as linkunit
from broker.linkunit.settings import Settings as LinkunitSettings
from broker.settings import Settings
from broker.witness.settings import Settings as WitnessSettings

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
SERVICES: dict[str, tuple[str, type[Settings] | type[LinkunitSettings]]] = {
    "broker": ("BROKER_", Settings),
    "linkunit": ("LINKUNIT_", LinkunitSettings),
}
HARDENED = {
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "ProtectProc": "invisible",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "SystemCallArchitectures": "native",
    "IPAddressDeny": "any",
    "UMask": "0077",
    "LimitCORE": "0",
    "MemorySwapMax": "0",
}


def unit(path: Path) -> dict[str, dict[str, list[str]]]:
    """A systemd unit: section, key, values in order. Raises for a line that is neither."""
    sections: dict[str, dict[str, list[str]]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith(("#", ";")):
            continue
        if header := re.fullmatch(r"\[([A-Z][A-Za-z]+)\]", line):
            current = sections.setdefault(header.group(1), {})
        elif setting := re.fullmatch(r"([A-Z][A-Za-z]+)=(.*)", line):
            current.setdefault(setting.group(1), []).append(setting.group(2).strip())
        else:
            raise ValueError(f"{path.name} line {number} is neither a section nor a setting")
    return sections


def environment(path: Path) -> dict[str, str]:
    """The variables of an environment file. Raises for a line that is none."""
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    pairs = [re.fullmatch(r"([A-Z_]+)=(\S*)", line) for line in lines]
    if not all(pairs):
        raise ValueError(f"{path.name} holds a line that is no variable")
    return {pair.group(1): pair.group(2) for pair in pairs if pair}


def compose(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / name / "compose.yml").read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_is_hardened(path: Path) -> None:
    """A line lost in a merge opens the machine and shows nowhere else."""
    service = unit(path)["Service"]

    assert {key: service.get(key, ["missing"])[-1] for key in HARDENED} == HARDENED
    assert service["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert service["User"][0] not in {"root", "nobody"}
    assert set(service["IPAddressAllow"][0].split()) >= {"localhost"}


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_every_unit_runs_a_command_that_exists(path: Path) -> None:
    """A unit that starts nothing is found out at night."""
    executable, *words = unit(path)["Service"]["ExecStart"][0].split()
    name = Path(executable).name

    known = {("broker", "serve"), ("broker", "linkunit"), ("broker-agency", "send"), ("broker-agency", "reconcile")}
    known |= {("broker-witness", "serve"), ("broker", "audit"), ("broker-desk", "serve")}
    assert (name, words[0]) in known | {("broker", "keys"), ("broker", "refusals"), ("broker", "retention")}


def test_neither_service_can_read_the_others_secrets_or_call_out() -> None:
    """Broker and linkage unit together can name everybody, also by accident on one machine."""
    broker, other = (unit(DEPLOY / "systemd" / f"{name}.service")["Service"] for name in ("broker", "linkunit"))

    assert broker["User"] != other["User"]
    assert (broker["InaccessiblePaths"], other["InaccessiblePaths"]) == (["-/etc/linkunit"], ["-/etc/broker"])
    assert broker["IPAddressAllow"] == other["IPAddressAllow"] == ["localhost"]


def test_a_nightly_delivery_goes_on_by_itself_only_where_that_helps() -> None:
    """`send` ends with 5 when trying again helps; with a wrong key or file it must not be tried all night."""
    service = unit(DEPLOY / "systemd" / "broker-agency-send@.service")["Service"]
    timer = unit(DEPLOY / "systemd" / "broker-agency-send@.timer")["Timer"]

    assert service["SuccessExitStatus"] == ["4"]
    assert service["RestartPreventExitStatus"] == ["1 2 3 6"]
    assert timer["Persistent"] == ["yes"]
    assert "RandomizedDelaySec" in timer


@pytest.mark.parametrize("name", SERVICES)
def test_the_example_names_every_setting_and_the_settings_take_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that is missing in the example is never set; a wrong one stops the start."""
    prefix, settings = SERVICES[name]
    example = environment(DEPLOY / f"{name}.env.example")
    nothing_given: dict[str, Any] = {}
    for variable, value in example.items():
        monkeypatch.setenv(variable, value)

    assert set(example) == {prefix + field.upper() for field in settings.model_fields}
    assert settings(**nothing_given).port in (8080, 8090)
    assert not re.search(r"password|:[^/@\s]+@", " ".join(example.values()), re.I)


def test_the_witness_s_example_and_its_unit_fit_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness that does not start watches nothing, and nobody asks why."""
    example = environment(DEPLOY / "witness.env.example")
    nothing_given: dict[str, Any] = {}
    for variable, value in example.items():
        monkeypatch.setenv(variable, value)
    service = unit(DEPLOY / "systemd" / "broker-witness.service")["Service"]

    assert set(example) == {"WITNESS_" + field.upper() for field in WitnessSettings.model_fields}
    assert WitnessSettings(**nothing_given).port == 8070
    assert all(Path(example[f"WITNESS_{name}"]).is_relative_to("/etc/witness") for name in ("SECRETS", "LOGS"))
    assert (service["ReadOnlyPaths"], service["StateDirectory"]) == (["/etc/witness"], ["witness"])
    assert service["InaccessiblePaths"] == ["-/etc/broker"]


@pytest.mark.parametrize("name", SERVICES)
def test_the_unit_and_the_example_name_the_same_places(name: str) -> None:
    """Settings that point where the unit does not let the service read are found out at the start."""
    prefix, _ = SERVICES[name]
    example = environment(DEPLOY / f"{name}.env.example")
    service = unit(DEPLOY / "systemd" / f"{name}.service")["Service"]
    read = [example[prefix + "SECRETS"], example[prefix + "TRUST"], *service["EnvironmentFile"]]

    assert all(Path(path).is_relative_to(service["ReadOnlyPaths"][0]) for path in read)
    assert service["StateDirectory"] == [name]


@pytest.mark.parametrize("name", SERVICES)
def test_containers_are_hardened_and_shut(name: str) -> None:
    """A container that runs as root, writes to its image or listens to the world is no container."""
    services = compose(name)["services"]

    for service in services.values():
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["ulimits"] == {"core": 0}
        assert "privileged" not in service
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert f"127.0.0.1:{8080 if name == 'broker' else 8090}/readyz" in str(services[name]["healthcheck"]["test"])


@pytest.mark.parametrize("name", SERVICES)
def test_containers_use_settings_that_exist(name: str) -> None:
    """A misspelt variable is ignored, and the default reigns."""
    prefix, settings = SERVICES[name]
    known = {prefix + field.upper() for field in settings.model_fields}
    named = {key for service in compose(name)["services"].values() for key in service.get("environment", {})}

    assert {key for key in named if key.startswith(("BROKER_", "LINKUNIT_"))} <= known
    assert not [key for key in named if "PASSWORD" in key and not key.endswith("_FILE")]


def test_the_two_parties_share_no_project_network_or_volume() -> None:
    """One compose file for both would be one organisation for both."""
    broker, unit_ = compose("broker"), compose("linkunit")

    assert broker["name"] != unit_["name"]
    assert set(broker["services"]) & set(unit_["services"]) == set()
    assert set(broker["volumes"]) & set(unit_["volumes"]) == set()
    assert "external" not in str(broker["networks"]) + str(unit_["networks"])
    assert broker["networks"]["inside"] == {"internal": True}
    assert broker["services"]["database"]["networks"] == ["inside"]
    assert set(broker["secrets"]) & set(unit_["secrets"]) == set()


def test_the_image_runs_as_nobody_in_particular_from_locked_requirements() -> None:
    """An image built from whatever is newest is another image tomorrow."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]

    assert [line for line in lines if line.startswith("FROM")][-1] == "FROM python:3.11-slim"
    assert users == ["10001:10001"]
    assert any("--require-hashes" in line for line in lines)
    assert not [line for line in lines if re.match(r"(ARG|ENV).*(SECRET|PASSWORD|TOKEN)", line, re.I)]


def _bytes(size: str) -> int:
    return int(size.rstrip("MiBm")) * 2**20


def test_proxies_take_bodies_as_large_as_the_service_and_no_larger() -> None:
    """A smaller limit at the proxy refuses good deliveries with an answer that is not ours."""
    text = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    broker, unit_ = (_bytes(size) for size in re.findall(r"client_max_body_size (\w+);", text))

    assert broker == records.MAX_BODY
    assert linkunit.MAX_BODY <= unit_ < 2 * linkunit.MAX_BODY


def test_proxies_neither_compress_nor_log_what_was_sent() -> None:
    """Compression undoes the padding of answers; a query or a header in a log outlives every promise."""
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")
    [logged] = re.findall(r"log_format bare '([^']+)'", nginx)

    assert set(logged.split()) & {"$request", "$request_uri", "$args", "$query_string", "$request_body"} == set()
    assert "$http_" not in logged
    assert nginx.count("gzip off;") == nginx.count("access_log ") == nginx.count("ssl_protocols TLSv1.3;") == 2


def test_proxies_pass_the_address_through_as_it_came() -> None:
    """Callers sign method, address and body: a path added here refuses everybody."""
    nginx = (DEPLOY / "proxy" / "nginx.conf").read_text(encoding="utf-8")

    assert re.findall(r"proxy_pass (\S+);", nginx) == ["http://127.0.0.1:8080", "http://127.0.0.1:8090"]
    assert "rewrite" not in nginx


def test_the_desk_runs_as_its_agency_and_changes_none_of_its_settings() -> None:
    """A desk that could write who may sign in, or read a service's secrets, is one mistake away from doing so."""
    desk, delivers = (
        unit(DEPLOY / "systemd" / f"{name}.service")["Service"] for name in ("broker-desk", "broker-agency-send@")
    )
    home = f"/var/lib/{delivers['StateDirectory'][0]}"
    written = {path.removeprefix("-") for path in desk["ReadWritePaths"][0].split()}

    assert desk["User"] == delivers["User"] and "StateDirectory" not in desk
    assert desk["Environment"] == delivers["Environment"] == [f"BROKER_AGENCY={home}"]
    assert written == {f"{home}/{name}" for name in ("state", "proposals", "granters")}
    assert desk["InaccessiblePaths"] == ["-/etc/broker -/etc/linkunit"]


def test_the_proxy_of_the_desk_keeps_nothing_and_slows_down_strangers() -> None:
    """A code in a log, a form on a disk, or a stranger who keeps everybody from signing in."""
    text = (DEPLOY / "proxy" / "nginx-desk.conf").read_text(encoding="utf-8")
    [logged] = re.findall(r"log_format desk '([^']+)'", text)
    [limit] = re.findall(r"client_max_body_size (\d+)k;", text)
    port = DeskSettings(agency_name="N", public_url="https://desk.example").port
    places = dict(re.findall(r"location (?:= )?(\S+) \{(.*?)\n    \}", text, re.S))

    assert not set(logged.split()) & {"$request", "$request_uri", "$args", "$query_string", "$request_body"}
    assert "$http_" not in logged and "$cookie" not in logged
    assert int(limit) * 1024 == forms.MOST_BYTES
    assert {*re.findall(r"proxy_pass (\S+);", text)} == {f"http://127.0.0.1:{port}"}
    assert set(places) == {"/", "/sign-in", "/link"}
    assert all("zone=desk_sign_in" in places[name] for name in ("/sign-in", "/link"))
    for line in ("gzip off;", "proxy_cache off;", "proxy_max_temp_file_size 0;", "ssl_protocols TLSv1.3;"):
        assert line in text
    assert "rewrite" not in text
