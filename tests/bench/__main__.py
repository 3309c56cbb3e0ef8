"""`python -m tests.bench`: measure the workloads beside their floors, and tell the ratios.

Slices of the service and of its floors take turns in one run on one machine, so that what disturbs one disturbs the
others; processor time per request is the figure to trust (docs/performance.md).
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from schoolplein.embedded import EmbeddedPostgres
from tests.bench import comparing, fanning, racing, reporting, signing_in
from tests.bench.founding import database, renew
from tests.bench.load import Order, Slice
from tests.bench.sizes import FULL, QUICK, Size
from tests.bench.workloads import WORKLOADS, Workload

POSTGRES = {"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "200"}
CONNECTIONS = 32
WARM_UP_S = 1.5


@dataclass(frozen=True, slots=True)
class Target:
    """Who is asked."""

    name: str
    process: int
    port: int
    path: str


def main() -> None:
    asked = _arguments()
    size = QUICK if asked.quick else FULL
    seconds = asked.seconds or (1.0 if asked.quick else 4.0)
    rounds = asked.rounds or (2 if asked.quick else 7)
    with ExitStack() as running:
        postgres = EmbeddedPostgres(asked.data / "bench", options=POSTGRES)
        running.callback(postgres.stop)
        server = postgres.start()
        print(f"Data: {size.groups} groups, {size.pupils} pupils; the first time takes a minute …", flush=True)
        url = database(server, size)
        fanout = _fan_out(asked, url, size, rounds) if "W4" in asked.only else {}
        sign_ins = _sign_in(url, size, rounds) if "S1" in asked.only else []
        races = _race(url, size, rounds) if "W5" in asked.only else {}
        only = [name for name in asked.only if name in WORKLOADS]
        seen: dict[str, dict[str, list[Slice]]] = {}
        if only:
            targets = _targets(running, url, size)
            print("Comparing answers …", flush=True)
            comparing.compare(url, size, targets["service"].port, targets["floor"].port)
            assert postgres._process is not None
            seen = _measure(only, targets, url, size, postgres._process.pid, seconds, rounds)
    if seen:
        print(reporting.table(seen))
    if fanout:
        print(fanning.table(fanout))
    if sign_ins:
        print(signing_in.table(sign_ins))
    if races:
        print(racing.table(races))
    told = reporting.told(seen, fanout, sign_ins, races, size)
    asked.json.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2))
    print(f"All slices: {asked.json}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little data and short slices: whether it works")
    names = [*WORKLOADS, "W4", "W5", "S1"]
    parser.add_argument("--only", nargs="+", choices=names, default=names, help="these workloads")
    parser.add_argument("--rounds", type=int, help="slices of each target")
    parser.add_argument("--seconds", type=float, help="length of a slice")
    parser.add_argument("--json", type=Path, default=Path("bench-results.json"), help="where all slices are written")
    data = Path(os.environ.get("DATA_DIR") or ".data")
    parser.add_argument("--data", type=Path, default=data, help="the folder of the data, kept for the next run")
    return parser.parse_args()


def _fan_out(asked: argparse.Namespace, url: str, size: Size, rounds: int) -> fanning.Fanout:
    numbers, events = ([200], 5) if asked.quick else ([1_000, 5_000], 15)
    return fanning.measure(lambda running, kind: _serve(running, kind, url, size), numbers, events, min(rounds, 3))


def _sign_in(url: str, size: Size, rounds: int) -> list[signing_in.Seen]:
    return signing_in.measure(lambda running, kind: _serve(running, kind, url, size), url, min(rounds, 5))


def _race(url: str, size: Size, rounds: int) -> racing.Races:
    return racing.measure(lambda running, kind: _serve(running, kind, url, size), url, size, min(rounds, 5))


def _targets(running: ExitStack, url: str, size: Size) -> dict[str, Target]:
    service, floor = (_serve(running, kind, url, size) for kind in ("service", "floor"))
    return {
        "service": Target("service", *service, "/graphql"),
        "floor": Target("floor", *floor, "/graphql"),
        "bare": Target("bare", *floor, "/bare"),
    }


def _serve(running: ExitStack, kind: str, url: str, size: Size) -> tuple[int, int]:
    environment = {"DATABASE_URL": url, "HOST": "127.0.0.1", "PORT": "0", "LOG_LEVEL": "warning"}
    environment |= {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.serving", kind, size.name], env=environment, stdout=subprocess.PIPE
    )
    running.callback(process.wait)
    running.callback(process.terminate)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        sys.exit(f"the {kind} did not start")
    return process.pid, int(line)


def _measure(
    only: list[str], targets: dict[str, Target], url: str, size: Size, postgres: int, seconds: float, rounds: int
) -> dict[str, dict[str, list[Slice]]]:
    """Slices in turns: each round every workload on every target, another one first each time."""
    seen: dict[str, dict[str, list[Slice]]] = {name: {target: [] for target in targets} for name in only}
    for number in range(-1, rounds):  # the first round warms up, and is not counted
        for name in only:
            order = list(targets.values())
            order = order[number % 3 :] + order[: number % 3]
            for target in order:
                one = _slice(
                    WORKLOADS[name], target, url, size, postgres, seconds if number >= 0 else WARM_UP_S, number
                )
                if number >= 0:
                    seen[name][target.name].append(one)
            print(f"round {number + 1} of {rounds}: {name}", file=sys.stderr, flush=True)
    return seen


def _slice(
    workload: Workload, target: Target, url: str, size: Size, postgres: int, seconds: float, number: int
) -> Slice:
    order = Order(
        workload=workload.name,
        size=size.name,
        port=target.port,
        path=target.path,
        seconds=seconds,
        connections=CONNECTIONS,
        skip=(number + 1) * 997,
        run=f"{target.name}-{number}",
        app=target.process,
        postgres=postgres,
    )
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=orjson.dumps(asdict(order)),
        stdout=subprocess.PIPE,
        check=True,
    )
    if workload.writes:
        renew(url, size)
    one = Slice(**orjson.loads(done.stdout))
    if one.failed:
        sys.exit(f"{workload.name} on {target.name} answered something else:\n{one.failed}")
    return one


if __name__ == "__main__":
    main()
