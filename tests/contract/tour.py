#!/usr/bin/env python3
"""Runs the guided tour of README.md as a reader would: each command in its order, in one shell; then looks whether the door opened.

    scripts/with-server.sh tests/contract/tour.py
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
PATIENCE_SECONDS = 120


def main() -> None:
    steps = steps_of(README.read_text())
    # Each step says its number before it begins, so that a failure names it; the last line hands over what is needed to look for oneself.
    script = ["set -euo pipefail"]
    for number, step in enumerate(steps, 1):
        script += [f"echo '--- step {number} of {len(steps)}'", step]
    script.append('echo "--- over $RUN $CALL $TOKEN"')
    shell = subprocess.run(
        ["bash", "-c", "\n".join(script)], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE_SECONDS
    )
    last = shell.stdout.strip().splitlines()[-1:]
    if shell.returncode != 0 or not last or not last[0].startswith("--- over "):
        sys.exit(f"{shell.stdout}\n{shell.stderr}\nthe tour stops: its shell ended with {shell.returncode}")
    run, call, token = last[0].removeprefix("--- over ").split()
    refuse_a_shut_door(run, call, token)
    print(f"the tour's {len(steps)} steps work, and the door opened")


def steps_of(readme: str) -> list[str]:
    """The fenced commands between the two marks."""
    tour = readme.partition("<!-- tour: begins -->")[2].partition("<!-- tour: ends -->")[0]
    steps = re.findall(r"^```sh\n(.*?)^```$", tour, re.MULTILINE | re.DOTALL)
    if len(steps) < 5 or tour.count("```") != 2 * len(steps):
        sys.exit("README.md has no tour between its two marks, or a fence in it that is no `sh`")
    return steps


def refuse_a_shut_door(run: str, call: str, token: str) -> None:
    """The tour may print what it likes: the history and the panel are asked again."""
    told = fetch(f"{os.environ['API']}/v1/calls/{call}", token)
    heard = json.dumps(fetch(f"{os.environ['SIMULATOR']}/sim/calls/{run}")["legs"][0]["heard"])
    if told["outcome"] != "opened" or '"9"' not in heard:
        sys.exit(f"the door stayed shut: outcome {told['outcome']}, cause {told['cause']}, the panel heard {heard}")


def fetch(url: str, token: str = "") -> dict:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


if __name__ == "__main__":
    main()
