"""Three nodes on this machine agree a pact, shown as it happens: `make demo`."""
