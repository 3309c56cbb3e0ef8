"""`python -m tests.bench.serving service|watched|floor|fanout|race full|quick`: one server process, as `serve` is.

The floors are served by the same server with the same settings, with another application in its place; watched, the
service keeps how late its event loop is. The port is printed when requests are answered.
"""

import sys

from schoolplein import log, server, service
from schoolplein.settings import read
from tests.bench.fanout_floor import FanoutFloor
from tests.bench.floor import Floor
from tests.bench.lag import Watched
from tests.bench.race_floor import RaceFloor
from tests.bench.sizes import SIZES


def main() -> None:
    kind, size = sys.argv[1:]
    told, sys.stdout = sys.stdout, sys.stderr  # the log goes to the terminal, and the port alone to who started us
    settings = read()
    log.configure(settings)
    if kind == "floor":
        server.create_app = lambda settings, **_more: Floor(settings, SIZES[size])
    elif kind == "fanout":
        server.create_app = lambda *_about, **_more: FanoutFloor()
    elif kind == "race":
        server.create_app = lambda settings, **_more: RaceFloor(settings)
    elif kind == "watched":
        server.create_app = Watched
    service.MOST_OF_A_PERSON = 10_000  # the parents of one group are thousands here
    sockets = server.listen(settings)
    port = sockets[0].getsockname()[1]
    server.serve(settings, sockets, server.Stopping(), lambda: print(port, file=told, flush=True))


if __name__ == "__main__":
    main()
