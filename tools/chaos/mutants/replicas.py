"""One collector and its replicas: what is let in, what is sent to whom, what is put in place."""

from __future__ import annotations

from chaos.mutant import Mutant

CONNECTION = "src/liqscape/service/replicas/connection.py"
SETTINGS = "src/liqscape/service/replicas/settings.py"
DOORS = "tests/service/replicas/test_connection.py"

FOLLOWING = "tests/service/replicas/test_following.py"
FRAMES = "tests/service/replicas/test_frames.py"
MIRROR = "src/liqscape/service/replicas/mirror.py"
MIRRORED = "tests/service/replicas/test_mirror.py"
SEALED = "tests/service/replicas/test_sealed.py"

MUTANTS = (
    Mutant(
        "a token is sent in the clear to a NATS server that offers no TLS",
        CONNECTION,
        'if not is_web and not self._server_info.get("tls_required"):',
        "if False:",
        (f"{DOORS}::test_nothing_secret_is_sent_to_a_server_that_offers_no_tls",),
    ),
    Mutant(
        "a trouble of NATS is said with what is secret in it",
        "src/liqscape/service/replicas/sessions.py",
        "        text = self._mask(text)\n",
        "",
        (f"{DOORS}::test_trouble_that_names_a_secret_is_said_without_it",),
    ),
    Mutant(
        "a password is shown as it reads decoded",
        SETTINGS,
        "found |= {unquote(each) for each in found}",
        "pass",
        (f"{DOORS}::test_no_secret_of_an_address_is_shown",),
    ),
    Mutant(
        "a seed of which a letter is wrong is taken for one",
        "src/liqscape/service/replicas/credentials.py",
        "return key if len(key) == KEY_BYTES and binascii.crc_hqx(content[:-2], 0) == checksum else None",
        "return key if len(key) == KEY_BYTES else None",
        (f"{DOORS}::test_a_file_that_holds_no_credentials_is_refused_at_once",),
    ),
    Mutant(
        "a full disk ends the session of a replica",
        "src/liqscape/service/replicas/follower.py",
        "except (FeedError, OSError) as error:",
        "except FeedError as error:",
        (f"{FOLLOWING}::test_a_full_disk_stops_files_and_not_what_is_live_and_is_gone_on_from",),
    ),
    Mutant(
        "a place out of order is asked for every file",
        "src/liqscape/service/replicas/fetching.py",
        "if self._source is None or time.monotonic() < self._source_again_at:",
        "if self._source is None:",
        (f"{FOLLOWING}::test_a_place_out_of_order_is_asked_once_and_the_collector_instead",),
    ),
    Mutant(
        "files that could not be put into their place are forgotten",
        "src/liqscape/service/replicas/sealing.py",
        "if path not in removed} | changed",
        "if path not in removed and False} | changed",
        (f"{SEALED}::test_while_the_place_is_out_of_order_files_wait_and_are_put_there_later",),
    ),
    Mutant(
        "another content under the same path is taken from the place of sealed files",
        "src/liqscape/service/replicas/sealed.py",
        "return content if mark_of(content) == mark else None",
        "return content",
        (f"{SEALED}::test_a_folder_holds_what_is_too_large_for_messages",),
    ),
    Mutant(
        "the manifest comes before the parts it names",
        MIRROR,
        "return {MANIFEST_COPY: 1, MANIFEST: 2}.get(unit, 0), unit",
        "return {MANIFEST_COPY: -2, MANIFEST: -1}.get(unit, 0), unit",
        (f"{MIRRORED}::test_killed_at_any_step_the_folder_can_be_read_and_the_rest_is_done_after",),
    ),
    Mutant(
        "a change that does not follow the one before is taken",
        MIRROR,
        "if not is_known or (self._wanted is None",
        "if (self._wanted is None",
        (f"{MIRRORED}::test_a_change_that_does_not_follow_is_not_taken",),
    ),
    Mutant(
        "a change may name a file outside the map",
        "src/liqscape/service/replicas/listing.py",
        "if not is_known or len(path) > MAX_PATH or not all(_NAME.fullmatch(name) for name in names):",
        "if not is_known or len(path) > MAX_PATH:",
        (f"{MIRRORED}::test_only_files_of_a_map_are_named",),
    ),
    Mutant(
        "a frame is taken on top of another one than it follows",
        "src/liqscape/service/replicas/frames.py",
        "if not sent.is_keyframe and (sent.session, sent.follows) != (self._session, self._sequence):",
        "if False:",
        (f"{FRAMES}::test_frames_of_moving_accounts_come_back_bit_for_bit_lost_ones_and_restarts_included",),
    ),
)
