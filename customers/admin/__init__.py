"""Django finds an app's admin here."""

from customers.admin import customers, people, privacy, work

__all__ = ["customers", "people", "privacy", "work"]
