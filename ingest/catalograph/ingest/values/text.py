"""Text of cells: HTML, entities and escaped line breaks resolved."""

import html
import re
from html.parser import HTMLParser

_ELEMENTS = """
a abbr acronym address applet area article aside audio b base bdi bdo big blink blockquote body br
button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div
dl dt em embed fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head
header hr html i iframe img input ins kbd label legend li link main map mark marquee menu meta nav
nobr noscript object ol optgroup option output p param picture pre progress q rp rt ruby s samp
script section select small source span strike strong style sub summary sup svg table tbody td
template textarea tfoot th thead time title tr track tt u ul var video wbr
"""
_TAG = rf"/?(?:(?:{'|'.join(_ELEMENTS.split())})(?=[\s/>])|[a-zA-Z]\w*[:-]\w)[^<>]*>"
_MARKUP = re.compile(rf"<(?:{_TAG}|!--|!\[CDATA\[|!doctype)", re.IGNORECASE)
_NO_MARKUP = re.compile(rf"<(?!{_TAG}|!--|!\[CDATA\[|!doctype)", re.IGNORECASE)
_ESCAPED_MARKUP = re.compile(
    r"</(?:p|div|span|ul|ol|li|b|i|strong|em|h[1-6]|table|td|tr|a)>|<br ?/?>", re.IGNORECASE
)
_ESCAPED_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|nbsp|#\d{2,5});")
_ESCAPED_BREAK = re.compile(r"(?<![\\:])(?:\\r)?\\n|(?<![\\:])\\r(?![a-z])")
_CDATA = re.compile(r"<!\[CDATA\[(.*?)(?:\]\]>|\Z)", re.DOTALL)
_SILENT = frozenset(
    {"style", "script", "title", "head", "template", "noscript", "svg", "iframe", "object"}
)
"""Elements whose content is not text of the page."""
_CLOSES_HEAD = frozenset({"body", "p", "div", "ul", "ol", "h1", "h2", "h3", "table", "section"})
_INLINE_TEXT = """
a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark nobr o:p q ruby
s samp small span strike strong sub sup time tt u var wbr
"""
_INLINE = frozenset(_INLINE_TEXT.split())
_WITHIN_WORD = re.compile(r"(?<=\w)\ue002+(?=\w)")
_JOINING = frozenset({"sub", "sup", "wbr", "nobr"})


def to_lines(text: str) -> str:
    """Return the text of a cell with HTML resolved; blocks, such as list items, become lines.

    Contents of style, script and head, and comments are no text. Line breaks written as a backslash
    and an n, as WooCommerce does, are line breaks.
    """
    if "\\" in text:
        text = _ESCAPED_BREAK.sub("<br>" if "<" in text else "\ue001", text)
    if "<" in text and _MARKUP.search(text):
        text = _resolve(text)
    elif "&" in text:
        text = html.unescape(text)
        if "&" in text and _ESCAPED_ENTITY.search(text):
            text = html.unescape(text)
        # Markup that a feed escaped as a whole.
        if "<" in text and _ESCAPED_MARKUP.search(text):
            text = _resolve(text)
    return text.replace("\ue001", "\n") if "\ue001" in text else text


def _resolve(markup: str) -> str:
    """Return the text of HTML, its own line breaks as spaces and one line per block."""
    if "<![CDATA[" in markup:
        markup = _CDATA.sub(r"\1", markup)
    # A "<" that begins no tag would hide the rest: "sizes <M and >XL".
    reader = _TextReader()
    reader.feed(_NO_MARKUP.sub("&lt;", markup))
    reader.close()
    return reader.text()


def _separator(tag: str) -> str:
    """Return the sign that a tag leaves: of an end of line, or of a possible space."""
    if tag in _JOINING:
        return ""
    # "<b>Size</b>Large" are two words, "<b>water</b>." is one.
    return "\ue002" if tag in _INLINE else "\ue001"


class _TextReader(HTMLParser):
    """Collects the visible text, with a private-use character where a line ends."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._silent == ["head"] and tag in _CLOSES_HEAD:
            self._silent.clear()  # the end tag of a head may be left out
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in ("td", "th"):
            self._parts.append(" ")
        else:
            self._parts.append(_separator(tag))

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag not in ("td", "th"):
            self._parts.append(_separator(tag))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _SILENT:
            self._parts.append(_separator(tag))

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._parts.append(data)

    def text(self) -> str:
        """Return the collected text."""
        text = _WITHIN_WORD.sub(" ", "".join(self._parts)).replace("\ue002", "")
        lines = " ".join(text.split()).split("\ue001")
        return "\n".join(line.strip() for line in lines if line.strip())
