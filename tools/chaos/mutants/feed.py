"""What is asked and received: answers, sockets, limits, readers of the wire."""

from __future__ import annotations

from chaos.mutant import CHAOS, Mutant

MUTANTS = (
    Mutant(
        "an answer is read to its end",
        "src/liqscape/feed/info_client.py",
        "if size > bound:",
        "if False:",
        ("tests/feed/test_info_client.py",),
    ),
    Mutant(
        "an answer of HTML is an answer",
        "src/liqscape/feed/info_client.py",
        "            check_answer(content, question.request, question.url)",
        "            pass",
        ("tests/feed/test_info_client.py",),
    ),
    Mutant(
        "a state that does not add up is used",
        "src/liqscape/wire/info/read_state.py",
        "            found.is_cross_unknown = True\n    if not found.errors",
        "            pass\n    if not found.errors",
        ("tests/states/test_one_broken_field.py::test_figures_that_can_be_read_but_do_not_add_up_back_no_position",),
    ),
    Mutant(
        "a state that cannot be read ends the program",
        "src/liqscape/feed/state_streams/socket.py",
        "        except RemoteWireError:",
        "        except KeyError:",
        ("tests/feed/state_streams/test_socket.py",),
    ),
    Mutant(
        "a server that knows no batches is taken for one that fails",
        "src/liqscape/feed/reconcile/account_answer.py",
        "        return StateAnswer(content, None, holds, fault)",
        "        return StateAnswer(content, None, (), str(rows))",
        ("tests/feed/reconcile/test_account_answer.py",),
    ),
    Mutant(
        "whoever closed a position is not looked for there again",
        "src/liqscape/feed/reconcile/account_answer.py",
        "isinstance(row, RemoteWireError | PartialState) or bool(row.assetPositions)",
        "isinstance(row, RemoteWireError) or bool(row.assetPositions)",
        ("tests/feed/reconcile/test_account_answer.py",),
    ),
    Mutant(
        "a few bad answers keep an account waiting for minutes",
        "src/liqscape/feed/reconcile/planner.py",
        "np.minimum(failures - 1, SOON_DOUBLINGS) + np.maximum(failures - SOON_FAILURES, 0)",
        "failures - 1",
        ("tests/feed/reconcile/test_planner.py",),
    ),
    Mutant(
        "a connection that answers pings is silent",
        "src/liqscape/feed/socket/session.py",
        "return [Answered(text), *self._ready()]",
        "return self._ready()",
        ("tests/reliability/test_quiet_market.py", "tests/feed/socket/test_session.py"),
    ),
    Mutant(
        "who is in doubt again and again looks in no further dex",
        "src/liqscape/feed/reconcile/planner.py",
        "looks[again[: int(np.ceil(LOOK_SHARE * len(rows)))]] = 1",
        "pass",
        ("tests/feed/reconcile/test_planner.py",),
    ),
    Mutant(
        "who is read again in vain is not looked for elsewhere",
        "src/liqscape/feed/reconcile/planner.py",
        "        looks[is_idle] = 1\n",
        "",
        ("tests/feed/reconcile/test_planner.py",),
    ),
    Mutant(
        "a server that falls silent holds a question for a minute",
        "src/liqscape/feed/info_client.py",
        ", sock_read=silent_s)",
        ")",
        (
            "tests/feed/test_info_client.py::test_a_server_that_falls_silent_is_given_up_long_before_the_bound_of_an_answer",
        ),
    ),
    Mutant(
        "what was refused once is asked for again after a minute",
        "src/liqscape/feed/socket/asks.py",
        "REFUSED_S, MAX_REFUSED_S = 5.0, 60.0",
        "REFUSED_S, MAX_REFUSED_S = 60.0, 60.0",
        ("tests/feed/socket/test_session.py",),
    ),
    Mutant(
        "what is refused for long is asked for every few seconds",
        "src/liqscape/feed/socket/asks.py",
        "max(REFUSED_S, (self.refused_s - self.first_refused_s) / 2.0)",
        "REFUSED_S",
        ("tests/feed/socket/test_session.py",),
    ),
    Mutant(
        "where the ledger holds something and the register does not know is not read",
        "src/liqscape/feed/reconcile/planner.py",
        "self._book.note_dex(rows[met[new]], number)",
        "pass",
        ("tests/feed/reconcile/test_planner.py",),
    ),
    Mutant(
        "who is asked about while a plan is made is asked about twice",
        "src/liqscape/feed/reconcile/planner.py",
        "            chosen = chosen.of(self._pending[chosen.rows] == 0)\n",
        "",
        ("tests/feed/reconcile/test_same_plans.py",),
    ),
    Mutant(
        "asked is looked for",
        "src/liqscape/feed/reconcile/planner.py",
        "~self._searched[rows] & self._all_bits()",
        "~self._looked[rows] & self._all_bits()",
        ("tests/feed/reconcile/test_planner.py",),
    ),
    Mutant(
        "a refused subscription is no gap",
        "src/liqscape/feed/socket/session.py",
        ', *self._open_gap(refused, "refused by the server")]',
        "]",
        (CHAOS + "socket: subscriptions refused", "tests/feed/socket/test_session.py"),
    ),
    Mutant(
        "a refusal after a start is somebody else's doing",
        "src/liqscape/feed/limiter.py",
        "elif now < self._resumed_s + MINUTE_S:",
        "elif False:",
        ("tests/feed/test_limiter.py",),
    ),
    Mutant(
        "what is missing after a start is not counted",
        "src/liqscape/feed/limiter.py",
        "self._window.insert(self._resumed_s, max(0, unknown))",
        "pass",
        ("tests/feed/test_limiter.py",),
    ),
)
