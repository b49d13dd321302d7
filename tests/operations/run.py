"""Tests deploy/monitoring, deploy/kubernetes and .github: promtool runs the tests of the alert rules, a Prometheus scrapes
a running exchange service and answers every query of the dashboard, the manifests follow the schemas of Kubernetes, and
the workflows pass zizmor.

EXCHANGE_SERVICE and AZURE_EMULATOR name the programs, ACTIONLINT, YAMLLINT and ZIZMOR the linters of requirements.txt;
`cargo xtask test --only operations` does. `prometheus` and `promtool` are on PATH.
"""

import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "contract"))

from run import ACCESS_KEY, CRATE, ORIGIN, announced, caller_token  # noqa: E402

MONITORING = ROOT / "deploy" / "monitoring"
KUBERNETES = ROOT / "deploy" / "kubernetes"
# The application that `page.client_id` names, whose tokens ACS accepts.
PAGE = "acc00000-0000-4000-8000-000000000010"
ACS = "https://auth.msft.communication.azure.com"
# What a panel shows only where several instances share a Redis.
NEEDS_REDIS = "exchange_acs_allowance_shared"
# The versions of Kubernetes that get updates.
KUBERNETES_VERSIONS = ["1.34", "1.37"]
SECONDS = 90
# GitHub's key `on` is a truth value for YAML 1.1.
YAML_FORM = """
extends: default
rules:
  braces: {max-spaces-inside: 1}
  comments: {min-spaces-from-content: 1}
  document-start: disable
  line-length: {max: 120}
  octal-values: enable
  truthy: {check-keys: false}
"""


def main():
    check_rules()
    check_panels()
    check_manifests()
    check_workflows()
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        programs = []
        try:
            check_queries(directory, programs)
        finally:
            for process in reversed(programs):
                process.terminate()
                process.wait()
    print("operations: 5 passed, 0 failed")


def check_rules():
    for arguments in (
        ["check", "config", MONITORING / "prometheus.yaml"],
        ["test", "rules", MONITORING / "alerts.test.yaml"],
    ):
        subprocess.run(["promtool", *arguments], check=True)


def check_panels():
    """Each panel of the dashboard has an id and a place of its own, and the data source that a person selects."""
    panels = json.loads((MONITORING / "dashboard.json").read_text())["panels"]
    ids = [panel["id"] for panel in panels]
    assert len(set(ids)) == len(ids), "two panels have one id"
    taken = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (column, row)
            for column in range(place["x"], place["x"] + place["w"])
            for row in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24, f"{panel['title']} is wider than the dashboard"
        assert not cells & taken, f"{panel['title']} is on top of another panel"
        taken |= cells
        for target in panel.get("targets", []):
            assert target["datasource"] == {"type": "prometheus", "uid": "${datasource}"}, panel["title"]


def check_workflows():
    """Lints the workflows, without asking GitHub, and the form of all YAML files."""
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    subprocess.run([os.environ["ACTIONLINT"], *workflows], check=True)
    subprocess.run([os.environ["ZIZMOR"], "--offline", "--persona=pedantic", *workflows], check=True)
    files = [path for folder in ("deploy", ".github") for path in sorted((ROOT / folder).rglob("*.y*ml"))]
    subprocess.run([os.environ["YAMLLINT"], "--strict", "--config-data", YAML_FORM, *files], check=True)


def check_manifests():
    """Validates each manifest, the configuration in them, and what kubectl makes of them where it is installed."""
    names = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text())["resources"]
    files = sorted(path.name for path in KUBERNETES.glob("*.yaml") if path.name != "kustomization.yaml")
    assert sorted(names) == files, f"kustomization.yaml names {names}, the folder has {files}"
    texts = [(KUBERNETES / name).read_text() for name in names]
    if kubectl := shutil.which("kubectl"):
        render = [kubectl, "kustomize", KUBERNETES]
        texts.append(subprocess.run(render, check=True, capture_output=True, text=True).stdout)
    for document in [document for text in texts for document in yaml.safe_load_all(text)]:
        for version in KUBERNETES_VERSIONS:
            kubernetes_validate.validate(document, version, strict=True)
    names = ("deployment", "horizontal-pod-autoscaler")
    deployment, autoscaler = (yaml.safe_load((KUBERNETES / f"{name}.yaml").read_text())["spec"] for name in names)
    instances = autoscaler["maxReplicas"] + deployment["strategy"]["rollingUpdate"]["maxSurge"]
    configuration = (KUBERNETES / "exchange-service.toml").read_text()
    assert f"\ninstances = {instances}\n" in configuration, f"limits.instances must be {instances}"
    check_configuration(configuration)


def check_configuration(text):
    """The service accepts the configuration once its placeholders are replaced."""
    with tempfile.TemporaryDirectory() as directory:
        directory = pathlib.Path(directory)
        (directory / "key").write_text(ACCESS_KEY)
        text = text.replace("/run/secrets/exchange-service/acs-access-key", str(directory / "key"))
        text = text.replace("REPLACE-WITH-THE-PAGES-HOST", "signin.example.com")
        text = text.replace("REPLACE-WITH-YOUR-RESOURCE", "example")
        text = text.replace("REPLACE-WITH-THE-PAGES-CLIENT-ID", PAGE)
        text = re.sub("REPLACE-WITH-[A-Z-]+", "e8c00000-0000-4000-8000-000000000020", text)
        path = directory / "exchange-service.toml"
        path.write_text(text)
        subprocess.run([os.environ["EXCHANGE_SERVICE"], "--config", path, "--check"], check=True)


def check_queries(directory, programs):
    """Runs each query of the dashboard and each alert rule in a Prometheus that scrapes a service with requests."""
    emulator = subprocess.Popen(
        [os.environ["AZURE_EMULATOR"], "--entra-port", "0", "--acs-port", "0"], stdout=subprocess.PIPE, text=True
    )
    programs.append(emulator)
    addresses = announced(emulator)
    service, metrics = start_service(directory, addresses, programs)
    prometheus = start_prometheus(directory, metrics, programs)

    caller = caller_token(addresses["Entra"])
    person = caller_token(addresses["Entra"], PAGE, f"{ACS}/Teams.ManageCalls {ACS}/Teams.ManageChats")
    queries = {query: substituted(query) for query in dashboard_queries()}
    assert len(queries) > 20, f"the dashboard has {len(queries)} queries"
    until = time.monotonic() + SECONDS
    while True:
        # Counters have to grow between two scrapes.
        assert exchange(service, caller, person) == 200
        assert exchange(service, "a token of another service", person) == 401
        empty = [query for query, text in queries.items() if not ask(prometheus, "query", query=text)["result"]]
        empty = [query for query in empty if NEEDS_REDIS not in query]
        rules = [rule for group in ask(prometheus, "rules")["groups"] for rule in group["rules"]]
        unknown = [rule["name"] for rule in rules if rule["health"] == "unknown"]
        if rules and not empty and not unknown:
            break
        if time.monotonic() > until:
            sys.exit(f"no result after {SECONDS} seconds: {empty} {unknown}")
    failed = [f"{rule['name']}: {rule.get('lastError')}" for rule in rules if rule["health"] != "ok"]
    assert not failed, failed
    firing = [rule["name"] for rule in rules if rule["state"] == "firing"]
    assert not firing, f"a healthy service fires {firing}"
    print(f"{len(queries)} queries have a result, {len(rules)} rules are evaluated")


def start_service(directory, addresses, programs):
    text = (CRATE / "exchange-service.dev.toml").read_text()
    for ours, theirs in {
        "http://localhost:8401": addresses["Entra"],
        "http://localhost:8402": addresses["ACS"],
        'listen = "127.0.0.1:8403"': 'listen = "127.0.0.1:0"\nmetrics_listen = "127.0.0.1:0"',
    }.items():
        assert ours in text, ours
        text = text.replace(ours, theirs)
    text += "\n[limits]\nper_user_and_minute = 100000\nper_address_and_minute = 1000000\n"
    text += "per_tenant_and_minute = 1000000\nacs_requests_per_30_seconds = 1000000\n"
    path, log = directory / "exchange-service.toml", directory / "service.log"
    path.write_text(text)
    service = subprocess.Popen(
        [os.environ["EXCHANGE_SERVICE"], "--config", str(path)],
        env={**os.environ, "ACS_ACCESS_KEY": ACCESS_KEY},
        stderr=log.open("w"),
    )
    programs.append(service)
    while service.poll() is None:
        lines = log.read_text()
        listening = re.search(r'"address":"([^"]+)"', lines)
        metrics = re.search(r'"metrics_address":"([^"]+)"', lines)
        if listening and metrics:
            return f"http://{listening[1]}", metrics[1]
    sys.exit(log.read_text())


def start_prometheus(directory, target, programs):
    """Prometheus with the repository's configuration, but other addresses and shorter intervals."""
    configuration = yaml.safe_load((MONITORING / "prometheus.yaml").read_text())
    configuration["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
    configuration["rule_files"] = [str(MONITORING / "alerts.yaml")]
    configuration["scrape_configs"][0]["static_configs"] = [{"targets": [target]}]
    path = directory / "prometheus.yaml"
    path.write_text(yaml.safe_dump(configuration))
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    programs.append(
        subprocess.Popen(
            [
                "prometheus",
                f"--config.file={path}",
                f"--storage.tsdb.path={directory / 'data'}",
                f"--web.listen-address={address}",
                "--log.level=error",
            ]
        )
    )
    until = time.monotonic() + SECONDS
    while time.monotonic() < until and programs[-1].poll() is None:
        try:
            urllib.request.urlopen(f"http://{address}/-/ready").read()
            return f"http://{address}"
        except urllib.error.URLError:
            time.sleep(0.1)
    sys.exit("Prometheus did not start")


def dashboard_queries():
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def substituted(query):
    """The query without Grafana's variables."""
    query = query.replace("$__rate_interval", "10s").replace("$instance", ".*")
    assert "$" not in query, query
    return query


def ask(prometheus, what, **parameters):
    url = f"{prometheus}/api/v1/{what}?{urllib.parse.urlencode(parameters)}"
    try:
        answer = json.load(urllib.request.urlopen(url))
    except urllib.error.HTTPError as error:
        sys.exit(f"{parameters}: {error.read().decode()}")
    return answer["data"]


def exchange(service, caller, person):
    body = json.dumps({"accessToken": person}).encode()
    headers = {"Authorization": f"Bearer {caller}", "Content-Type": "application/json", "Origin": ORIGIN}
    try:
        return urllib.request.urlopen(urllib.request.Request(f"{service}/exchange", body, headers)).status
    except urllib.error.HTTPError as error:
        return error.code


main()
