"""What an import would fetch from buckets, said and agreed to before it does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from liqscape.cli.confirming import confirm, is_at_terminal
from liqscape.cli.history_text import bytes_text, count_text
from liqscape.errors import SettingsError

if TYPE_CHECKING:
    from liqscape.sources.archive.volume import BucketVolume


class Fetching:
    """Says the volume on stderr and asks. is_dry: only says; is_agreed: does not ask.

    volumes      what would be, or was, fetched.
    is_declined  nothing is imported: only the volume was wanted, or the user said no.
    """

    def __init__(self, *, is_dry: bool, is_agreed: bool, is_json: bool) -> None:
        self._is_dry, self._is_agreed, self._is_json = is_dry, is_agreed, is_json
        self.volumes: tuple[BucketVolume, ...] = ()
        self.is_declined = False

    def agree(self, volumes: tuple[BucketVolume, ...]) -> bool:
        """Whether to go on. Raises SettingsError where nobody is at a terminal to ask."""
        self.volumes = volumes
        total = sum(volume.bytes for volume in volumes)
        if not self._is_dry:
            for line in _lines(volumes):
                print(f"liqscape: {line}", file=sys.stderr)
        elif not self._is_json:
            print("\n".join(_lines(volumes) or ["nothing is fetched from buckets"]))
        if self._is_dry:
            self.is_declined = True
        elif total and not self._is_agreed:
            if not is_at_terminal():
                raise SettingsError(
                    f"{bytes_text(total)} would be fetched from buckets that the reader pays: --yes agrees"
                )
            self.is_declined = not confirm(f"Fetch {bytes_text(total)}?")
        return not self.is_declined


def _lines(volumes: tuple[BucketVolume, ...]) -> list[str]:
    lines = []
    for each in volumes:
        price = "price not known (--price-per-gb says it)"
        if each.usd is not None and each.usd_per_gib is not None:
            price = f"about {each.usd:,.2f} USD at {each.usd_per_gib:g} USD a GB (2^30 bytes)"
        lines.append(
            f"s3://{each.bucket}: {count_text(each.object_count, 'object')}, {bytes_text(each.bytes)}, {price}"
        )
    return lines
