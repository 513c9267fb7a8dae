"""What commands say of the text encoder that they take."""

HELP = "Name or folder of a transformers model. Default: the packaged one."
