"""Regular expressions that Java's matcher is done with soon, since no timeout ends it.

Tried on 5.26: `(.*a){12}` on forty letters still ran, timeout or not, when we gave up.
"""

import re

_MAX_LENGTH = 500
_PLAIN = re.compile(r"\\[^0-9kQ]|\[[^\]]*\]")
_FORBIDDEN = re.compile(r"\)[*+{]|\\[0-9kQ]|\(\?(?![ims]+\)|:)")
"""A repeated group, a back reference, a quotation, or a construct that is not told apart here."""
_LIMITS = ((re.compile(r"[*+{]"), 3), (re.compile(r"(?<!\()\?"), 8), (re.compile(r"\("), 8))


def quick_pattern(pattern: str) -> bool:
    """Whether a pattern goes back over few choices only, by its form.

    The matcher's work grows as a power of the text's length, the power being the number of
    unbounded repeats, and doubles with each optional piece; both are bounded.
    """
    bare = _PLAIN.sub("x", pattern)
    return (
        len(pattern) <= _MAX_LENGTH
        and _FORBIDDEN.search(bare) is None
        and all(len(kind.findall(bare)) <= most for kind, most in _LIMITS)
    )
