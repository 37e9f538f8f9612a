"""The operator's page: the numbers of `/metrics`, drawn."""

from __future__ import annotations

from handlers.access import public
from handlers.health import stay_on_this_machine
from handlers.pages import PageHandler
from handlers.security import ensure_session_cookies
from server.i18n import N_

# Each chart of the page: its name in the script, its title, and what its lines are.
CHARTS = (
    ("requests", N_("请求"), (N_("每秒"), N_("其中 5xx"))),
    ("latency", N_("回答用时"), ("p50 ms", "p99 ms")),
    ("lag", N_("事件循环"), (N_("迟到 p99 ms"),)),
    ("cache", N_("缓存读取"), (N_("本进程"), "Redis", "MySQL")),
    ("sockets", N_("WebSocket 连接"), (N_("连接数"), N_("最慢一条的积压"))),
    ("outbox", N_("待办"), (N_("未完成"), N_("队列中"))),
    ("oldest", N_("最久的待办"), (N_("秒"),)),
    ("tasks", N_("任务数"), (N_("每秒"), N_("其中失败"))),
    ("pools", N_("在用"), (N_("数据库连接"), N_("线程池里的事"))),
    ("memory", N_("网站进程内存"), ("MiB",)),
)


@public("300/minute")
class StatusPage(PageHandler):
    """How the site does, for whoever runs it. From this machine only."""

    async def prepare(self) -> None:
        """Loopback only, then as every page."""
        stay_on_this_machine(self.request)
        await super().prepare()

    async def get(self) -> None:
        """The page; its script reads the numbers."""
        ensure_session_cookies(self)
        charts = [
            (
                name,
                self.translate(title),
                [self.translate(line) if _is_text(line) else line for line in lines],
            )
            for name, title, lines in CHARTS
        ]
        self.show("operators/status.html", charts=charts)


def _is_text(line: str) -> bool:
    return not line.isascii()
