"""The pages for newcomers: every URL, tag and function in them works."""

import json
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.template import engines
from jinja2 import Environment

from infra.cli import build_parser
from origin_lambda.url.admission import Policy
from origin_lambda.url.urls import inspect_url

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["how-it-works.md", *sorted(f"{p.parent.name}/{p.name}" for p in DOCS.glob("start/*.md"))]
PAGES += sorted(f"migrate/{path.name}" for path in DOCS.glob("migrate/*.md"))
POLICY = Policy(presets={"card": "w=300&h=200&fit=crop"})


def read(page: str) -> str:
    return (DOCS / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    """Return the blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", read(page), re.DOTALL | re.MULTILINE)


def list_urls(text: str) -> list[str]:
    """Return the URLs of pictures; not those that a template completes."""
    urls = re.findall(r"https://img\.example\.com/[^\s\"'`)]+", unescape(text))
    return [url for url in urls if "$" not in url]


def check_urls(urls: list[str], fewest: int = 1) -> None:
    """Check that these are URLs of derivatives, and that each parameter has an effect or a name."""
    assert len(urls) >= fewest
    for url in urls:
        report = inspect_url(url, policy=POLICY)
        assert "refusal" not in report, url
        assert report["ignored"] == [], url
        assert report["key"] == "cats/tom.jpg", url
        assert report["asked"], url


def run_javascript(code: str, call: str) -> Any:
    """Return the value of a call of a function that a module exports."""
    script = f"{code}\nprocess.stdout.write(JSON.stringify({call}));"
    node = ["node", "--input-type=module", "--eval", script]
    return json.loads(subprocess.run(node, check=True, capture_output=True, timeout=30).stdout)


@pytest.mark.parametrize("page", PAGES)
def test_the_urls_of_a_page_are_accepted(page: str) -> None:
    check_urls(list_urls(read(page)))


def test_a_wrong_url_is_noticed() -> None:
    for query in ("w=0", "width=9&resize=2", "preset=other", ""):
        with pytest.raises(AssertionError):
            check_urls([f"https://img.example.com/cats/tom.jpg?{query}"])


@pytest.mark.parametrize("page", PAGES)
def test_the_commands_of_a_page_exist(page: str) -> None:
    for command in re.findall(r"calotype ((?:[a-z]+ [a-z'-]).*?)(?:`|$)", read(page), re.MULTILINE):
        _, unknown = build_parser().parse_known_args(command.replace("'", "").split())
        assert not [word for word in unknown if word.startswith("-")], command


def test_the_loader_of_next_js_makes_urls() -> None:
    loader = blocks("start/nextjs.md", "js")[0]
    arguments = [
        '{src: "/cats/tom.jpg", width: 640}',
        '{src: "/cats/tom.jpg?ar=1:1&fit=crop", width: 640, quality: 80}',
    ]

    urls = [run_javascript(loader, f"calotype({each})") for each in arguments]

    check_urls(urls, 2)
    assert urls[0] in read("start/nextjs.md")
    asked = inspect_url(urls[1])["asked"]
    assert asked == {"ar": "1", "auto": "format", "fit": "crop", "q": "80", "w": "640"}


def test_the_functions_for_astro_make_urls() -> None:
    code, page = blocks("start/astro.md", "js")[0], blocks("start/astro.md", "astro")[0]
    constants = re.findall(r"^const .*$", page, re.MULTILINE)
    calls = re.findall(r"=\{((?:url|srcset)\(.*?\))\}", page)

    texts = run_javascript("\n".join([code, *constants]), f"[{', '.join(calls)}]")

    assert len(texts) == 2
    urls = [entry.split(" ")[0] for text in texts for entry in text.split(", ")]
    check_urls(urls, 6)
    assert all(inspect_url(url)["asked"]["ar"] == "1.5" for url in urls)


def test_the_templates_of_jinja_render() -> None:
    environment = Environment(autoescape=True)
    code = blocks("start/jinja.md", "python")[0]
    exec(code, {"environment": environment})  # noqa: S102 reason: the code of our own page

    page = environment.from_string(blocks("start/jinja.md", "jinja")[0]).render()

    check_urls(list_urls(page), 10)
    assert list_urls(read("start/jinja.md"))[0] in list_urls(page)


def test_the_templates_of_django_render() -> None:
    page = engines["django"].from_string(blocks("start/django.md", "django")[0]).render()

    check_urls(list_urls(page), 10)
    assert list_urls(read("start/django.md"))[0] in list_urls(page)
