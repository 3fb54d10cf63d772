"""Several commands at once: one winner for a name, and nothing is lost."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from pathlib import Path

from cloudgpu.model import Origin
from cloudgpu.store.sqlite import SqliteStore
from tests.store.conftest import Opened

PROCESSES, SAVES = 6, 8
GCP = Origin("gcp")
CONTEXT = multiprocessing.get_context("fork")
Work = Callable[[Path, int], object]


def reserve_one_name(home: Path, number: int) -> str:
    return SqliteStore(home, say=print).reserve("quiet-otter", f"c{number}", GCP).launch_id


def save_many_names(home: Path, number: int) -> None:
    store = SqliteStore(home, say=print)
    for turn in range(SAVES):
        store.save(store.reserve(f"n{number}-{turn}", f"c{number}", GCP))


def _enter(work: Work, home: Path, number: int, gate: multiprocessing.synchronize.Barrier, answers: object) -> None:
    gate.wait(30)
    try:
        answer = work(home, number)
    except BaseException as error:  # noqa: BLE001 - the parent shows whatever it was
        answer = error
    answers.put(answer)  # type: ignore[attr-defined]  # a queue, whose type multiprocessing does not export


def at_once(work: Work, home: Path) -> list[object]:
    gate, answers = CONTEXT.Barrier(PROCESSES), CONTEXT.Queue()
    crowd = [CONTEXT.Process(target=_enter, args=(work, home, n, gate, answers)) for n in range(PROCESSES)]
    for process in crowd:
        process.start()
    collected = [answers.get(timeout=60) for _ in crowd]
    for process in crowd:
        process.join(30)
    return collected


def test_one_name_has_one_winner(opened: Opened) -> None:
    answers = at_once(reserve_one_name, opened.home)
    assert len(set(answers)) == 1, answers
    winner = opened.open().load("quiet-otter")
    assert winner
    assert set(answers) == {winner.launch_id}


def test_nothing_is_lost_between_processes(opened: Opened) -> None:
    assert at_once(save_many_names, opened.home) == [None] * PROCESSES
    assert len(opened.open().records()) == PROCESSES * SAVES


def test_a_damaged_file_met_by_all_at_once_loses_nothing_new(opened: Opened) -> None:
    opened.home.mkdir()
    opened.file.write_bytes(b"this is no database at all" * 200)
    assert at_once(save_many_names, opened.home) == [None] * PROCESSES
    assert len(opened.open().records()) == PROCESSES * SAVES
    assert len(list(opened.home.glob("store.damaged-*"))) == 1
