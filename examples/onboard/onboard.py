#!/usr/bin/env python3
"""Onboards whole portfolios in one run: firms, their buildings in bulk, and each building's units and residents from a CSV file.

    make up                                   (in another terminal)
    examples/onboard/onboard.py               3 firms × 40 buildings × 100 units × 2 residents = 24,000 residents

Needs nothing but Python 3.10. Safe to repeat after it was cut off: requests carry an Idempotency-Key, and an import that finds everything
there changes nothing. Each file is looked at before anything is stored (dry_run=true), so a bad row costs nothing.
"""

import argparse
import csv
import io
import json
import os
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

PASSWORD = "correct horse battery"
COLUMNS = ["unit", "code", "resident", "numbers", "language", "moved_in", "moved_out"]
# How often a request is sent that was answered "not now" (429, 503), or not at all.
TRIES = 8


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--api", default=os.environ.get("API", "http://127.0.0.1:8080"))
    options.add_argument("--run", default=str(int(time.time())), help="part of each address: the same again goes on with that run")
    options.add_argument("--firms", type=int, default=3)
    options.add_argument("--buildings", type=int, default=40, help="of each firm")
    options.add_argument("--units", type=int, default=100, help="of each building")
    options.add_argument("--residents", type=int, default=2, help="of each unit")
    options.add_argument("--at-once", type=int, default=4, help="imports that run side by side")
    chosen = options.parse_args()

    begun = time.monotonic()
    with ThreadPoolExecutor(chosen.at_once) as side_by_side:
        firms = [signed_up(chosen, number) for number in range(1, chosen.firms + 1)]
        imports = []
        for firm in firms:
            for building in buildings_of(firm, chosen):
                imports.append(side_by_side.submit(import_residents, firm, building, chosen))
        reports = [done.result() for done in imports]
    took = time.monotonic() - begun

    units = sum(report["units_added"] for report in reports)
    residents = sum(report["residents_added"] for report in reports)
    there = sum(report["unchanged"] for report in reports)
    print(f"{len(firms)} firms, {len(reports)} buildings, {units} units and {residents} residents added ({there} rows were there already)")
    print(f"in {took:.1f} s: {(units + residents) / took:.0f} units and residents a second")
    expected = chosen.firms * chosen.buildings * chosen.units * chosen.residents
    if residents + there != expected:
        raise SystemExit(f"{expected} residents were expected")


class Firm:
    """A firm, and who is signed in there."""

    def __init__(self, api, run):
        self.api, self.run, self.token = api, run, None

    def send(self, method, path, body=None, kind="application/json", key=None):
        """The answer's JSON. A refusal ends the run, with what the API says about it."""
        headers = {"Content-Type": kind}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if key:
            headers["Idempotency-Key"] = key
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        for attempt in range(TRIES):
            request = urllib.request.Request(self.api + path, data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=120) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:
                problem = refused.read().decode()
                if refused.code not in (429, 503) or attempt == TRIES - 1:
                    raise Refused(refused.code, f"{method} {path}: {refused.code} {problem}") from None
                time.sleep(float(refused.headers.get("Retry-After", 1)))
            except urllib.error.URLError:
                if attempt == TRIES - 1:
                    raise
                time.sleep(1)


class Refused(SystemExit):
    """The API does not take a request."""

    def __init__(self, status, told):
        super().__init__(told)
        self.status = status


def signed_up(chosen, number):
    firm = Firm(chosen.api, f"{chosen.run}-{number}")
    email = f"owner-{firm.run}@onboard.example"
    try:
        firm.send("POST", "/v1/tenants", {"name": f"Firm {number}", "owner_name": "Grace", "email": email, "password": PASSWORD})
    except Refused as refused:
        # Signed up by a run that was cut off.
        if refused.status != 409:
            raise
    firm.token = firm.send("POST", "/v1/sessions", {"email": email, "password": PASSWORD})["access_token"]
    return firm


def buildings_of(firm, chosen):
    """All of a firm's buildings in one request: all are added, or none."""
    houses = [
        {
            "name": f"House {number:03}",
            "address": f"{number} Maple Road, London",
            "time_zone": "Europe/London",
            "language": "en-GB",
            "region": "GB",
        }
        for number in range(1, chosen.buildings + 1)
    ]
    return firm.send("POST", "/v1/buildings/bulk", {"items": houses}, key=f"buildings-{firm.run}")["items"]


def import_residents(firm, building, chosen):
    path = f"/v1/buildings/{building['id']}/import"
    residents = file_of(chosen).encode()
    preview = firm.send("POST", f"{path}?dry_run=true", residents, "text/csv")
    if preview["problems"]:
        raise SystemExit(f"{building['name']}: {preview['problems'][:5]}")
    return firm.send("POST", f"{path}?dry_run=false", residents, "text/csv")


def file_of(chosen):
    """A building's residents as a spreadsheet would export them. The numbers are ones that nobody has."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(COLUMNS)
    for unit in range(1, chosen.units + 1):
        for resident in range(1, chosen.residents + 1):
            number = f"+447700900{(unit * chosen.residents + resident) % 1000:03}"
            rows.writerow([f"{unit:04}", f"{unit:04}", f"Resident {unit}.{resident}", number, "en-GB", "2026-01-01", ""])
    return text.getvalue()


if __name__ == "__main__":
    main()
