"""`catalograph train ner`: learn to recognise brands and product types in Chinese titles."""

from pathlib import Path

import typer

from catalograph.cli.eval_output import JSON, say
from catalograph.cli.options import accept_old_names

_FILES = typer.Argument(
    ..., metavar="FILE…", help="Tagged files, BIO or BIEOS, a character a line."
)
_GAZETTEERS = typer.Option([], "--gazetteer", help="Files with a name a line; may be repeated.")
_UNLABELLED = typer.Option([], "--unlabelled", help="Files of raw text; may be repeated.")


def register(group: typer.Typer) -> None:
    """Add this module's command."""
    group.command("ner", cls=accept_old_names(out="output"))(ner)


def ner(
    files: list[Path] = _FILES,
    output: Path = typer.Option(..., "--output", help="Folder to keep the recogniser in."),
    gazetteers: list[Path] = _GAZETTEERS,
    unlabelled: list[Path] = _UNLABELLED,
    seed: int = typer.Option(0, min=0, help="Of the groups of characters."),
    as_json: bool = typer.Option(False, "--json", help=JSON),
) -> None:
    """Learn to recognise entities in Chinese titles, with calibrated confidence."""
    from catalograph.cli.output import print_json
    from catalograph.ingest.language.chinese import ChineseConfig, ChineseRecogniser
    from catalograph.ingest.language.chinese_features import gazetteer_of
    from catalograph.ingest.language.tags import read_lines, read_tagged, read_texts

    sentences = [sentence for path in files for sentence in read_tagged(path)]
    recogniser = ChineseRecogniser.train(
        sentences,
        output,
        gazetteers={
            path.name.partition(".")[0]: gazetteer_of(read_lines(path)) for path in gazetteers
        },
        unlabelled=[text for path in unlabelled for text in read_texts(path)],
        config=ChineseConfig(seed=seed),
        progress=say,
    )
    if as_json:
        print_json({"out": str(output), "sentences": len(sentences), "version": recogniser.version})
    else:
        typer.echo(f"Learned from {len(sentences):,} sentences; kept in {output}.")
