"""Looking a corpus over: counts of what is odd about its files, as a report."""
