"""The doctor's look at what runs: MySQL, its schema and clock, Redis, the worker's heartbeat."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import aiomysql
import pymysql.err
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from server.db import Database, connection_arguments
from server.health import STALE_SECONDS, HealthService
from server.local.findings import Finding
from server.migrations import revisions
from server.redis import open_redis

if TYPE_CHECKING:
    from server.local.children import PrivateRoles
    from server.settings import Settings

PATIENCE_SECONDS = 3
SKEW_SECONDS = 2.0
PROBE_KEY = "doctor"


@dataclass(frozen=True)
class Circumstances:
    """What decides whether silence is wrong: private servers are silent as long as nobody runs the site."""

    settings: Settings
    roles: PrivateRoles
    running: bool


async def look_at_mysql(about: Circumstances) -> list[Finding]:
    """Reachable, its clock near ours, its schema the newest."""
    arguments = connection_arguments(about.settings.mysql_url)
    try:
        connection = await aiomysql.connect(**arguments, connect_timeout=PATIENCE_SECONDS)
    except (OSError, pymysql.err.MySQLError) as error:
        return [
            _silent("MySQL", str(error), "IHOME_MYSQL_URL", private=about.roles.mysql, running=about.running)
        ]
    try:
        async with connection.cursor() as cursor:
            await cursor.execute("SELECT VERSION(), UTC_TIMESTAMP(6)")
            version, now = await cursor.fetchone()
    finally:
        connection.close()
    skew = abs((datetime.now(UTC) - now.replace(tzinfo=UTC)).total_seconds())
    current, newest = await asyncio.to_thread(revisions, about.settings.mysql_url)
    return [
        Finding("MySQL", well=True, detail=f"answers, {version}"),
        Finding("Clock", skew < SKEW_SECONDS, f"{skew:.1f} s from MySQL's", "Set both clocks by NTP."),
        Finding(
            "Schema",
            current == newest,
            f"at {current}, newest {newest}",
            "Run `.venv/bin/python main.py migrate`.",
        ),
    ]


async def look_at_redis(about: Circumstances) -> list[Finding]:
    """Reachable, writable, and never evicting what must not be lost."""
    async with Redis.from_url(about.settings.redis_url, socket_timeout=PATIENCE_SECONDS) as redis:
        key = about.settings.redis_prefix + PROBE_KEY
        try:
            await redis.set(key, "1", ex=1)
        except ResponseError as error:
            remedy = "Let it write: look at its memory limit, its disk and whether it is a replica."
            return [Finding("Redis", well=False, detail=f"refuses to write: {error}", remedy=remedy)]
        except (RedisError, OSError) as error:
            return [
                _silent(
                    "Redis", str(error), "IHOME_REDIS_URL", private=about.roles.redis, running=about.running
                )
            ]
        return [Finding("Redis", well=True, detail="answers and writes"), await _eviction(redis)]


async def look_at_worker(about: Circumstances) -> Finding:
    """Whether beat, broker and worker passed a heartbeat on lately. Redis must answer."""
    database = await Database.open(about.settings.mysql_url, 2)
    async with open_redis(about.settings.redis_url, about.settings.redis_prefix) as redis:
        age = await HealthService(database, redis).heartbeat_age()
    await database.close()
    well = age is not None and age <= STALE_SECONDS
    detail = "no heartbeat" if age is None else f"heartbeat {age} s ago"
    remedy = "Start `main.py worker` and `main.py beat` as `make run` does; logs are in the state folder."
    return Finding("Worker", well, detail, remedy)


async def _eviction(redis: Redis) -> Finding:
    remedy = "Give the role `state` a Redis with maxmemory-policy noeviction: sessions and tasks live there."
    try:
        policy = (await redis.config_get("maxmemory-policy")).get("maxmemory-policy", "unknown")
    except ResponseError:
        return Finding("Redis's eviction", well=False, detail="it does not say", remedy=remedy, needed=False)
    return Finding("Redis's eviction", policy == "noeviction", str(policy), remedy)


def _silent(name: str, error: str, setting: str, *, private: bool, running: bool) -> Finding:
    if private and not running:
        return Finding(name, well=True, detail="private, not running now: `make run` starts it")
    remedy = (
        f"Look at its log in the state folder's logs/: {error}"
        if private
        else f"Start it, or mend {setting}."
    )
    return Finding(name, well=False, detail=f"does not answer ({error})", remedy=remedy)
