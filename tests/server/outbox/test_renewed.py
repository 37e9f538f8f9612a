"""Work that is written again, as if it were new."""

from __future__ import annotations

from typing import TYPE_CHECKING

from server.outbox import repository
from server.outbox.model import Work

if TYPE_CHECKING:
    from tornado.ioloop import IOLoop

    from server.services import Services

WORK = Work("renewed-1", "system.nothing")


def test_renewed_work_waits_since_now_and_not_since_it_was_first_written(
    services: Services, io_loop: IOLoop
) -> None:
    async def renew() -> int:
        async with services.database.reading() as cursor:
            # given: work of last week, done then
            await repository.add(cursor, WORK)
            await cursor.execute(
                "UPDATE outbox SET created_at = NOW(6) - INTERVAL 7 DAY, done_at = NOW(6) - INTERVAL 7 DAY"
                " WHERE task_id = %s",
                (WORK.task_id,),
            )

            await repository.renew(cursor, WORK)

            await cursor.execute(
                "SELECT TIMESTAMPDIFF(SECOND, created_at, NOW(6)) AS age FROM outbox"
                " WHERE task_id = %s AND done_at IS NULL",
                (WORK.task_id,),
            )
            row = await cursor.fetchone()
            await cursor.execute("DELETE FROM outbox WHERE task_id = %s", (WORK.task_id,))
        assert row
        return int(row["age"])

    assert io_loop.run_sync(renew) < 3600
