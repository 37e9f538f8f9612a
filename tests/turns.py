"""Which files of tests begin first when several processes share them: at the end nobody waits for a long one."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent
# The longest, one that waits beside one that computes; then what is left of the folders whose files take long.
LONGEST = (
    "faults/test_orders_stateful.py",
    "faults/test_accounts_slice.py",
    "faults/test_load_kit.py",
    "faults/test_booking_races.py",
    "faults/test_crashes.py",
    "faults/test_houses_slice.py",
    "fuzz/test_fuzz.py",
    "faults/test_nginx.py",
    "browser/test_order_pages.py",
    "server/local/test_run.py",
    "browser/test_host_pages.py",
    "faults/test_drain_and_pools.py",
    "server/seed/test_demo.py",
    "browser/test_guest_pages.py",
    "server/webhooks/test_delivery.py",
    "browser/test_docs_pages.py",
    "server/cache/test_interleavings.py",
    "server/seed/test_demo_stays.py",
)
FOLDERS = ("faults", "browser", "handlers", "server")


def turn_of(path: Path) -> int:
    """The smaller, the earlier."""
    name = path.relative_to(ROOT)
    if name.as_posix() in LONGEST:
        return LONGEST.index(name.as_posix())
    folder = name.parts[0]
    return len(LONGEST) + (FOLDERS.index(folder) if folder in FOLDERS else len(FOLDERS))
