"""Compiling all kernels before anybody waits for them: what (jobs), and in processes beside this one (beside)."""
