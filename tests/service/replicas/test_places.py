"""Real processes over TLS with a token: replicas of a shared folder and of a bucket answer as their collector."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from bucket_server import Bucket, reach_bucket, serve_bucket
from nats_access import make_certificates
from replica_answers import assert_same_answers, wait_until_shown
from replica_processes import Farm
from small_market import MINUTE_MS, START_MS

TOKEN = "never-to-be-told-4711"
ACCOUNTS = 2_000
"""So many that files are too large for messages."""
PLACE = "s3://test-bucket/maps"


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    pytest.importorskip("obstore")
    with serve_bucket(Bucket(is_payer_needed=False)) as served:
        reach_bucket(served, monkeypatch, TOKEN)
        yield served


@pytest.mark.truth  # four processes of a map; what it rests on is tried one by one beside it
def test_replicas_of_a_shared_folder_and_of_a_bucket_answer_as_the_collector(farm: Farm, bucket: Bucket) -> None:
    certificates = make_certificates(farm.folder / "certificates")
    token = farm.folder / "token"
    token.write_text(TOKEN)
    token.chmod(0o600)
    farm.nats(config=f'{certificates.server_part % "verify: true"}\nauthorization {{ token: "{TOKEN}" }}')
    access = ("--nats-token-file", token, "--nats-authority", certificates.authority)
    options = [*map(str, access), "--nats-certificate", str(certificates.client)]
    url = farm.url.replace("nats://", "tls://")
    collector = farm.collector("--sealed-to", PLACE, "--accounts", str(ACCOUNTS), *options, url=url)
    collector.make("seal")
    shared = farm.replica("shared", *options, url=url, data=str(farm.folder / "data"))
    stored = farm.replica("stored", *options, url=url, data=PLACE)
    newest_ms = collector.make("frame")
    for replica in (shared, stored):
        wait_until_shown(replica, newest_ms)
        assert_same_answers(collector, replica, [START_MS + 10 * MINUTE_MS, newest_ms // MINUTE_MS * MINUTE_MS])
    taken = {path for method, path, _ in bucket.seen if method == "GET"}
    assert any("/maps/parts/" in path for path in taken), "the replica took its larger files from the bucket"
    assert not (farm.folder / "data" / "replica.json").exists(), "the collector's folder is not written in"

    # The bucket is gone: the collector says so and goes on, replicas ask it for what they lack.
    bucket.is_payer_needed = True
    newest_ms = collector.make("minute", "seal", "minute", "frame")
    for replica in (shared, stored):
        wait_until_shown(replica, newest_ms)
        assert_same_answers(collector, replica, [newest_ms // MINUTE_MS * MINUTE_MS, newest_ms])
    logs = [(farm.folder / name).read_text() for name in ("collector.log", "shared.log", "stored.log")]
    assert "--sealed-to: s3://test-bucket/maps/" in logs[0]
    assert "start: liqscape" in logs[1]
    assert " replica, process " in logs[1]
    told = "".join(logs) + repr([each.ask("sources") for each in (shared, stored)])
    assert TOKEN not in told
    assert "Traceback" not in told
