"""Parses a page of keys from S3: XML with percent-encoded keys, since XML lacks some characters."""

from typing import NamedTuple
from urllib.parse import unquote_plus
from xml.parsers.expat import ExpatError, ParserCreate

from origin_lambda.adapters.slim.service import failed


class Page(NamedTuple):
    """Keys, and the token for the next page; "" on the last page."""

    keys: list[str]
    following: str


def read_page(body: bytes) -> Page:
    """Return the keys and the token of a page of ListObjectsV2.

    Raises:
        StoreFailed: the XML is not such a page.

    """
    reader = _Reader()
    parser = ParserCreate(namespace_separator=None)
    parser.buffer_text = True
    parser.StartElementHandler = reader.begin
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = (
        reader.refuse
    )  # refuse document types, whose entities could expand
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError) as error:
        raise failed(detail=f"a list of keys: {error!r}") from error
    return reader.page()


class _Reader:
    """Collects the texts of the elements that matter, by the path to each."""

    def __init__(self) -> None:
        self.within: list[str] = []
        self.parts: list[str] = []
        self.keys: list[str] = []
        self.following = ""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        self.within.append(name)
        self.parts.clear()

    def text(self, text: str) -> None:
        self.parts.append(text)

    def end(self, name: str) -> None:
        match self.within:
            case ["ListBucketResult", "Contents", "Key"]:
                self.keys.append(unquote_plus("".join(self.parts)))
            case ["ListBucketResult", "NextContinuationToken"]:
                self.following = "".join(self.parts)
            case ["ListBucketResult"]:
                return  # keep it: `page` checks that this was a list
        self.within.pop()

    def refuse(self, *declared: object) -> None:
        message = "a document type"
        raise ValueError(message)

    def page(self) -> Page:
        if self.within != ["ListBucketResult"]:
            raise failed(detail="a list of keys: not a ListBucketResult")
        return Page(self.keys, self.following)
