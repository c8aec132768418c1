"""What happened: the press ledger, and the summary of a run."""
