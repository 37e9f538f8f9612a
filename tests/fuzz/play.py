"""One run of schemathesis: its configuration, its command, and what came of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.fuzz import hooks

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fuzz.cast import Cast

COMMAND = "from schemathesis.cli import schemathesis; schemathesis()"
PHASES = ("examples", "coverage", "fuzzing", "stateful")
SIGN_OUT = ("signOut", "signOutEverywhere")
# Rules that JSON Schema cannot say (days that are over, prices with three decimals) refuse what it allows.
ACCEPTED = ["2xx", 302, 304, 401, 403, 404, 409, 422, 429]
REFUSED = [400, 401, 403, 404, 405, 409, 413, 415, 422, 429]
# Calls that do so by another status: files that are no pictures, ids that are no UUID, cursors of another search,
# notices that nobody signed, and no handshake.
ALSO_ACCEPTED = {
    "addPhoto": 400,
    "changeAvatar": 400,
    "drawCaptcha": 400,
    "openWebSocket": 426,
    "searchHouses": 400,
    "sendSmsCode": 400,
    "signIn": 400,
    "takePaymentNotice": 400,
    "uploadCalendar": 400,
}
# A DELETE that ends a setting: reading it goes on, and says null. It is left out where deleting must be an end.
ENDS_A_SETTING = "endCalendarAddress"


@dataclass(frozen=True, kw_only=True)
class Play:
    """How one player plays: `cases` for each operation and phase; with `seconds`, again and again so long.

    Without a seed it is the same each time. `only` names operations; else all are played but for signing out.
    """

    player: str
    cases: int
    phases: tuple[str, ...] = PHASES
    only: tuple[str, ...] = ()
    seconds: int | None = None
    seed: int | None = None

    @property
    def left_out(self) -> tuple[str, ...]:
        """Whoever plays on does not sign out; `nobody` cannot."""
        return () if self.only or self.player == "nobody" else SIGN_OUT

    def arguments(self, document: Path, url: str) -> list[str]:
        """The command line."""
        chosen = [f"--include-operation-id={name}" for name in self.only]
        chance = ["--generation-deterministic"]
        if self.seed is not None:
            chance = [f"--seed={self.seed}", "--generation-database=none"]
        return [
            "run", str(document), f"--url={url}", "--checks=all", "--no-color", "--warnings=off",
            "--suppress-health-check=all", f"--phases={','.join(self.phases)}", f"--max-examples={self.cases}",
            *([f"--max-time={self.seconds}"] if self.seconds else []),
            *chosen, *(f"--exclude-operation-id={name}" for name in self.left_out), *chance,
        ]  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a run said, and whether every answer was as the document has it."""

    is_sound: bool
    text: str

    @property
    def operations(self) -> int:
        """How many operations were played."""
        return int((re.findall(r"Tested: (\d+)", self.text) or ["0"])[0])

    @property
    def cases(self) -> int:
        """How many requests were made up."""
        return int((re.findall(r"(\d+) generated", self.text) or ["0"])[0])


def run(play: Play, cast: Cast, folder: Path, document: Any = None) -> Outcome:
    """Play to the end, by the site's own document or by another one."""
    written = folder / "openapi.json"
    written.write_text(json.dumps(document or cast.document), "utf-8")
    config = folder / f"{play.player}.toml"
    config.write_text(settings_of(cast, play.player), "utf-8")
    argv = [sys.executable, "-c", COMMAND, f"--config-file={config}", *play.arguments(written, cast.url)]
    ended = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    return Outcome(ended.returncode == 0, ended.stdout + ended.stderr)


def settings_of(cast: Cast, player: str) -> str:
    """The configuration file. Most ids are ones that exist; nobody waits for news."""
    lines = [f"hooks = {json.dumps(hooks.__file__)}", "[parameters]", '"query.wait" = 0']
    lines += [f'"path.{name}" = {{ dictionary = "{name}", probability = 0.7 }}' for name in cast.ids]
    for name, values in cast.ids.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(values)}"]
    for scheme, secret in cast.players[player].items():
        kind = "bearer" if scheme == "token" else "api_key"
        lines += [f"[auth.openapi.{scheme}]", f"{kind} = {json.dumps(secret)}"]
    lines += ["[checks.positive_data_acceptance]", f"expected-statuses = {json.dumps(ACCEPTED)}"]
    lines += ["[checks.negative_data_rejection]", f"expected-statuses = {json.dumps(REFUSED)}"]
    for operation, status in ALSO_ACCEPTED.items():
        lines += ["[[operations]]", f"include-operation-id = {json.dumps(operation)}"]
        lines += [f"checks.positive_data_acceptance.expected-statuses = {json.dumps([*ACCEPTED, status])}"]
    lines += ["[[operations]]", f"include-operation-id = {json.dumps(ENDS_A_SETTING)}"]
    lines += ["phases.stateful.enabled = false"]
    return "\n".join(lines) + "\n"
