"""The chaos harness itself: what is done is not done again, and nothing bad goes unsaid."""

from __future__ import annotations

from pathlib import Path

from chaos.kind import FaultKind, Trial
from chaos.results import all_complaints, read_results, table
from chaos.run import run, seed_of


def kind_of(calls: list[int], name: str = "made up", **found: object) -> FaultKind:
    def try_once(seed: int) -> Trial:
        calls.append(seed)
        figures = {"said_after_s": 1.0, "right_after_s": 2.0, "wrong_live_frames": 0, "lost_frames": 0, "frames": 3}
        return Trial(seed=seed, **(figures | found))  # type: ignore[arg-type]

    return FaultKind(name=name, where="simulated", expects_said=True, run=try_once)


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    out, calls = tmp_path / "out.jsonl", list[int]()
    kind = kind_of(calls)
    assert run([kind], out, trials=2, say=lambda _: None)
    assert run([kind], out, trials=5, say=lambda _: None)
    assert calls == [seed_of(0, kind, number) for number in range(5)]
    assert list(read_results(out)["made up"]) == calls


def test_a_line_cut_by_a_kill_is_done_again_and_costs_no_other(tmp_path: Path) -> None:
    out, calls = tmp_path / "out.jsonl", list[int]()
    kind = kind_of(calls)
    run([kind], out, trials=2, say=lambda _: None)
    out.write_bytes(out.read_bytes()[:-20])
    run([kind], out, trials=3, say=lambda _: None)
    assert len(calls) == 4
    assert calls[1] == calls[2]
    assert len(read_results(out)["made up"]) == 3


def test_no_trial_is_begun_after_the_minutes_are_over(tmp_path: Path) -> None:
    calls: list[int] = []
    assert not run([kind_of(calls)], tmp_path / "out.jsonl", trials=2, minutes=0.0, say=lambda _: None)
    assert not calls


def test_what_must_not_be_is_said_with_its_seed(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"

    def breaks(_: int) -> Trial:
        raise ValueError("no such thing")

    kinds = [
        kind_of([], "wrong", wrong_live_frames=1),
        kind_of([], "lost", lost_frames=2),
        kind_of([], "silent", said_after_s=None),
        kind_of([], "good"),
        FaultKind(name="breaks", where="process", expects_said=False, run=breaks),
        FaultKind(
            name="known",
            where="simulated",
            expects_said=False,
            run=kind_of([], wrong_live_frames=3).run,
            wrong_frames_why="a print that never came",
        ),
    ]
    run(kinds, out, trials=1, say=lambda _: None)
    said = all_complaints(kinds, read_results(out))
    assert [line.split(",")[0] for line in said] == ["wrong", "lost", "silent", "breaks"]
    assert "ValueError: no such thing" in said[-1]
    shown = table(kinds, read_results(out))
    assert "| silent | 1 | **never** | 2.0 s | 0 of 3 | 0 |" in shown
    assert "| all 6 kinds | 6 | | | 4 of 15 | 2 |" in shown
    assert "a print that never came" in shown
