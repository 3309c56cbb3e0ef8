"""TEMPORARY: until tests/conftest.py provides these."""

import asyncio, os, shutil, socket, subprocess
from collections.abc import Iterator
import asyncpg, pytest
from models.migrations import upgrade

ADMIN = "postgresql://schoolplein@127.0.0.1:54330/postgres"


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    name = f"rt_{os.getpid()}"

    async def run(sql: str) -> None:
        c = await asyncpg.connect(ADMIN)
        await c.execute(sql)
        await c.close()

    asyncio.run(run(f"create database {name}"))
    url = ADMIN.rsplit("/", 1)[0] + "/" + name
    upgrade(url)
    yield url
    asyncio.run(run(f"drop database {name} with (force)"))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    p = subprocess.Popen(
        [
            "redis-server",
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--dir",
            str(tmp_path_factory.mktemp("r")),
        ],
        stdout=subprocess.PIPE,
    )
    for line in p.stdout:
        if b"Ready to accept" in line:
            break
    yield f"redis://127.0.0.1:{port}/0"
    p.kill()
    p.wait()
    p.stdout.close()
