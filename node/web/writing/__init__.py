"""Pages for those who write: they sign in, fill in forms, see what they are about to sign, and sign it."""
