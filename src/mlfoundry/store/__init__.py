"""Where rows are kept: the inbox, the merge, the engines."""
