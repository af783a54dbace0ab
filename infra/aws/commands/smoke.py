"""Tests a deployment: asks it what only AWS can answer, and writes a report.

python -m infra.aws.commands.smoke OUTPUTS.json [--url https://img.example.com] [--report FILE.md]
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import boto3
import urllib3
from botocore.exceptions import BotoCoreError, ClientError

from infra.aws.outputs import Outputs
from infra.aws.smoke.client import Client, NotAsked, SmokeFailed
from infra.aws.smoke.questions import QUESTIONS, Question, Run
from infra.aws.smoke.report import Entry, Result, format_report


@dataclass(slots=True)
class SmokeTest:
    """One test of a deployment; *report* receives a line for each answer.

    All questions are asked, also after one has failed. *entries* has the answers.
    """

    client: Client
    report: Callable[[str], object]
    questions: Sequence[Question] = QUESTIONS
    entries: list[Entry] = field(default_factory=list)

    def run(self) -> None:
        """Run the test, and delete its pictures again.

        Raises:
            SmokeFailed: some answers were not as expected.

        """
        run = Run(self.client)
        try:
            for question in self.questions:
                entry = _ask(question, run)
                self.entries.append(entry)
                self.report(f"{entry.name}: {entry.result}: {entry.seen}")
                if entry.result is Result.FAILED and question.others_need:
                    break
        finally:
            run.close()
            self.report(f"removed {len(run.originals)} originals")
        failed = [each for each in self.entries if each.result is Result.FAILED]
        if failed:
            raise SmokeFailed("; ".join(f"{each.name}: {each.seen}" for each in failed))


def _ask(question: Question, run: Run) -> Entry:
    """Ask a question. One that AWS refuses has failed, too."""
    try:
        result, seen = Result.PROVEN, question.ask(run)
    except NotAsked as reason:
        result, seen = Result.NOT_ASKED, str(reason)
    except (SmokeFailed, BotoCoreError, ClientError, urllib3.exceptions.HTTPError) as error:
        result, seen = Result.FAILED, str(error)
    return Entry(question.name, question.statement, result, seen)


def _describe_place(region: str) -> str:
    if os.environ.get("AWS_ENDPOINT_URL"):
        return "on an emulator, so nothing here is proven about AWS"
    return f"on AWS in {region}"


def main(arguments: list[str] | None = None) -> int:
    """Test a deployment; return 1 if the test fails."""
    parser = argparse.ArgumentParser(prog="python -m infra.aws.commands.smoke", description=__doc__)
    parser.add_argument("outputs", type=Path, help="the file of `cdk deploy --outputs-file`")
    parser.add_argument("--url", help="the base URL of pictures, if it is your own domain")
    parser.add_argument(
        "--report", type=Path, help="where to write the report; by default beside the outputs"
    )
    options = parser.parse_args(arguments)
    try:
        outputs = Outputs.read(options.outputs)
        session = boto3.Session(region_name=outputs.region)
        url = (options.url or outputs.url).rstrip("/")
        test = SmokeTest(Client(outputs, url, print, session), print)
        try:
            test.run()
        finally:
            path = options.report or options.outputs.with_name(f"{options.outputs.stem}-smoke.md")
            date = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
            title = options.outputs.stem
            text = format_report(test.entries, title, _describe_place(outputs.region), date)
            path.write_text(text, encoding="utf-8")
            print(f"The report is in {path}.")
    except SmokeFailed as error:
        print(f"smoke test failed: {error}", file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, urllib3.exceptions.HTTPError, ValueError) as error:
        print(f"smoke test could not run: {error}", file=sys.stderr)
        return 1
    print("smoke test passed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
