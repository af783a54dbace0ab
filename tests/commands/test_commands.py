"""The command line: help, and the commands that need no deployment."""

import argparse
import io
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from imgix import UrlBuilder
from PIL import Image

from infra.cli import build_parser, main
from origin_lambda.adapters.pillow.codec import PillowCodec
from origin_lambda.adapters.pillow.measurer import PillowMeasurer
from origin_lambda.adapters.svg_hush import sanitise
from origin_lambda.html.widths import list_widths
from origin_lambda.image.analysis.analyse import Analyser
from origin_lambda.image.probe import Limits
from origin_lambda.url.signature import verify
from tests.support.originals import draw

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory without a server, and an environment without a policy."""
    monkeypatch.chdir(tmp_path)
    for name in ("SIGNING_KEYS", "REQUIRE_SIGNATURE", "ORIGINALS_BUCKET"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


# Help.


def list_parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from list_parsers(each)


PARSERS = {parser.prog: parser for parser in list_parsers(build_parser())}


@pytest.mark.parametrize("prog", PARSERS)
def test_every_argument_has_a_help(prog: str) -> None:
    silent = [
        action.dest
        for action in PARSERS[prog]._actions
        if not action.help and not isinstance(action, argparse._SubParsersAction)
    ]

    assert silent == []


@pytest.mark.parametrize("prog", PARSERS)
def test_every_default_is_shown_unless_it_is_empty(prog: str) -> None:
    text = re.sub(r"\s+", "", PARSERS[prog].format_help())
    hidden = [
        action.dest
        for action in PARSERS[prog]._actions
        if action.option_strings
        and action.default not in {None, False, "", argparse.SUPPRESS}
        and f"(default:{action.default})".replace(" ", "") not in text
    ]

    assert hidden == []


@pytest.mark.parametrize("prog", [prog for prog in PARSERS if prog.count(" ") <= 1])
def test_every_command_shows_examples(prog: str) -> None:
    assert "\nexamples:\n  " in PARSERS[prog].format_help()


EXAMPLES = [
    line.strip()
    for parser in PARSERS.values()
    for line in (parser.epilog or "").splitlines()
    if line.strip().startswith("calotype ") and "help COMMAND" not in line
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_can_be_parsed(example: str) -> None:
    words = shlex.split(example.partition(" < ")[0])

    assert build_parser().parse_args(words[1:]).run


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_printing_the_help_is_no_error(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code: object = main(arguments)
    except SystemExit as stopped:
        code = stopped.code

    assert code == 0
    assert "examples:" in capsys.readouterr().out


def test_help_shows_the_options_of_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["help", "originals", "set"])

    assert stopped.value.code == 0
    assert "--focal" in capsys.readouterr().out


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])

    assert stopped.value.code == 0
    assert re.fullmatch(r"calotype (\d+\.\d+.*|unknown)\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    "arguments, expected_error",
    [
        (["serve", "--port", "99999"], "0 to 65535"),
        (["serve", "--port", "-1"], "0 to 65535"),
        (["serve", "--port", "http"], "0 to 65535"),
        (["serve", "--edge-cache", "-1"], "whole number from 0"),
        (["inspect", "foo"], "a URL is expected"),
        (["inspect", "http://[x/y.jpg"], "a URL is expected"),
        (["sign", "/cats/tom.jpg"], "a URL is expected"),
        (["sign", "https://img.example.com"], "a URL is expected"),
        (["url", "a.jpg", "--base", "img.example.com"], "a scheme and host"),
    ],
)
def test_an_invalid_argument_is_refused_with_the_expected_form(
    arguments: list[str], expected_error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)

    assert stopped.value.code == 2
    assert expected_error in capsys.readouterr().err


# The documents.


@pytest.mark.parametrize(
    "path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda path: path.name
)
def test_a_document_says_how_the_command_is_found(path: Path) -> None:
    text = path.read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    using = [block for block in blocks if re.search(r"^calotype ", block, re.MULTILINE)]

    assert ".venv/bin/calotype" not in text
    if using:
        before = text[: text.index(using[0]) + len(using[0])]
        assert re.search(r"\. \.venv/bin/activate|pip install 'calotype", before), (
            "say how `calotype` is found"
        )


# calotype url, calotype srcset


def test_without_a_server_a_url_has_the_default_base(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["url", "a.jpg", "w=9"]) == 0

    out, err = capsys.readouterr()
    assert out.splitlines()[0] == "raw        http://127.0.0.1:8080/a.jpg?w=9"
    assert "no server runs in this directory" in err


def test_the_option_base_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    main(["url", "a.jpg", "w=9", "--base", "https://img.example.com/"])

    out, err = capsys.readouterr()
    assert out.startswith("raw        https://img.example.com/a.jpg?w=9\n")
    assert err == ""


def run_srcset(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, str], str]:
    """Return the URLs of a tag by their descriptors, and the tag."""
    assert main(["srcset", "cats/tom.jpg", "--base", "https://img.example.com", *arguments]) == 0
    tag = capsys.readouterr().out
    entries = re.search(r'srcset="([^"]*)"', tag)
    assert entries
    pairs = (entry.strip().rsplit(" ", 1) for entry in entries[1].split(",\n"))
    return {descriptor: url.replace("&amp;", "&") for url, descriptor in pairs}, tag


def imgix_srcset(parameters: dict[str, object]) -> list[str]:
    builder = UrlBuilder("img.example.com", include_library_param=False)
    text = builder.create_srcset("cats/tom.jpg", parameters)
    return [entry.rsplit(" ", 1)[1] for entry in text.split(",\n")]


def test_the_widths_are_those_of_imgixs_sdks(capsys: pytest.CaptureFixture[str]) -> None:
    by_width, tag = run_srcset(capsys, "auto=format")

    assert list(by_width) == imgix_srcset({"auto": "format"})
    assert by_width["100w"] == "https://img.example.com/cats/tom.jpg?auto=format&w=100"
    assert 'sizes="100vw"' in tag
    assert 'src="https://img.example.com/cats/tom.jpg?auto=format&amp;w=689"' in tag


def test_the_pixel_ratios_of_a_fixed_size_are_those_of_imgixs_sdks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    by_ratio, tag = run_srcset(capsys, "width=320")

    assert list(by_ratio) == imgix_srcset({"w": 320}) == ["1x", "2x", "3x", "4x", "5x"]
    assert by_ratio["2x"].endswith("?width=320&dpr=2&q=50")
    assert "sizes=" not in tag


def test_a_quality_in_the_parameters_stays(capsys: pytest.CaptureFixture[str]) -> None:
    by_ratio, _ = run_srcset(capsys, "h=320", "q=61")

    assert all("q=61" in url and url.count("q=") == 1 for url in by_ratio.values())


def test_the_last_width_is_the_largest() -> None:
    assert list(list_widths(300, 300)) == [300]
    assert list(list_widths(100, 120)) == [100, 116, 120]


def test_each_url_of_a_srcset_is_signed_if_there_are_keys(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNING_KEYS", '{"2026": "a secret"}')

    by_width, _ = run_srcset(capsys, "--max-width", "300", "--alt", 'a "cat"')

    for url in by_width.values():
        path, _, query = url.removeprefix("https://img.example.com").partition("?")
        assert verify(path, query, {"2026": "a secret"})


def test_an_alt_is_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    _, tag = run_srcset(capsys, "--alt", 'a "cat" & <dog>')

    assert 'alt="a &quot;cat&quot; &amp; &lt;dog&gt;"' in tag


def test_a_smallest_width_above_the_largest_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["srcset", "a.jpg", "--min-width", "300", "--max-width", "200"]) == 2
    assert "--min-width and --max-width accept" in capsys.readouterr().err


# calotype render


@pytest.fixture
def tom(directory: Path) -> Path:
    path = directory / "tom.jpg"
    path.write_bytes(draw("jpeg"))
    return path


@pytest.mark.parametrize("suffix", ["webp", "avif", "png", "jpg", "jpeg", "gif"])
def test_a_file_is_rendered_in_the_format_of_the_suffix(tom: Path, suffix: str) -> None:
    out = tom.with_name(f"out.{suffix}")

    assert main(["render", str(tom), str(out), "w=40&h=20&fit=crop"]) == 0

    image = Image.open(io.BytesIO(out.read_bytes()))
    assert image.size == (40, 20)
    assert image.format == suffix.upper().replace("JPG", "JPEG")


def test_the_parameter_fm_overrides_the_suffix(tom: Path) -> None:
    out = tom.with_name("out.webp")

    assert main(["render", str(tom), str(out), "w=40", "fm=png"]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_render_reads_and_writes_streams(
    tom: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(tom.read_bytes())))

    assert main(["render", "-", "-", "w=40"]) == 0

    out, err = capfdbinary.readouterr()
    assert Image.open(io.BytesIO(out)).size[0] == 40
    assert b"standard output" in err


def test_without_parameters_a_stream_is_the_original(
    tom: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["render", str(tom), "-"]) == 0
    assert capfdbinary.readouterr().out == tom.read_bytes()


def test_metadata_can_be_written_as_json(tom: Path) -> None:
    out = tom.with_name("tom.json")

    assert main(["render", str(tom), str(out)]) == 0
    assert b'"PixelWidth"' in out.read_bytes()


def test_an_svg_is_sanitised(directory: Path) -> None:
    svg = directory / "in.svg"
    svg.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>x</script></svg>')

    assert main(["render", str(svg), str(directory / "out.svg"), "w=9&h=9&fit=crop"]) == 0
    assert b"script" not in (directory / "out.svg").read_bytes()
    assert (directory / "out.svg").read_bytes().startswith(b"<?xml")


def test_an_svg_can_be_drawn(directory: Path) -> None:
    svg = directory / "in.svg"
    svg.write_text('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"/>')

    assert main(["render", str(svg), str(directory / "out.webp"), "w=300"]) == 0
    with Image.open(directory / "out.webp") as picture:
        assert picture.size == (300, 200)


@pytest.mark.parametrize(
    "arguments, expected_error",
    [
        (["tom.jpg", "out.webp", "w=-1"], "w accepts"),
        (["tom.jpg", "out.webp", "widht=3"], "widht is not a parameter"),
        (["tom.jpg", "out.webp", "fit=crop&fm=xyz"], "fm accepts"),
        (["tom.jpg", "out.tiff", "w=3"], "the suffix of OUT, or fm"),
        (["tom.jpg", "out", "w=3"], "the suffix of OUT, or fm"),
        (["tom.jpg", "out.svg"], "only an SVG original"),
        (["poem.jpg", "out.webp"], "not a picture that can be read"),
        (["nothing.jpg", "out.webp"], "nothing.jpg: No such file"),
        (["tom.jpg", "no/such/folder.webp"], "folder.webp: No such file"),
    ],
)
def test_a_failed_render_prints_the_reason(
    tom: Path, arguments: list[str], expected_error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tom.with_name("poem.jpg").write_bytes(b"no picture")

    assert main(["render", *arguments]) == 1

    assert expected_error in capsys.readouterr().err
    assert not tom.with_name("out.webp").exists()


def test_a_render_respects_the_limits(
    tom: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LIMIT_PIXELS_IN", "100")

    assert main(["render", str(tom), str(tom.with_name("out.webp"))]) == 1
    assert "more than 100 pixels" in capsys.readouterr().err


def test_a_render_crops_around_the_focal_point_that_ingest_measures(tom: Path) -> None:
    out = tom.with_name("out.jpg")
    main(["render", str(tom), str(out), "w=90&h=20&fit=crop&crop=focalpoint"])
    analyser = Analyser(PillowCodec(), PillowMeasurer(), sanitise, Limits())
    analysis, _ = analyser.analyse(tom.read_bytes())
    assert analysis.measurements
    point = analysis.measurements.focal_point
    expected = tom.with_name("expected.jpg")
    query = f"w=90&h=20&fit=crop&crop=focalpoint&fp-x={point.x}&fp-y={point.y}"
    main(["render", str(tom), str(expected), query])

    assert out.read_bytes() == expected.read_bytes()


# calotype completion


def complete(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return what bash offers for the last of *words*."""
    assert main(["completion", "bash"]) == 0
    script = f"""{capsys.readouterr().out}
COMP_WORDS=(calotype {shlex.join(words)}); COMP_CWORD={len(words)}; _shtab_calotype
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    bash = shutil.which("bash")
    assert bash
    done = subprocess.run([bash, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_a_shell_completes_commands_and_options(capsys: pytest.CaptureFixture[str]) -> None:
    assert complete(capsys, "ser") == ["serve"]
    assert complete(capsys, "ingest", "--wo") == ["--workers"]
    assert complete(capsys, "deploy", "--approve", "ne") == ["never"]


def test_there_is_a_completion_for_zsh(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "zsh"]) == 0
    assert capsys.readouterr().out.startswith("#compdef calotype")
