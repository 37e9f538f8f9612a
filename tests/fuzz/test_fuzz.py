"""The document against the running site, the same way each time; `make fuzz` plays longer, and by chance."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import pytest

from tests.fuzz.cast import Cast, gather, served
from tests.fuzz.play import SIGN_OUT, Play, run
from tests.visitor import API

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.stack import Stack

pytestmark = pytest.mark.timeout(300)

PLAYS = [
    Play(player="host", cases=4),
    Play(player="guest", cases=4, phases=("fuzzing", "stateful")),
    Play(player="program", cases=4, phases=("examples", "fuzzing", "stateful")),
    Play(player="nobody", cases=4, phases=("examples", "fuzzing")),
    Play(player="leaver", cases=4, only=SIGN_OUT, phases=("fuzzing",)),
]
PROFILE = Play(player="host", cases=1, only=("getProfile",))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole site."""
    with served(tmp_path_factory.mktemp("fuzz")) as stack:
        yield stack


@pytest.fixture(scope="module")
def cast(site: Stack) -> Cast:
    """Who plays on it."""
    return gather(site)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.player)
def test_every_answer_is_one_that_the_document_tells_of(
    site: Stack, cast: Cast, tmp_path: Path, play: Play
) -> None:
    outcome = run(play, cast, tmp_path)

    assert outcome.is_sound, outcome.text
    assert outcome.operations == len(play.only or cast.operations) - len(play.left_out)
    assert outcome.cases >= outcome.operations
    assert "unexpected failure" not in site.log("serve")


def test_a_status_that_the_document_leaves_out_would_be_found(cast: Cast, tmp_path: Path) -> None:
    lacking = copy.deepcopy(cast.document)
    del lacking["paths"][f"{API}/user"]["get"]["responses"]["200"]

    sound = run(PROFILE, cast, tmp_path)
    found = run(PROFILE, cast, tmp_path, lacking)

    assert sound.is_sound, sound.text
    assert not found.is_sound
    assert "Undocumented status code" in found.text


def test_a_field_that_the_document_leaves_out_would_be_found(cast: Cast, tmp_path: Path) -> None:
    lacking = copy.deepcopy(cast.document)
    profile = lacking["components"]["schemas"]["Profile"]
    del profile["properties"]["verified"]
    profile["required"].remove("verified")

    found = run(PROFILE, cast, tmp_path, lacking)

    assert not found.is_sound
    assert "Response violates schema" in found.text
