"""An organization's colour, with the ink that is read on it (WCAG 2.2, contrast)."""

import re

COLOUR = re.compile(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})")


def style_sheet(colour: str) -> str:
    """Custom properties for the portal's pages; nothing without a colour."""
    match = COLOUR.fullmatch(colour)
    if match is None:
        return ""
    ink = ink_on(*(int(part, 16) for part in match.groups()))
    return f":root {{ --brand: {colour.lower()}; --on-brand: {ink}; }}\n"


def ink_on(red: int, green: int, blue: int) -> str:
    """Black or white, whichever stands out more; either way by 4.5 to 1 at least."""
    luminance = 0.2126 * _linear(red) + 0.7152 * _linear(green) + 0.0722 * _linear(blue)
    return "#ffffff" if 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05 else "#000000"


def _linear(part: int) -> float:
    share = part / 255
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)
