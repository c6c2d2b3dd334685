"""Rules for alerts: what fires, once, under which name, and what is remembered of it."""

from __future__ import annotations

from chaos.mutant import Mutant

INSIGHT = "src/liqscape/insight/alerts"
GATE = f"{INSIGHT}/gate.py"
ROWS = f"{INSIGHT}/mark_rows.py"
TELLING = f"{INSIGHT}/telling.py"
NEAR = "tests/insight/alerts/test_near.py"
EVENTS = "tests/insight/alerts/test_events.py"

MUTANTS = (
    Mutant(
        "a level that the mark jumps over is not touched",
        ROWS,
        "        is_touched = is_at | (self._from_below & (was < price) & (now >= price))\n",
        "        is_touched = is_at | (self._from_below & (now == price))\n",
        (NEAR,),
    ),
    Mutant(
        "a rule is armed again as soon as its figure is back at the limit",
        GATE,
        "(excess < -self._hysteresis)",
        "(excess < 0.0)",
        (NEAR,),
    ),
    Mutant(
        "a rule that was armed again is forgotten over a restart",
        GATE,
        "        self.is_changed = True\n",
        "        self.is_changed = not state.is_armed\n",
        ("tests/service/alerting/test_engine.py::test_a_rule_that_was_armed_again_is_so_after_a_restart",),
    ),
    Mutant(
        "the mark is near a cluster that holds nothing any more",
        f"{INSIGHT}/cluster_rows.py",
        "for row in found if row.size > 0.0]",
        "for row in found]",
        (NEAR,),
    ),
    Mutant(
        "what happened before a rule was written is told to it",
        f"{INSIGHT}/evaluator.py",
        "        if event in self.memory.reported or at_ms < self.memory.rules[rule.rule_id].since_ms:\n",
        "        if event in self.memory.reported:\n",
        ("tests/insight/alerts/test_telling.py", EVENTS),
    ),
    Mutant(
        "a merger of clusters is told as a dissolution",
        f"{INSIGHT}/events.py",
        '    if row.event != "ended" or row.merged_into is not None:\n',
        '    if row.event != "ended":\n',
        (EVENTS,),
    ),
    Mutant(
        "a cool-down does not count what it keeps back",
        TELLING,
        "        state.held_back_count += 1\n",
        "        pass\n",
        ("tests/insight/alerts/test_telling.py",),
    ),
    Mutant(
        "quiet hours are sent as any other",
        TELLING,
        "        destinations=() if is_quiet else rule.destinations,\n",
        "        destinations=rule.destinations,\n",
        ("tests/insight/alerts/test_telling.py",),
    ),
    Mutant(
        "what rules remember is kept before an alert was handed on",
        "src/liqscape/service/alerting/engine.py",
        "            came_ns, look = self._waiting.popleft()\n            self._hand_on(came_ns, look())\n",
        "            came_ns, look = self._waiting.popleft()\n            alerts = look()\n"
        "            self.kept.keep(self._evaluator.memory)\n            self._hand_on(came_ns, alerts)\n",
        (
            "tests/service/alerting/test_engine.py::"
            "test_killed_between_the_sink_and_the_memory_it_is_handed_on_again_under_its_id",
        ),
    ),
    Mutant(
        "what a replay would have fired is not labelled",
        "src/liqscape/service/alerting/replayed.py",
        "replace(alert, provenance=replace(alert.provenance, note=note))",
        "alert",
        ("tests/service/alerting/test_replayed.py",),
    ),
    Mutant(
        "alerts: where stops are unknown a rule is armed again",
        "src/liqscape/insight/alerts/stop_rows.py",
        "nearest[~self._is_known | np.isnan(mark[self._market])] = np.nan",
        "nearest[np.isnan(mark[self._market])] = np.nan",
        ("tests/insight/alerts/test_near_stops.py",),
    ),
    Mutant(
        "alerts: stops read with a little less are another place",
        "src/liqscape/insight/alerts/stop_rows.py",
        "BACK_SHARE = 0.5",
        "BACK_SHARE = 1.0",
        ("tests/insight/alerts/test_near_stops.py",),
    ),
    Mutant(
        "alerts: trigger orders are looked at though no rule asks any more",
        "src/liqscape/service/alerting/engine.py",
        "moment.triggers if is_asked else None",
        "moment.triggers",
        ("tests/service/alerting/test_known_stops.py",),
    ),
)
