"""Pieces of a study on a Ray cluster: a local one, or the one at an address (extra `ray`; docs/scale.md).

Machines of a cluster read the data folder by its path, so it has to lie on storage that all of them see; results come
back over Ray, and this process alone writes.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from liqscape.errors import SettingsError
from liqscape.service.studying.executors import ATTEMPTS, Result, Task, worker_died

KNOCK_SECONDS = 5.0


class RayExecutor:
    """At most `workers` pieces at once, a CPU each. address: of a cluster that is there; None starts a local one.

    Raises SettingsError where Ray is missing, or no cluster answers at the address.
    """

    def __init__(self, workers: int, address: str | None = None) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        try:
            import ray
        except ImportError:
            raise SettingsError('--on ray needs Ray: pip install "liqscape[ray]"') from None
        self._ray: Any = ray
        self._workers = workers
        if address is not None:
            _knock(address)
        self._is_ours = not ray.is_initialized()
        if not self._is_ours:
            return
        try:
            if address is None:
                ray.init(
                    num_cpus=workers,
                    include_dashboard=False,
                    log_to_driver=False,
                    configure_logging=False,
                    _node_ip_address="127.0.0.1",
                )
            else:
                ray.init(address=address, log_to_driver=False, configure_logging=False)
        except (ConnectionError, RuntimeError, ValueError) as error:
            first = str(error).strip().splitlines()[0]
            raise SettingsError(f"no Ray cluster can be used at {address or 'this machine'}: {first}") from None

    def map(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> Iterator[tuple[Task, Result]]:
        ray = self._ray
        remote = ray.remote(num_cpus=1, max_retries=0)(work)  # retried here, so that attempts are counted
        waiting = [(task, 1) for task in reversed(tasks)]
        running: dict[Any, tuple[Task, int]] = {}
        while waiting or running:
            while waiting and len(running) < self._workers:
                task, attempt = waiting.pop()
                running[remote.remote(task)] = (task, attempt)
            done, _ = ray.wait(list(running), num_returns=1)
            for reference in done:
                task, attempt = running.pop(reference)
                try:
                    result = ray.get(reference)
                except (
                    ray.exceptions.WorkerCrashedError,
                    ray.exceptions.NodeDiedError,
                    ray.exceptions.ObjectLostError,
                ):
                    if attempt == ATTEMPTS:
                        raise worker_died(task) from None
                    waiting.append((task, attempt + 1))
                    continue
                except ray.exceptions.RayTaskError as error:
                    raise error.cause from None
                yield task, result

    def close(self) -> None:
        if self._is_ours:
            self._ray.shutdown()


def _knock(address: str) -> None:
    """Raises SettingsError where nothing listens at HOST:PORT: Ray itself goes on asking for minutes."""
    host, _, port = address.rpartition(":")
    if address == "auto" or "://" in address:
        return
    if not (host and port.isdecimal()):
        raise SettingsError(f"--address {address} is neither HOST:PORT, ray://HOST:PORT nor auto")
    try:
        socket.create_connection((host, int(port)), timeout=KNOCK_SECONDS).close()
    except (OSError, OverflowError) as error:
        raise SettingsError(f"no Ray cluster can be used at {address}: {error}") from None
