"""The verbs about agreeing: calls, pacts and their procedure, votes."""
