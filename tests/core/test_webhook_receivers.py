"""What `docs/webhooks.md` tells receivers to do verifies what is sent, in every language there."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from core.clock import now
from core.webhooks.choices import SigningMethod
from core.webhooks.signing import new_secret, signed_headers

BODY = '{"type": "customer.created", "name": "Zoë “Ω”"}'.encode()

CALLS = {
    "python": (
        [sys.executable, "-c"],
        (
            "import json, sys\ncase = json.load(sys.stdin)\n"
            "print(verify(case['secret'], case['headers'], case['body'].encode()))"
        ),
    ),
    "javascript": (
        ["node", "-e"],
        (
            'const given = JSON.parse(require("node:fs").readFileSync(0, "utf8"));\n'
            "console.log(verify(given.secret, given.headers, Buffer.from(given.body)));"
        ),
    ),
    "php": (
        ["php", "-r"],
        (
            "$case = json_decode(stream_get_contents(STDIN), true);\n"
            'echo verify($case["secret"], $case["headers"], $case["body"]) ? "true" : "false";'
        ),
    ),
    "ruby": (
        ["ruby", "-e"],
        (
            'require "json"\ngiven = JSON.parse(STDIN.read)\n'
            'puts verify(given["secret"], given["headers"], given["body"])'
        ),
    ),
}
"""Language of the snippet → what runs a text, and what calls the snippet there."""


def snippet(language: str) -> str:
    text = (Path(settings.BASE_DIR) / "docs" / "webhooks.md").read_text()
    found = re.search(rf"```{language}\n(.*?)```", text, re.S)
    assert found is not None
    return found[1].removeprefix("<?php\n")


def verified(language: str, case: dict[str, Any]) -> bool:
    command, call = CALLS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} isn't on this machine")
    answer = subprocess.run(
        [*command, f"{snippet(language)}\n{call}"],
        input=json.dumps(case),
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout.strip().lower() == "true"


@pytest.mark.parametrize("language", CALLS)
def test_the_documented_receiver_takes_what_is_sent_and_nothing_else(language: str) -> None:
    former, secret = (new_secret(SigningMethod.SYMMETRIC)[0] for _ in range(2))
    moment = int(now().timestamp())

    def case(**changed: Any) -> dict[str, Any]:
        headers = signed_headers(
            secrets=[secret, former],
            message_id="msg_1",
            timestamp=changed.pop("timestamp", moment),
            body=BODY,
        )
        return {"secret": secret, "headers": headers, "body": BODY.decode(), **changed}

    assert verified(language, case())
    assert verified(language, case(secret=former)), "during a rotation both secrets verify"
    assert not verified(language, case(body=BODY.decode() + " "))
    assert not verified(language, case(secret=new_secret(SigningMethod.SYMMETRIC)[0]))
    assert not verified(language, case(timestamp=moment - 3600)), "an old message sent again"
