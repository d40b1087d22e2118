"""Words in cells by which people and programs say yes, no or which of some choices."""

from core.text import fold

YES = frozenset(
    {
        *("true", "yes", "y", "1", "x", "si", "s", "ja", "j", "oui", "o", "wahr", "vrai"),
        *("verdadero", "on", "subscribed", "suscrito", "opted in", "opt in"),
    }
)
NO = frozenset(
    {
        *("false", "no", "n", "0", "nein", "non", "falsch", "faux", "falso", "off", "cleaned"),
        *("unsubscribed", "nonsubscribed", "non subscribed", "not subscribed"),
        *("never subscribed", "opted out", "opt out"),
    }
)
UNSAID = frozenset({"unknown", "not specified", "pending", "n/a", "desconocido"})


def read_yes(cell: str) -> bool | None:
    """Yes or no; None for what is neither."""
    word = fold(cell)
    return True if word in YES else False if word in NO else None


def choice_key(text: str) -> str:
    """The form in which the values of choices are written."""
    return fold(text).replace(" ", "_").replace("-", "_")
