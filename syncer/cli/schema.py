"""`syncer schema`: JSON Schema of the config for editors, of what programs read."""

import json

import click

from syncer.cli.options import common_options
from syncer.config.schema import config_schema
from syncer.core.plan_document import plan_schema
from syncer.model.errors import UsageError
from syncer.render.health_json import health_schema
from syncer.render.rehearsal_json import rehearsal_schema
from syncer.render.report_schema import report_schema


@click.command("schema", epilog="Exit codes: 0 printed.")
@common_options
@click.option("--plan", is_flag=True, help="Of a plan: the plan file, and plan --format json.")
@click.option("--report", is_flag=True, help="Of a report: apply --format json.")
@click.option("--rehearsal", is_flag=True, help="Of a rehearsal: rehearse --format json.")
@click.option("--health", is_flag=True, help="Of health --format json.")
def command(*, plan: bool, report: bool, rehearsal: bool, health: bool) -> None:
    """Print the JSON Schema of the config file, or of what programs read.

    An editor with a YAML language server checks and completes syncer.yaml with it.
    """
    asked = [
        schema
        for wanted, schema in (
            (plan, plan_schema),
            (report, report_schema),
            (rehearsal, rehearsal_schema),
            (health, health_schema),
        )
        if wanted
    ]
    if len(asked) > 1:
        raise UsageError("each of these is a schema of its own", "ask for one at a time")
    (schema,) = asked or [config_schema]
    click.echo(json.dumps(schema(), indent=2))
