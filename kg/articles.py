"""Files to articles: plain text, Markdown, HTML and JSON Lines.

Nothing is lost silently: each file or line becomes an `Article` or a `Problem`, and a
`ReadReport` counts both.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from kg.cleaning import clean_text, ignored_spans
from kg.duplicates import find_duplicates
from kg.errors import InputError
from kg.languages import detect_language
from kg.model import Article, content_hash
from kg.pipelines import MAX_CHARACTERS, languages

__all__ = [
    "SUFFIXES",
    "Problem",
    "ReadReport",
    "count_articles",
    "find_duplicates",
    "format_article",
    "ignored_spans",
    "list_files",
    "read_articles",
]

SUFFIXES = (".htm", ".html", ".jsonl", ".md", ".txt")
MAX_BYTES = 10_000_000  # of a file that holds one article, and of a JSONL line
_FEWEST_WORDS = 10  # of a page's text: what is left of a page without an article is less
_FIELDS = {"title", "date", "source", "language", "lang", "url", "id"}
_FENCE = "---"
_FIELD = re.compile(r"([A-Za-z_]+)\s*:\s*(.*)")
_HTML_LANG = re.compile(rb"<html[^>]*?\blang\s*=\s*[\"']?([A-Za-z]{2,3})", re.IGNORECASE)
_HTML_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?([\w-]+)", re.IGNORECASE)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What went wrong with one file or line, and what to do about it.

    ``kind`` is ``"skipped"`` (no article for this graph), ``"failed"`` (cannot be read) or
    ``"note"`` (read, but something in it was not usable).
    """

    kind: str
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(slots=True)
class ReadReport:
    """Counts of what was read, filled while `read_articles` runs."""

    read: int = 0
    problems: list[Problem] = field(default_factory=list)

    def count(self, kind: str) -> int:
        """Number of problems of a kind: files and lines, not messages."""
        return len({problem.place for problem in self.problems if problem.kind == kind})

    @property
    def skipped(self) -> int:
        """Files and lines that hold no article for this graph."""
        return self.count("skipped")

    @property
    def failed(self) -> int:
        """Files and lines that cannot be read."""
        return self.count("failed")

    def __str__(self) -> str:
        return f"{self.read} read, {self.skipped} skipped, {self.failed} failed"


class _Stop(Exception):  # noqa: N818 (carries a problem, never leaves this module)
    """Ends the reading of one file or line."""

    def __init__(self, kind: str, place: str, message: str) -> None:
        self.problem = Problem(kind, place, message)


OnProblem = Callable[[Problem], None]


def list_files(paths: Iterable[str | Path]) -> tuple[Path, ...]:
    """The files of *paths*, folders read recursively, sorted within each folder.

    Raises
    ------
    InputError
        A path that does not exist, or a folder without any file of `SUFFIXES`.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        if not path.exists() and not path.is_symlink():  # a link to nothing fails when it is read
            raise InputError(f"{path}: no such file or folder")
        files.extend(_folder_files(path) if path.is_dir() else [path])
    return tuple(dict.fromkeys(files))


def _folder_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found.extend(Path(place, name) for name in names if not name.startswith("."))
    if not any(path.suffix.lower() in SUFFIXES for path in found):
        raise InputError(f"{folder}: no articles; files must end in {', '.join(SUFFIXES)}")
    return sorted(found)


def count_articles(paths: Iterable[str | Path]) -> int:
    """How many articles *paths* may hold at most: files, and lines of JSONL files."""
    return sum(map(_most, list_files(paths)))


def _most(path: Path) -> int:
    if path.suffix.lower() != ".jsonl":
        return 1
    try:
        with path.open("rb") as lines:
            return sum(1 for line in lines if line.strip())
    except OSError:  # reading it will say so
        return 0


def read_articles(
    paths: Iterable[str | Path],
    on_problem: OnProblem | None = None,
    report: ReadReport | None = None,
) -> Iterator[Article]:
    """Read articles from files and folders, one at a time, in a fixed order.

    Parameters
    ----------
    paths
        Files and folders. A JSONL line needs ``text`` and may have ``id``, ``lang``, ``date``,
        ``title``, ``source``, ``url``; other fields are not read.
    on_problem
        Called at once for each file or line that gives no article, or not all of one.
    report
        Filled with the counts and the problems.

    Raises
    ------
    InputError
        A missing path or a folder without articles, before anything is read.
    """
    return _read(list_files(paths), on_problem or _ignore, report or ReadReport())


def _ignore(problem: Problem) -> None:
    """Without a listener the report still holds the problem."""


def _read(files: tuple[Path, ...], on_problem: OnProblem, report: ReadReport) -> Iterator[Article]:
    def tell(problem: Problem) -> None:
        report.problems.append(problem)
        on_problem(problem)

    ids: dict[str, str] = {}
    for path in files:
        for article in _read_file(path, tell):
            if article.id in ids:
                message = (
                    f"the same identifier {article.id!r} as {ids[article.id]}; give it another"
                )
                tell(Problem("skipped", article.origin, message))
                continue
            ids[article.id] = article.origin
            report.read += 1
            yield article


def _read_file(path: Path, tell: OnProblem) -> Iterator[Article]:
    try:
        if path.suffix.lower() == ".jsonl":
            yield from _read_lines(path, tell)
        else:
            yield _read_single(path, tell)
    except _Stop as stop:
        tell(stop.problem)
    except OSError as error:
        reason = error.strerror or str(error)
        tell(Problem("failed", str(path), f"cannot be read: {reason}; check its permissions"))


# -- files of one article -------------------------------------------------------------------


def _read_single(path: Path, tell: OnProblem) -> Article:
    suffix, place = path.suffix.lower(), str(path)
    if suffix not in SUFFIXES:
        raise _Stop("skipped", place, f"not an article; files must end in {', '.join(SUFFIXES)}")
    if path.stat().st_size > MAX_BYTES:
        raise _Stop("failed", place, f"more than {MAX_BYTES} bytes; split it into articles")
    data = path.read_bytes()
    if not data.strip():
        raise _Stop("skipped", place, "empty file; remove it")
    if suffix in (".html", ".htm"):
        values, text = _read_html(data, place, tell)
    else:
        values, text = _front_matter(_decode(data, place, tell), place)
        text = _plain_markdown(text) if suffix == ".md" else text
    clean = clean_text(unicodedata.normalize("NFC", text), values.get("title", ""))
    title = values.get("title") or _headline(clean)
    return _article({**values, "title": title, "text": clean}, place, tell)


def _decode(data: bytes, place: str, tell: OnProblem, declared: str = "") -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        declared = "utf-16"
    elif _CONTROL.search(data[:4096]):
        raise _Stop("failed", place, "a binary file; convert it to text")
    for encoding in ("utf-8-sig", declared, "cp1252"):
        try:
            text = data.decode(encoding) if encoding else None
        except (UnicodeDecodeError, LookupError):
            continue
        if text is not None:
            if encoding == "cp1252":
                tell(Problem("note", place, "not UTF-8; read as Windows-1252: check the accents"))
            return text.replace("\r\n", "\n").replace("\r", "\n")
    raise _Stop("failed", place, "neither UTF-8 nor Windows-1252; save it as UTF-8")


def _front_matter(text: str, place: str) -> tuple[dict[str, str], str]:
    """Fields between two ``---`` lines at the top, and the text below them."""
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return {}, text
    closing = next((i for i, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), 0)
    if not closing:
        raise _Stop(
            "failed", f"{place}:1", f"front matter without a closing {_FENCE}; add the line"
        )
    values: dict[str, str] = {}
    for number, line in enumerate(lines[1:closing], 2):
        match = _FIELD.fullmatch(line.strip())
        if line.strip() and match is None:
            raise _Stop(
                "failed", f"{place}:{number}", "front matter takes lines such as 'title: …'"
            )
        if match and match[1].lower() in _FIELDS:
            values[match[1].lower()] = _unquote(match[2])
    return values, "\n".join(lines[closing + 1 :])


def _unquote(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return value[1:-1] if quoted else value


def _plain_markdown(text: str) -> str:
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"^[ \t]*(?:#{1,6}|>+)[ \t]+(.*?)[ \t]*#*$", r"\n\1\n", text, flags=re.MULTILINE)
    text = re.sub(r"^[ \t]*(?:[-*_][ \t]*){3,}$", "", text, flags=re.MULTILINE)
    return re.sub(r"(\*\*|__|\*|`)(?=\S)(.+?)(?<=\S)\1", r"\2", text)


def _headline(text: str) -> str:
    """The first line where it looks like a headline: short, without a full stop."""
    line = next((line.strip() for line in text.split("\n") if line.strip()), "")
    return line if len(line) <= 200 and not line.endswith((".", "!", ":")) else ""


def _read_html(data: bytes, place: str, tell: OnProblem) -> tuple[dict[str, str], str]:
    import trafilatura

    declared = _HTML_CHARSET.search(data[:4096])
    page = _decode(data, place, tell, declared[1].decode("ascii") if declared else "")
    found = trafilatura.bare_extraction(
        page, with_metadata=True, include_comments=False, include_tables=False
    )
    if found is None or len((found.text or "").split()) < _FEWEST_WORDS:
        raise _Stop(
            "skipped", place, "no article text in the page; save the whole page or use .txt"
        )
    lang = _HTML_LANG.search(data[:4096])
    values = {
        "title": found.title,
        "date": found.date,
        "source": found.sitename,
        "url": found.url,
        "lang": lang[1].decode("ascii").lower() if lang else None,
    }
    return {name: value for name, value in values.items() if value}, found.text


# -- JSON Lines ------------------------------------------------------------------------------


def _read_lines(path: Path, tell: OnProblem) -> Iterator[Article]:
    empty = True
    for number, data in _numbered_lines(path):
        place = f"{path}:{number}"
        try:
            if data is None:
                raise _Stop("failed", place, f"a line of more than {MAX_BYTES} bytes; split it")
            if data.strip():
                empty = False
                yield _read_line(data, place, tell)
        except _Stop as stop:
            empty = False
            tell(stop.problem)
    if empty:
        raise _Stop("skipped", str(path), "empty file; remove it")


def _numbered_lines(path: Path) -> Iterator[tuple[int, bytes | None]]:
    """Lines of the file; None for one that is too long, which is passed over in pieces."""
    with path.open("rb") as stream:
        number = 0
        while data := stream.readline(MAX_BYTES + 1):
            number += 1
            if len(data) > MAX_BYTES:
                while data and not data.endswith(b"\n"):
                    data = stream.readline(MAX_BYTES)
                yield number, None
            else:
                yield number, data


def _read_line(data: bytes, place: str, tell: OnProblem) -> Article:
    if _CONTROL.search(data[:4096]):
        raise _Stop("failed", place, "a binary file; give JSON Lines in UTF-8")
    try:
        row = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _Stop("failed", place, "not UTF-8, which JSON must be; convert the file") from None
    except (json.JSONDecodeError, RecursionError) as error:
        reason = getattr(error, "msg", "nested too deeply")
        raise _Stop("failed", place, f"not valid JSON ({reason}); one object a line") from None
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise _Stop("failed", place, "no field 'text' with the article's text; add it")
    return _article(row, place, tell)


# -- both ------------------------------------------------------------------------------------


def _article(row: dict[str, Any], place: str, tell: OnProblem) -> Article:
    text = row["text"]
    if not text.strip():
        raise _Stop("skipped", place, "no article text")
    if len(text) > MAX_CHARACTERS:
        raise _Stop(
            "failed", place, f"more than {MAX_CHARACTERS} characters; split it into articles"
        )
    if any("\ud800" <= c <= "\udfff" for c in text):
        raise _Stop("failed", place, "half a surrogate pair in the text; write it as UTF-8")
    article = Article(
        id=_text(row, "id") or content_hash(text),
        lang=_language(row, text, place),
        title=_text(row, "title") or "",
        text=text,
        source=_text(row, "source"),
        url=_text(row, "url"),
        origin=place,
    )
    return replace(article, date=_date(_text(row, "date"), place, tell))


def _text(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return unicodedata.normalize("NFC", str(value)).strip() or None


def _language(row: dict[str, Any], text: str, place: str) -> str:
    known = languages()
    given = _text(row, "language") or _text(row, "lang")
    lang = re.split(r"[-_]", given.lower())[0] if given else detect_language(text, known)
    if lang not in known:
        message = f"language {lang!r} has no pipeline; known: {', '.join(known) or 'none'}"
        raise _Stop("skipped", place, message)
    return lang


def _date(value: str | None, place: str, tell: OnProblem) -> str | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        tell(Problem("note", place, f"date {value!r} is not YYYY-MM-DD; read without a date"))
        return None


def format_article(article: Article) -> str:
    """The article as a text file with front matter, which `read_articles` reads back."""
    fields = {
        "id": article.id,
        "title": article.title,
        "date": article.date,
        "source": article.source,
        "language": article.lang,
        "url": article.url,
    }
    lines = [f'{name}: "{" ".join(value.split())}"' for name, value in fields.items() if value]
    return "\n".join([_FENCE, *lines, _FENCE, "", article.text, ""])
