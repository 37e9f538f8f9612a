"""Schema migrations, applied by alembic under a server-wide lock."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Engine, create_engine, text

from server.db import connection_arguments

FOLDER = Path(__file__).parent
LOCK_SECONDS = 60


def upgrade(mysql_url: str) -> None:
    """Bring the schema to the newest revision; a second process waits and finds nothing to do."""
    engine = _engine(mysql_url)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT GET_LOCK('ihome-migrate', :wait)"), {"wait": LOCK_SECONDS})
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            connection.execute(text("SELECT RELEASE_LOCK('ihome-migrate')"))
    finally:
        engine.dispose()


def revisions(mysql_url: str) -> tuple[str | None, str | None]:
    """The revision that the database has and the newest one that the code knows."""
    engine = _engine(mysql_url)
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
        return current, ScriptDirectory.from_config(_config()).get_current_head()
    finally:
        engine.dispose()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    return config


def _engine(mysql_url: str) -> Engine:
    arguments = connection_arguments(mysql_url)
    socket = arguments.get("unix_socket")
    url = URL.create(
        "mysql+pymysql",
        arguments["user"],
        arguments["password"] or None,
        "localhost" if socket else arguments["host"],
        None if socket else arguments["port"],
        arguments["db"],
        {"charset": "utf8mb4", **({"unix_socket": socket} if socket else {})},
    )
    return create_engine(url, isolation_level="AUTOCOMMIT")
