"""`syncer schema`: JSON Schema of the config for editors, of plan and report for programs."""

import json

import click

from syncer.cli.options import common_options
from syncer.config.schema import config_schema
from syncer.core.plan_document import plan_schema
from syncer.model.errors import UsageError
from syncer.render.report_schema import report_schema


@click.command("schema", epilog="Exit codes: 0 printed.")
@common_options
@click.option("--plan", is_flag=True, help="Of a plan: the plan file, and plan --format json.")
@click.option("--report", is_flag=True, help="Of a report: apply --format json.")
def command(*, plan: bool, report: bool) -> None:
    """Print the JSON Schema of the config file, of a plan or of a report.

    An editor with a YAML language server checks and completes syncer.yaml with it.
    """
    if plan and report:
        raise UsageError("--plan and --report are two schemas", "ask for one at a time")
    schema = plan_schema() if plan else report_schema() if report else config_schema()
    click.echo(json.dumps(schema, indent=2))
