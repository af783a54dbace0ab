"""Parses a page of keys from S3: XML with percent-encoded keys, since XML lacks some characters."""

from typing import NamedTuple
from urllib.parse import unquote_plus
from xml.parsers.expat import ExpatError, ParserCreate

from origin_lambda.adapters.slim.service import bad_answer


class Page(NamedTuple):
    """Keys, and the token for the next page; "" on the last page."""

    keys: list[str]
    token: str


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
    # Entities of a document type could expand to any size.
    parser.StartDoctypeDeclHandler = reader.refuse
    try:
        parser.Parse(body, True)
    except (ExpatError, ValueError) as error:
        raise bad_answer(detail=f"a list of keys: {error!r}") from error
    return reader.page()


class _Reader:
    """Collects the texts of the elements that matter, by the path to each."""

    def __init__(self) -> None:
        self.within: list[str] = []
        self.parts: list[str] = []
        self.keys: list[str] = []
        self.token = ""

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
                self.token = "".join(self.parts)
            case ["ListBucketResult"]:
                return  # keep it: `page` checks that this was a list
        self.within.pop()

    def refuse(self, *declared: object) -> None:
        message = "a document type"
        raise ValueError(message)

    def page(self) -> Page:
        if self.within != ["ListBucketResult"]:
            raise bad_answer(detail="a list of keys: not a ListBucketResult")
        return Page(self.keys, self.token)
