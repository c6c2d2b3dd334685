"""What happens to the files of an own node while they are followed."""

from __future__ import annotations

from chaos.kind import FaultKind, Trial
from chaos.node_files import Change
from chaos.product import Stage
from chaos.trial import LOOK_S, Play, simulate

MAX_S = 30.0


def changing(make: Change | None = None, *, share: float = 0.15, shortest_s: float = 8.0) -> Play:
    """A share of the lines meets a change, drawn anew where none is given."""

    async def play(stage: Stage) -> None:
        node, chance, count = stage.node, stage.chance, 0
        assert node is not None

        def change(line: bytes) -> list[bytes]:
            nonlocal count
            if chance.random() >= share:
                return [line]
            count += 1
            return _damaged(stage, line) if make is None else make(line)

        node.change = change
        end_s = stage.time.now_s + chance.uniform(shortest_s, MAX_S)
        while stage.time.now_s < end_s or not count:
            await stage.live(LOOK_S)
            stage.look()
        node.change = lambda line: [line]
        await stage.live(1.0)
        stage.look()

    return play


def _damaged(stage: Stage, line: bytes) -> list[bytes]:
    """Cut, garbage or without a field, its line break kept."""
    cut = line[: stage.chance.randrange(1, len(line) - 1)] + b"\n"
    fields = line.replace(b'"startPosition"', b'"x"').replace(b'"block_number"', b'"y"')
    return [stage.chance.choice((cut, b"garbage\n", fields, b"\n"))]


async def late(stage: Stage) -> None:
    """The node stops writing, and then writes all of it at once."""
    node = stage.node
    assert node is not None
    held: list[bytes] = []

    def hold(line: bytes) -> list[bytes]:
        held.append(line)
        return []

    def release(line: bytes) -> list[bytes]:
        lines = [*held, line]
        held.clear()
        return lines

    node.change = hold
    end_s = stage.time.now_s + stage.chance.uniform(12.0, 40.0)
    while stage.time.now_s < end_s:
        await stage.live(LOOK_S)
        stage.look()
    node.change = release
    await stage.live(1.0)


async def replaced(stage: Stage) -> None:
    """The file of the hour begins anew, with lines of before in it or without."""
    node = stage.node
    assert node is not None
    path = node.path(stage.exchange.told_ms)
    content = path.read_bytes()
    path.unlink()
    if stage.chance.random() < 0.5:
        path.write_bytes(content[content.find(b"\n", len(content) // 2) + 1 :])
    await stage.live(stage.chance.uniform(2.0, 10.0))
    stage.look()


def node_kind(name: str, play: Play, *, said: bool = True) -> FaultKind:
    """A kind in which prints come from an own node."""

    def run(seed: int) -> Trial:
        return simulate(seed, play, expects_said=said, prepare=Stage.follow_node)

    return FaultKind(name=name, where="simulated", expects_said=said, run=run)


KINDS = (
    node_kind("node: lines cut, garbage, without fields", changing()),
    node_kind("node: blocks missing", changing(lambda _: [])),
    node_kind("node: lines twice", changing(lambda line: [line, line]), said=False),
    node_kind("node: silent, then all at once", late),
    node_kind("node: the file replaced", replaced, said=False),
)
