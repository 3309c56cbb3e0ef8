"""`python -m schoolplein`: try it out, serve it, and keep its database and its contract in order."""

import asyncio
import socket
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import asyncpg
import typer

from models import Locale, migrations
from models.database import is_gone
from schema import sdl
from schoolplein import contract, demo, founding, log, server, worker
from schoolplein.embedded import EmbeddedError, EmbeddedPostgres
from schoolplein.settings import Settings, SettingsError, read

WELCOME = """
Schoolplein is open on {address}

  GraphQL   {address}/graphql, over HTTP and WebSocket
  Health    {address}/health/ready
  Data      {data}
  Mails     {mails}
"""
ACCOUNTS = """
The demo school's accounts, all with password {password}:

{accounts}

Sign in and ask a first question:

  TOKEN=$(curl -s {address}/graphql -H 'Content-Type: application/json' -d '{{"query":
    "mutation {{ signIn(input: {{email: \\"{email}\\", password: \\"{password}\\", client: APP}}) {{ token }} }}"}}' \\
    | sed 's/.*"token": *"\\([^"]*\\)".*/\\1/')
  curl -s {address}/graphql -H 'Content-Type: application/json' -H "Authorization: Bearer $TOKEN" \\
    -d '{{"query":"{{ viewer {{ person {{ name }} children {{ givenName group {{ name }} }} }} }}"}}'
"""
WRONG_SETTINGS = 2

Answer = TypeVar("Answer")

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Schoolplein: the open, closed-door meeting place of a primary school and its parents.",
    epilog="Settings come from the environment; docs/operations.md lists them.",
)


@app.command()
def run() -> None:
    """Try Schoolplein out: start what is missing, migrate, found a demo school when there is no school, serve and work.

    Without DATABASE_URL it starts a PostgreSQL of its own in DATA_DIR. Ctrl-C stops everything it started.
    """
    settings = _settings()
    if settings.is_production:
        _fail("run is for trying out, with a demo school: in production use migrate and serve", WRONG_SETTINGS)
    with _orderly() as (running, stopping):
        settings, sockets = _listening(settings, running)
        is_demo, data = settings.database_url is None, "the database of DATABASE_URL"
        if settings.database_url is None:
            _say("Starting PostgreSQL …")
            postgres = EmbeddedPostgres(settings.data_dir / "postgres")
            running.callback(postgres.stop)
            settings = settings.model_copy(update={"database_url": postgres.start()})
            data = f"{postgres.home} (remove {settings.data_dir.absolute()} for a fresh start)"
        stopping.check()
        url = _database_url(settings)
        _say("Migrating …")
        _reached(lambda: stopping.during(lambda: migrations.upgrade(url)))
        stopping.check()
        _say("Founding the demo school, if there is no school yet …")
        is_demo = _reached(lambda: stopping.during(lambda: asyncio.run(demo.found(url)))) or is_demo
        stopping.check()
        server.serve(settings, sockets, stopping, lambda: _welcome(settings, data, is_demo=is_demo), has_worker=True)


@app.command()
def serve() -> None:
    """Only serve, with the settings as they are. Any number of these may run side by side; it takes a worker too."""
    settings = _settings()
    _database_url(settings)
    with _orderly() as (running, stopping):
        settings, sockets = _listening(settings, running)
        server.serve(settings, sockets, stopping, lambda: _say(f"Serving on {settings.address}"))


@app.command()
def work() -> None:
    """Only work: send the mails and do what has to be done from time to time. One of these is enough, more are fine."""
    settings = _settings()
    _database_url(settings)
    asyncio.run(worker.work(settings))
    _say("Stopped.")


@app.command()
def migrate() -> None:
    """Bring the database to this version. Safe to run again, and from several processes at once."""
    url = _database_url(_settings())
    _reached(lambda: migrations.upgrade(url))
    _say("The database is up to date.")


@app.command(name="demo")
def found_demo() -> None:
    """Found the demo school when the database has no school yet. Its passwords are known to everybody."""
    settings = _settings()
    if settings.is_production:
        _fail("the demo school's passwords are known to everybody: not in production", WRONG_SETTINGS)
    url = _database_url(settings)
    founded = _reached(lambda: asyncio.run(demo.found(url)))
    _say("The demo school is founded." if founded else "There is a school already; nothing was changed.")


@app.command()
def found(  # noqa: PLR0913, PLR0917 - each is an option
    slug: Annotated[str, typer.Argument(help="Its short name in addresses: small letters, digits and dashes.")],
    name: Annotated[str, typer.Option(help="Its name.")],
    contact: Annotated[str, typer.Option(help="Where parents can write to it.")],
    administrator: Annotated[str, typer.Option(help="The name of its first administrator.")],
    email: Annotated[str, typer.Option(help="The address to which the invitation goes.")],
    phone: Annotated[str | None, typer.Option(help="Its telephone number.")] = None,
    time_zone: Annotated[str, typer.Option(help="The zone of its days and hours.")] = "Europe/Amsterdam",
    language: Annotated[Locale, typer.Option(help="Of the invitation.", case_sensitive=False)] = Locale.NL,
) -> None:
    """Found a school, and invite its first administrator by mail. The worker sends the invitation."""
    url = _database_url(_settings())
    try:
        wanted = founding.checked(
            {
                "slug": slug,
                "name": name,
                "contact": contact,
                "administrator": administrator,
                "email": email,
                "phone": phone or "",
                "time_zone": time_zone,
                "language": language,
            }
        )
        _reached(lambda: asyncio.run(founding.found(url, wanted)))
    except founding.NotFounded as error:
        _fail(error.problems, WRONG_SETTINGS)
    _say(f"{wanted.name} is founded, and {wanted.admin_email} is invited. The invitation holds for 14 days.")


@app.command()
def schema(
    check: Annotated[
        Path | None,
        typer.Option(help="Fail when this exported file is stale, or breaks clients of the version before it."),
    ] = None,
) -> None:
    """Print the contract in GraphQL's schema language, or check the exported file."""
    if check is None:
        typer.echo(sdl(), nl=False)
        return
    try:
        dangerous = contract.check(check, sdl())
    except contract.ContractBroken as error:
        _fail(error.problems)
    for change in dangerous:
        _say(f"dangerous, not breaking: {change}")


def main() -> None:
    """Do what the command line says."""
    app(prog_name="schoolplein")


def _settings() -> Settings:
    try:
        settings = read()
    except SettingsError as error:
        _fail(error.problems, WRONG_SETTINGS)
    log.configure(settings)
    return settings


def _database_url(settings: Settings) -> str:
    if settings.database_url is None:
        _fail("DATABASE_URL is not set; to try Schoolplein out without a database of your own, use run", WRONG_SETTINGS)
    return settings.database_url


def _listening(settings: Settings, running: ExitStack) -> tuple[Settings, list[socket.socket]]:
    sockets = server.listen(settings)
    for bound in sockets:
        running.callback(bound.close)
    return settings.model_copy(update={"port": sockets[0].getsockname()[1]}), sockets


def _reached(work: Callable[[], Answer]) -> Answer:
    """Do something with the database, and tell in one line when it is not there or does not let us in."""
    try:
        return work()
    except (asyncpg.InvalidAuthorizationSpecificationError, asyncpg.InvalidCatalogNameError) as error:
        _fail(f"the database of DATABASE_URL does not let us in: {error}")
    except Exception as error:
        if not is_gone(error):
            raise
        _fail("the database of DATABASE_URL can't be reached")


@contextmanager
def _orderly() -> Generator[tuple[ExitStack, server.Stopping]]:
    """Whatever is started is stopped in reverse, and what goes wrong on the way is told in one line."""
    stopping = server.Stopping()
    try:
        with ExitStack() as running:
            yield running, stopping
    except KeyboardInterrupt:
        pass
    except (EmbeddedError, server.CannotListen) as error:
        _fail(str(error))
    finally:
        stopping.rest()
    _say("Stopped.")


def _welcome(settings: Settings, data: str, *, is_demo: bool) -> None:
    mails = "are sent" if settings.smtp_url else f"are files in {settings.data_dir / 'mail'}; their links are told here"
    _say(WELCOME.format(address=settings.address, data=data, mails=mails).rstrip())
    if is_demo:
        accounts = "\n".join(f"  {email:<26} {role}" for email, role in demo.ACCOUNTS)
        parent = next(email for email, _ in demo.ACCOUNTS if email.startswith("ouder"))
        _say(ACCOUNTS.format(address=settings.address, accounts=accounts, email=parent, password=demo.PASSWORD))


def _say(line: str) -> None:
    typer.echo(line)


def _fail(problems: str | list[str], code: int = 1) -> NoReturn:
    for problem in [problems] if isinstance(problems, str) else problems:
        typer.echo(problem, err=True)
    raise typer.Exit(code)
