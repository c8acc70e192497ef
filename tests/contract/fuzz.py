#!/usr/bin/env python3
"""Holds every answer of a running server against the OpenAPI document, with input that nobody would think of (schemathesis).

    scripts/with-server.sh tests/contract/fuzz.py [--seed N] [--examples N] [more of schemathesis's own options]
"""

import argparse
import json
import os
import random
import subprocess
import sys
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
FUZZER = HERE.parents[1] / ".toolbox/python/bin/st"
PASSWORD = "correct horse battery"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--seed", type=int, default=random.randrange(2**31))
    options.add_argument("--examples", type=int, default=20, help="of each operation")
    chosen, others = options.parse_known_args()
    api = os.environ["API"]
    email = f"fuzz-{chosen.seed}@oak.example"
    sign_up(api, email)
    print(f"fuzz: seed {chosen.seed}, {chosen.examples} examples of each operation; again with: fuzz.py --seed {chosen.seed}", flush=True)
    command = [
        *(str(FUZZER), "--config-file", str(HERE / "schemathesis.toml"), "run", f"{api}/openapi.json"),
        *("--checks", "all", "--seed", str(chosen.seed), "--max-examples", str(chosen.examples)),
        *("--workers", "1", "--rate-limit", "auto", "--request-timeout", "30", "--generation-database", "none", "--no-color"),
        *others,
    ]
    environment = {
        **os.environ,
        "FUZZ_SEED": str(chosen.seed),
        "FUZZ_EMAIL": email,
        "FUZZ_PASSWORD": PASSWORD,
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "fuzz_hooks",
    }
    sys.exit(subprocess.run(command, env=environment, check=False).returncode)


def sign_up(api: str, email: str) -> None:
    firm = {"name": "Oak Property Management", "owner_name": "Grace", "email": email, "password": PASSWORD}
    request = urllib.request.Request(
        f"{api}/v1/tenants", data=json.dumps(firm).encode(), headers={"Content-Type": "application/json"}
    )
    urllib.request.urlopen(request, timeout=30).close()


if __name__ == "__main__":
    main()
