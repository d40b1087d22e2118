"""Settings: the organization, its people and places, its keys, and the audit."""
