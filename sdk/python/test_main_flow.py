"""The main flow through the generated client, against a running server: from sign-up to the opened door, and why it opened."""

import importlib
import json
import os
import pkgutil
import secrets
import subprocess
import time

import httpx
import pytest
import vestibule_client.api
from vestibule_client import AuthenticatedClient, Client, models

API = os.environ.get("API", "http://127.0.0.1:8080")
SIMULATOR = os.environ.get("SIMULATOR", "http://127.0.0.1:8090")
ACCOUNT = {"email": f"ada-{secrets.token_hex(4)}@fir.example", "password": "correct horse battery"}
PANEL, LINE, ADA = "+441632960041", "+441632960140", "+447700900141"


def operation(name):
    """The module of an operation, wherever its tag has put it."""
    for module in pkgutil.walk_packages(vestibule_client.api.__path__, "vestibule_client.api."):
        if module.name.rsplit(".", 1)[-1] == name:
            return importlib.import_module(module.name)
    raise AssertionError(f"the client has no {name}")


def call(name, status, *path, client, body=None, **query):
    """Calls an operation and answers its model, if it says what is hoped for."""
    chosen = operation(name)
    if body is not None:
        kind = chosen.sync_detailed.__annotations__["body"]
        model = kind if isinstance(kind, type) else getattr(models, str(kind).split(" |")[0].split(".")[-1])
        query["body"] = model.from_dict(body)
    answer = chosen.sync_detailed(*path, client=client, **query)
    assert answer.status_code == status, answer.content
    return answer.parsed


@pytest.fixture(scope="module")
def client():
    anonymous = Client(base_url=API)
    firm = {**ACCOUNT, "name": "Fir Property Management", "owner_name": "Grace"}
    call("create_tenant", 201, client=anonymous, body=firm)
    session = call("create_session", 201, client=anonymous, body=ACCOUNT)
    return AuthenticatedClient(base_url=API, token=session.access_token)


def simulator(path, body):
    answer = httpx.post(f"{SIMULATOR}{path}", json=body)
    assert answer.is_success, answer.text


def openssl(*arguments, given=""):
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, text=True, check=True).stdout


def test_a_building_is_made_its_door_rings_a_resident_opens_and_the_call_tells_why(client):
    house = {"name": "Fir House", "time_zone": "Europe/London", "language": "en-GB", "region": "GB"}
    building = call("create_building", 201, client=client, body=house)
    door = {"name": "Front door", "panel_numbers": [PANEL], "panel": {"open_digits": "9"}}
    entrance = call("create_entrance", 201, building.id, client=client, body=door)
    unit = call("create_unit", 201, building.id, client=client, body={"name": "7", "code": "7"})
    call("create_resident", 201, unit.id, client=client, body={"name": "Ada", "numbers": [ADA]})

    private_key = openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048")
    application, api_key, secret = f"fir-{secrets.token_hex(4)}", secrets.token_hex(4), secrets.token_hex(16)
    credentials = {"application_id": application, "api_key": api_key, "private_key": private_key, "signature_secrets": [secret]}
    account = {"provider": "vonage", "label": "Main account", "credentials": credentials}
    connection = call("create_connection", 201, client=client, body=account)
    line = {"connection_id": str(connection.id), "building_id": str(building.id), "entrance_id": str(entrance.id), "number": LINE}
    call("create_line", 201, client=client, body=line)

    hooks = f"{API}/hooks/vonage/{connection.token}"
    simulator(
        "/sim/applications",
        {
            "id": application,
            "api_key": api_key,
            "signature_secret": secret,
            "public_key": openssl("pkey", "-pubout", given=private_key),
            "numbers": [LINE],
            "answer_url": f"{hooks}/answer",
            "answer_method": "POST",
            "event_url": f"{hooks}/event",
            "fallback_answer_url": f"{hooks}/fallback",
            "fallback_method": "POST",
        },
    )
    opens = {"press": "9", "after": "300ms", "since": "prompt"}
    ada = {"number": ADA, "name": "Ada", "does": "answer", "after": "500ms", "hang_up_after": "8s", "keys": [opens]}
    visit = {"from": PANEL, "to": LINE, "hang_up_after": "12s"}
    simulator("/sim/calls", {"title": "A visitor at Fir House", "call": visit, "phone": [ada]})

    over = the_call_that_is_over(client)
    history = call("read_call", 200, over, client=client)
    events = rows(operation("list_call_events").sync_detailed(over, client=client))
    steps = rows(operation("explain_call").sync_detailed(over, client=client))

    assert history.outcome == "opened"
    assert any(event["type"] == "DoorOpened" for event in events)
    assert any(step["event"] == "DoorOpened" and step["sentence"] for step in steps)


def test_a_refusal_is_a_problem_with_a_name_and_says_which_field(client):
    nowhere = {"name": "", "time_zone": "Europe/Atlantis", "language": "en", "region": "GB"}

    problem = call("create_building", 422, client=client, body=nowhere)

    assert problem.type_ == "/problems/invalid"
    assert [field.field for field in problem.fields] == ["name", "time_zone"]


def rows(answer):
    told = json.loads(answer.content)
    assert answer.parsed is not None, "the client does not understand the answer"
    return told if isinstance(told, list) else told["items"]


def the_call_that_is_over(client):
    for _ in range(300):
        page = call("list_calls", 200, client=client, limit=1)
        if page.items and page.items[0].ended_at:
            return page.items[0].id
        time.sleep(0.2)
    raise AssertionError("the call does not end")
