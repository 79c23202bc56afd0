"""`syncer schema`: the JSON Schema of the config file, for editors."""

import json

import click

from syncer.cli.options import common_options
from syncer.config.schema import config_schema


@click.command("schema")
@common_options
def command() -> None:
    """Print the JSON Schema of the config file.

    An editor with a YAML language server checks and completes syncer.yaml with it.
    """
    click.echo(json.dumps(config_schema(), indent=2))
