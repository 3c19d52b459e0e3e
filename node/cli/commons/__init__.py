"""The verbs about places: commons, territories, alerts, what is sealed, registers that come in from files."""
