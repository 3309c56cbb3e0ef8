"""Runs the Python client of the documentation: told what to follow as JSON, it prints what it is given, a line each."""

import asyncio
import json
import sys
import urllib.request
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

CLIENT = Path(__file__).resolve().parents[2] / "docs" / "clients" / "follow.py"


def tell(**line: Any) -> None:
    print(json.dumps(line), flush=True)


async def main(told: dict[str, Any]) -> None:
    spec = spec_from_file_location("follow", CLIENT)
    assert spec is not None
    assert spec.loader is not None
    client = module_from_spec(spec)
    spec.loader.exec_module(client)
    tokens: list[str] = told["tokens"]

    async def token() -> str:
        return tokens.pop(0) if len(tokens) > 1 else tokens[0]

    def ask() -> dict[str, Any]:
        headers = {"content-type": "application/json", "authorization": f"Bearer {tokens[0]}"}
        body = json.dumps({"query": told["list"], "variables": told["variables"]}).encode()
        request = urllib.request.Request(f"http://{told['host']}/graphql", body, headers)
        with urllib.request.urlopen(request, timeout=5) as answered:
            return json.load(answered)["data"]["node"]

    async def snapshot() -> str:
        group = await asyncio.to_thread(ask)
        tell(snapshot=[edge["node"]["title"] for edge in reversed(group["posts"]["edges"])])
        return group["postCursor"]

    def apply(events: list[Any]) -> None:
        for event in events:
            tell(event=event["post"]["title"])

    address = f"ws://{told['live']}/graphql"
    try:
        await client.follow(address, token, told["document"], told["variables"], snapshot, apply)
        tell(ended="revoked")
    except client.Refused as refused:
        tell(ended="refused", why=str(refused))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
