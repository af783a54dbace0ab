"""The result of a bench as a value and as JSON, one the inverse of the other.

The schema is in docs/benchmarking.md; `VERSION` is raised when a reader of the old one would be
misled by the new.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from bench.latency.histogram import BadHistogram, Histogram
from bench.latency.judgement import Check
from bench.latency.tally import Series, Size, Tally

FORMAT: Final = "calotype-bench"
VERSION: Final = 1

PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)
_LARGEST_FILE: Final = 200_000_000


class BadResult(ValueError):
    """A file is no result of a bench, or of a version that is not understood."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a scenario: its *text*, the *load* in words, and what was found."""

    name: str
    description: str
    text: str
    load: str
    is_open: bool
    tally: Tally
    checks: tuple[Check, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Whether all that was asserted holds."""
        return all(check.held for check in self.checks)


@dataclass(frozen=True, slots=True)
class Result:
    """All runs of one bench, fewer if it was stopped; *environment*, *target*: facts by name."""

    started: str
    seed: int
    environment: Mapping[str, str]
    target: Mapping[str, str]
    runs: tuple[Measured, ...]
    is_stopped: bool = False


def as_json(result: Result) -> dict[str, Any]:
    """Return what is written of a result."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "started": result.started,
        "seed": result.seed,
        "is_stopped": result.is_stopped,
        "environment": dict(result.environment),
        "target": dict(result.target),
        "runs": [_run_json(run) for run in result.runs],
    }


def _run_json(run: Measured) -> dict[str, Any]:
    tally = run.tally
    return {
        "scenario": {"name": run.name, "description": run.description, "text": run.text},
        "load": {"is_open": run.is_open, "text": run.load},
        "requests": {
            "asked": tally.asked,
            "answered": tally.answered,
            "redirects": tally.redirects,
            "renders": tally.renders,
            "waited": tally.waited,
            "abandoned": tally.abandoned,
        },
        "latency": _series_json(tally.latency),
        "groups": _series_json(tally.groups),
        "service": _figures(tally.service),
        "late": _figures(tally.late),
        "failed": _figures(tally.failed),
        "tiers": {name: _figures(each) for name, each in sorted(tally.tiers.items())},
        "stages": {name: _figures(each) for name, each in tally.stages.items()},
        "formats": {name: asdict(size) for name, size in sorted(tally.formats.items())},
        "statuses": dict(sorted(tally.statuses.items())),
        "errors": dict(tally.errors.most_common()),
        "failures": {str(second): count for second, count in sorted(tally.failures.items())},
        "checks": [asdict(check) for check in run.checks],
        "doubts": list(run.doubts),
    }


def _series_json(series: Series) -> dict[str, Any]:
    seconds = [
        {"second": second} | _figures(each) for second, each in sorted(series.seconds.items())
    ]
    return _figures(series.whole) | {"seconds": seconds}


def _figures(histogram: Histogram) -> dict[str, Any]:
    """Return a histogram, and for who looks at it, its percentiles in milliseconds."""
    percentiles = {f"p{percent:g}": histogram.percentile(percent) / 1000 for percent in PERCENTILES}
    return {
        "count": len(histogram),
        "mean_ms": round(histogram.mean / 1000, 3),
        "percentiles_ms": percentiles,
        "max_ms": histogram.greatest / 1000,
        "histogram": histogram.encode(),
    }


def write(result: Result, path: Path) -> None:
    """Write a result to a file."""
    path.write_text(json.dumps(as_json(result), indent=1, ensure_ascii=False), encoding="utf-8")


def read(path: Path) -> Result:
    """Return the result that a file holds.

    Raises:
        BadResult: it holds none.

    """
    try:
        if path.stat().st_size > _LARGEST_FILE:
            message = f"{path}: larger than any result"
            raise BadResult(message)
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"{path}: {error.strerror}"
        raise BadResult(message) from error
    except (ValueError, RecursionError) as error:
        message = f"{path}: not the JSON of a bench"
        raise BadResult(message) from error
    return from_json(told, str(path))


def from_json(told: Any, where: str) -> Result:
    """Return the result that was written as *told*.

    Raises:
        BadResult: it was not, or is of another version.

    """
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        message = f"{where}: not the JSON of a bench"
        raise BadResult(message)
    if told.get("version") != VERSION:
        message = f"{where}: written by another version of Calotype"
        raise BadResult(message)
    try:
        return Result(
            str(told["started"]),
            int(told["seed"]),
            _texts(told["environment"]),
            _texts(told["target"]),
            tuple(map(_run, told["runs"])),
            bool(told["is_stopped"]),
        )
    except (AttributeError, BadHistogram, KeyError, TypeError, ValueError) as error:
        message = f"{where}: not whole: {type(error).__name__} {error}"
        raise BadResult(message) from error


def _texts(told: Mapping[str, Any]) -> dict[str, str]:
    return {str(name): str(value) for name, value in told.items()}


def _run(told: Mapping[str, Any]) -> Measured:
    scenario, load, requests = told["scenario"], told["load"], told["requests"]
    tally = Tally(
        latency=_series(told["latency"]),
        groups=_series(told["groups"]),
        service=_histogram(told["service"]),
        late=_histogram(told["late"]),
        failed=_histogram(told["failed"]),
        tiers={str(name): _histogram(each) for name, each in told["tiers"].items()},
        stages={str(name): _histogram(each) for name, each in told["stages"].items()},
        formats={
            str(name): Size(int(size["answers"]), int(size["octets"]))
            for name, size in told["formats"].items()
        },
        statuses=_counter(told["statuses"]),
        errors=_counter(told["errors"]),
        failures=Counter({int(second): int(each) for second, each in told["failures"].items()}),
        redirects=int(requests["redirects"]),
        renders=int(requests["renders"]),
        waited=int(requests["waited"]),
        abandoned=int(requests["abandoned"]),
    )
    return Measured(
        str(scenario["name"]),
        str(scenario["description"]),
        str(scenario["text"]),
        str(load["text"]),
        bool(load["is_open"]),
        tally,
        tuple(
            Check(str(it["name"]), str(it["limit"]), str(it["found"]), bool(it["held"]))
            for it in told["checks"]
        ),
        tuple(map(str, told["doubts"])),
    )


def _counter(told: Mapping[str, Any]) -> Counter[str]:
    return Counter({str(name): int(count) for name, count in told.items()})


def _series(told: Mapping[str, Any]) -> Series:
    return Series({int(each["second"]): _histogram(each) for each in told["seconds"]})


def _histogram(told: Mapping[str, Any]) -> Histogram:
    made = Histogram.decode(str(told["histogram"]))
    if len(made):
        made.greatest = round(float(told["max_ms"]) * 1000)
    return made
