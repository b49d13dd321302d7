"""Tests the exchange service against its openapi.json: schemathesis sends requests that the document allows and requests
that it forbids (SEC-101).

EXCHANGE_SERVICE and AZURE_EMULATOR name the programs, SCHEMATHESIS the command; `cargo xtask test --only contract` does.
"""

import html
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

HERE = pathlib.Path(__file__).parent
CRATE = HERE.parent.parent / "crates" / "exchange-service"
ORIGIN = "http://localhost:8080"
# The key of the emulator, which is valid for emulators only.
ACCESS_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMzQ1Njc4OTo7PD0+Pw=="
CLIENT = "acc00000-0000-4000-8000-000000000011"
BY_GET = "insecure_teams_users_via_get"
SCOPE = "api://e8c00000-0000-4000-8000-000000000020/access_as_user"
# So that each run sends the same requests, and ends.
SEED, EXAMPLES = "20261121", "100"


def main():
    with tempfile.TemporaryDirectory() as directory:
        emulator = subprocess.Popen(
            [os.environ["AZURE_EMULATOR"], "--entra-port", "0", "--acs-port", "0"], stdout=subprocess.PIPE, text=True
        )
        service = None
        try:
            addresses = announced(emulator)
            service, url = start_service(pathlib.Path(directory), addresses)
            token = caller_token(addresses["Entra"])
            # With a caller token for all operations behind it, and without one for the refusals.
            known = run(url, ["-H", f"Authorization: Bearer {token}", "--include-path-regex", "^/(exchange|api)", "--phases", "examples,coverage,fuzzing"])
            stranger = run(url, [])
            return known or stranger
        finally:
            for process in (service, emulator):
                if process:
                    process.terminate()
                    process.wait()


def announced(emulator):
    addresses = {}
    while len(addresses) < 2:
        line = emulator.stdout.readline()
        if not line:
            sys.exit("the emulator ended before it was ready")
        if found := re.match(r"(Entra|ACS)\s+(http\S+)", line):
            addresses[found[1]] = found[2]
    return addresses


def start_service(directory, addresses):
    configuration = (CRATE / "exchange-service.dev.toml").read_text()
    for ours, theirs in {
        "http://localhost:8401": addresses["Entra"],
        "http://localhost:8402": addresses["ACS"],
        "127.0.0.1:8403": "127.0.0.1:0",
    }.items():
        configuration = configuration.replace(ours, theirs)
    # The tests send more requests a minute than the usual limits allow.
    configuration += "\n[limits]\nper_user_and_minute = 100000\nper_tenant_and_minute = 1000000\nacs_requests_per_30_seconds = 1000000\nper_address_and_minute = 1000000\n"
    configuration = configuration.replace("[exchanges]", f"[exchanges]\n{BY_GET} = true")
    path = directory / "exchange-service.toml"
    path.write_text(configuration)
    log = directory / "service.log"
    service = subprocess.Popen(
        [os.environ["EXCHANGE_SERVICE"], "--config", str(path)],
        env={**os.environ, "ACS_ACCESS_KEY": ACCESS_KEY},
        stderr=log.open("w"),
    )
    while service.poll() is None:
        if found := re.search(r'"address":"([^"]+)"', log.read_text()):
            return service, f"http://{found[1]}"
    sys.exit(log.read_text())


def caller_token(entra, client=CLIENT, scope=SCOPE):
    """Signs Alice in, as the page in a browser does, and returns an access token for the scope."""
    verifier = "a" * 43
    query = {
        "client_id": client,
        "response_type": "code",
        "redirect_uri": f"{ORIGIN}/",
        "response_mode": "form_post",
        "scope": f"openid {scope}",
        "code_challenge": "ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA",
        "code_challenge_method": "S256",
        "state": "s",
        "nonce": "n",
    }
    start = f"{entra}/fab00000-0000-4000-8000-000000000001/oauth2/v2.0/authorize?{urllib.parse.urlencode(query)}"
    page = urllib.request.urlopen(start).read().decode()
    row = next(row for row in page.split("<li>") if "alice@fabrikam.example" in row)
    account = re.search(r'value="([^"]+)"', row)[1]
    action = urllib.parse.urljoin(start, html.unescape(re.search(r'action="([^"]+)"', page)[1]))
    page = post(action, {"account": account}).decode()
    code = html.unescape(re.search(r'name="code" value="([^"]*)"', page)[1])
    token = post(
        f"{entra}/fab00000-0000-4000-8000-000000000001/oauth2/v2.0/token",
        {
            "client_id": client,
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": f"{ORIGIN}/",
            "code_verifier": verifier,
            "scope": scope,
        },
        {"Origin": ORIGIN},
    )
    return json.loads(token)["access_token"]


def post(url, form, headers={}):
    body = urllib.parse.urlencode(form).encode()
    return urllib.request.urlopen(urllib.request.Request(url, body, headers)).read()


def run(url, more):
    command = [os.environ["SCHEMATHESIS"], "--config-file", str(HERE / "schemathesis.toml"), "run"]
    command += [str(CRATE / "openapi.json"), "--url", url, "-H", f"Origin: {ORIGIN}"]
    command += ["--seed", SEED, "--max-examples", EXAMPLES, "--request-timeout", "15", *more]
    return subprocess.run(command, cwd=HERE).returncode


if __name__ == "__main__":
    sys.exit(main())
