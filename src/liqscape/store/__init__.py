"""Files: what survives the process. Time travel over frames and accounts lives in `store.history`."""
