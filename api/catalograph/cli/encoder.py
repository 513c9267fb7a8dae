"""Help text of the text encoder, shared by commands."""

HELP = "Name or folder of a transformers model. Default: the packaged one."
