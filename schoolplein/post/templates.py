"""What the letters say: a text file for each kind and language, and the mail's two parts made from it."""

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import jinja2

from models import Locale, MailKind

WIDTH = 76
PAGE = """<!doctype html>
<html lang="{language}">
<head><meta charset="utf-8"><title>{subject}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f2;color:#222;font:16px/1.5 sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#fff;border-radius:8px">
{paragraphs}
</div>
</body>
</html>
"""
PARAGRAPH = '<p style="margin:0 0 16px">{}</p>'
BUTTON = (
    '<p style="margin:0 0 16px"><a href="{0}" style="display:inline-block;padding:12px 20px;border-radius:6px;'
    'background:#1d5c8f;color:#fff;text-decoration:none">{1}</a></p>\n'
    '<p style="margin:0 0 16px;font-size:13px;word-break:break-all">{0}</p>'
)
OPEN = {Locale.NL: "Openen", Locale.EN: "Open"}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A letter, ready for an envelope."""

    subject: str
    text: str
    html: str


def render(kind: MailKind, locale: Locale, values: Mapping[str, str], link: str | None) -> Rendered:
    """Fill in the template of a kind. Raises jinja2.UndefinedError when it wants a value that is not there."""
    given = {name: one_line(value) for name, value in values.items()}
    if link is not None:
        given["link"] = link
    subject, _, body = _templates().get_template(template_name(kind, locale)).render(given).partition("\n")
    paragraphs = [one_line(paragraph) for paragraph in body.split("\n\n") if paragraph.strip()]
    return Rendered(
        subject=one_line(subject),
        text="\n\n".join(_wrapped(paragraph) for paragraph in paragraphs) + "\n",
        html=_page(one_line(subject), paragraphs, locale, link),
    )


def template_name(kind: MailKind, locale: Locale) -> str:
    """The file of a kind in a language."""
    return f"{kind.value.lower()}.{locale.value.lower()}.txt"


def one_line(value: str) -> str:
    """A value that begins no line of its own: in a name, a line break could begin a paragraph or a header."""
    return " ".join("".join(symbol if symbol.isprintable() else " " for symbol in value).split())


@cache
def _templates() -> jinja2.Environment:
    # Plain text: what is escaped for HTML is escaped where HTML is made, below.
    return jinja2.Environment(  # noqa: S701
        loader=jinja2.PackageLoader("schoolplein", "letters"),
        undefined=jinja2.StrictUndefined,
    )


def _wrapped(paragraph: str) -> str:
    # A link or a code is never broken: it is to be clicked or copied as a whole.
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


def _page(subject: str, paragraphs: list[str], locale: Locale, link: str | None) -> str:
    parts = [
        BUTTON.format(html.escape(paragraph), OPEN[locale])
        if paragraph == link
        else PARAGRAPH.format(html.escape(paragraph))
        for paragraph in paragraphs
    ]
    return PAGE.format(language=locale.value.lower(), subject=html.escape(subject), paragraphs="\n".join(parts))
