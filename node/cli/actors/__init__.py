"""The verbs about who signs: actors, their keys, councils and boards, who vouches for whom."""
