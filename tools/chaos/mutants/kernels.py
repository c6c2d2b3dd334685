"""What is kept of compiled kernels: none is run that was compiled from other sources."""

from __future__ import annotations

from chaos.mutant import Mutant

DIGESTED = "tests/risk/kernels/test_source_digest.py"

MUTANTS = (
    Mutant(
        "a kernel is known by its own file alone",
        "src/liqscape/risk/kernels/source_digest.py",
        "digest.update(source_digest(name).encode())",
        "digest.update(name.encode())",
        (f"{DIGESTED}::test_a_kernel_is_compiled_anew_when_a_rule_it_imports_changes_or_moves",),
    ),
)
