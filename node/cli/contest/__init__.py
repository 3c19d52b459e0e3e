"""The verbs about disagreeing: challenges, links, assessments, answers."""
