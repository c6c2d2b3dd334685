"""One collector and its replicas: what is let in, what is sent to whom, what is put in place."""

from __future__ import annotations

from chaos.mutant import Mutant

CONNECTION = "src/liqscape/service/replicas/connection.py"
SETTINGS = "src/liqscape/service/replicas/settings.py"
DOORS = "tests/service/replicas/test_connection.py"

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
)
