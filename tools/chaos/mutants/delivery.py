"""Alerts on their way: the outbox, where messages may go, what is never shown."""

from __future__ import annotations

from chaos.mutant import Mutant

DELIVERY = "src/liqscape/service/alerting/delivery.py"
GUARD = "src/liqscape/service/alerting/target_guard.py"
JOURNAL = "src/liqscape/store/outbox/journal.py"
OUTBOX = "src/liqscape/service/alerting/outbox.py"
WEBHOOK = "src/liqscape/service/alerting/webhook.py"

MUTANTS = (
    Mutant(
        "an alert is taken before it is on disk",
        OUTBOX,
        "                self._journal.append(lines)\n                self._take_all(lines)\n",
        "                self._take_all(lines)\n",
        ("tests/service/alerting/test_outbox.py", "tests/store/outbox/test_kill.py"),
    ),
    Mutant(
        "the torn end of the outbox's journal stays",
        JOURNAL,
        "        elif good_end < len(content):",
        "        elif False:",
        ("tests/store/outbox/test_journal.py::test_a_cut_anywhere_costs_the_torn_line_only",),
    ),
    Mutant(
        "after a rewriting the outbox goes on in the file that lost its name",
        JOURNAL,
        "            self._forget()  # whichever file has the name now is opened anew",
        "            pass",
        ("tests/store/outbox/test_journal.py",),
    ),
    Mutant(
        "an alert that was delivered is sent once more when it is put again",
        OUTBOX,
        "return message_id in self._held or message_id in self._finished",
        "return message_id in self._held",
        ("tests/service/alerting/test_outbox.py",),
    ),
    Mutant(
        "a message that a receiver refuses stops all behind it",
        OUTBOX,
        "            queue.waiting.remove(message_id)\n            queue.waiting.append(message_id)\n",
        "",
        ("tests/service/alerting/test_delivery.py::test_one_message_that_is_refused_does_not_stop_the_next",),
    ),
    Mutant(
        "the address of a webhook is not judged when it is connected to",
        WEBHOOK,
        "                check_target(info[4][0], is_private_allowed=destination.is_private_allowed)",
        "                pass",
        ("tests/service/alerting/test_webhook.py",),
    ),
    Mutant(
        "a webhook follows redirects",
        WEBHOOK,
        "allow_redirects=False",
        "allow_redirects=True",
        ("tests/service/alerting/test_webhook.py::test_anything_but_success_is_a_failure",),
    ),
    Mutant(
        "plugins of Apprise connect to whatever they like",
        "src/liqscape/service/alerting/apprise_child.py",
        'WATCHED = ("socket.connect", "socket.sendto", "socket.sendmsg")',
        "WATCHED: tuple[str, ...] = ()",
        ("tests/service/alerting/test_apprise.py",),
    ),
    Mutant(
        "an IPv6 address that carries a private one is public",
        GUARD,
        "    for each in (address, *_carried(address)):",
        "    for each in (address,):",
        ("tests/service/alerting/test_target_guard.py",),
    ),
    Mutant(
        "a file of destinations that cannot be read ends delivery",
        DELIVERY,
        "        except LiqscapeError as error:\n",
        "        except ZeroDivisionError as error:\n",
        ("tests/service/alerting/test_delivery.py",),
    ),
    Mutant(
        "an address shows itself",
        "src/liqscape/service/alerting/destinations.py",
        '        return "***"',
        "        return self._text",
        ("tests/service/alerting/test_destinations.py",),
    ),
    Mutant(
        "a page of another origin has test messages sent",
        "src/liqscape/web/routes/deliveries.py",
        "    refuse_other_sites(request)\n",
        "",
        ("tests/web/test_deliveries.py::test_nobody_else_sends_one",),
    ),
)
