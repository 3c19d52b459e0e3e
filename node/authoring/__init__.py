"""What people do with their keys: found and change actors, describe commons, agree pacts."""
