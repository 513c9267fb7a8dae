"""Base models in torch's form, and the adapters that are trained on them."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from catalograph.embed.language_model.settings import LanguageModelSettings
from catalograph.errors import ConfigError, MissingExtraError
from catalograph.ml.encoders import trainable_folder
from catalograph.ml.onnx import ONNX_MODELS

try:
    import peft
    import torch
    import transformers
    from transformers.pytorch_utils import Conv1D
except ImportError as exc:
    raise MissingExtraError("embed", exc.name or "transformers") from exc

# Much of the libraries is untyped.
auto = cast(Any, transformers)
_LORA_SCALE = 2
_GGUF = ".gguf"
_PLAIN_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ':\\n' + message['content'] + "
    "(eos_token if message['role'] == 'assistant' else '') + '\\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'assistant:\\n' }}{% endif %}"
)
"""Chat template of models that have none."""


@dataclass
class UntrainedModel:
    """A model before its training.

    Attributes:
        name: name, folder or file that it was loaded from.
        model: model of transformers, float32.
        tokenizer: its tokenizer, with a chat template and a padding token.
        weights: BLAKE2b-256 of its weights, in hexadecimal.
        new_parts: names of modules that the base has no weights for, such as an encoder's head.
    """

    name: str
    model: Any
    tokenizer: Any
    weights: str
    new_parts: tuple[str, ...] = ()


def load_base(settings: LanguageModelSettings) -> UntrainedModel:
    """Load the base model; weights that it lacks, such as a head, are drawn by the seed.

    Raises:
        ConfigError: there is no such model, or it is not of the kind that the objective trains.
        MissingExtraError: a package of the extra `embed` is not installed.
    """
    auto.logging.set_verbosity_error()  # it warns about heads, which `new_parts` names
    auto.set_seed(settings.seed)
    name, where = _locate(settings.base)
    try:
        tokenizer = auto.AutoTokenizer.from_pretrained(**where)
        model, found = _class_of(settings).from_pretrained(
            **where, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as exc:
        kind = "an encoder" if settings.objective == "mlm" else "a decoder"
        raise ConfigError(
            f"The model '{settings.base}' could not be loaded as {kind} ({exc}). Expected {kind} "
            "of transformers by name or folder, or a GGUF file of a decoder."
        ) from exc
    if tokenizer.chat_template is None:
        tokenizer.chat_template = _PLAIN_TEMPLATE
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    missing = frozenset(found["missing_keys"])
    if "gguf_file" in where:
        model.name_or_path = ""  # peft would look for a configuration in the file's folder
    weights = hash_weights(model, missing)
    return UntrainedModel(name, model, tokenizer, weights, _new_parts(model, missing))


def add_adapter(base: UntrainedModel, settings: LanguageModelSettings) -> Any:
    """Return the model with the weights that are trained; the others are frozen.

    LoRA is applied to all linear layers but the heads. peft has no bottleneck of two layers behind
    each block; `ia3` scales the states at the same place, and can be merged.

    Raises:
        ConfigError: the adapter does not know this kind of model.
    """
    if settings.adapter == "full":
        return base.model
    task = None if settings.objective == "mlm" else peft.TaskType.CAUSAL_LM
    saved = list(base.new_parts) or None
    config: Any
    if settings.adapter == "prefix":
        config = peft.PrefixTuningConfig(task_type=task, num_virtual_tokens=settings.size)
    elif settings.adapter == "ia3":
        config = peft.IA3Config(task_type=task, modules_to_save=saved)
    else:
        config = peft.LoraConfig(
            task_type=task,
            r=settings.size,
            lora_alpha=_LORA_SCALE * settings.size,
            target_modules=_linear_layers(base.model),
            modules_to_save=saved,
        )
    try:
        return peft.get_peft_model(base.model, config)
    except (ValueError, AttributeError) as exc:
        raise ConfigError(
            f"The adapter '{settings.adapter}' cannot be added to '{base.name}' ({exc}). "
            "Choose lora or full."
        ) from exc


def load_adapter(base: UntrainedModel, folder: Path) -> Any:
    """Return a base model with a stored adapter.

    Raises:
        ConfigError: the folder has none.
    """
    try:
        return peft.PeftModel.from_pretrained(base.model, str(folder))
    except (OSError, ValueError, RuntimeError) as exc:
        raise ConfigError(f"No adapter could be read in {folder} ({exc}). Train it again.") from exc


def hash_weights(model: Any, without: frozenset[str] = frozenset()) -> str:
    """Return BLAKE2b-256 of the weights by name, in hexadecimal.

    Args:
        model: model of transformers.
        without: names of weights that do not count.
    """
    digest = hashlib.blake2b(digest_size=32)
    for name, part in model.named_parameters():
        if name not in without:
            digest.update(name.encode() + b"\0")
            digest.update(part.detach().cpu().contiguous().view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _locate(base: str) -> tuple[str, dict[str, Any]]:
    """Return what names the base from anywhere, and the arguments that load it."""
    path = Path(base)
    if path.suffix.lower() == _GGUF:
        try:
            import gguf  # noqa: F401 - transformers reads such files by it
        except ImportError as exc:
            raise MissingExtraError("embed", "gguf") from exc
        path = path.resolve()
        return str(path), {
            "pretrained_model_name_or_path": str(path.parent),
            "gguf_file": path.name,
        }
    name = str(path.resolve()) if path.is_dir() else base
    return name, {
        "pretrained_model_name_or_path": trainable_folder(name),
        "local_files_only": path.is_dir() or name in ONNX_MODELS,
    }


def _class_of(settings: LanguageModelSettings) -> Any:
    if settings.objective != "mlm":
        return auto.AutoModelForCausalLM
    return auto.AutoModelForPreTraining if settings.next_sentence else auto.AutoModelForMaskedLM


def _linear_layers(model: Any) -> list[str]:
    body = model.base_model_prefix
    return [
        f"{body}.{name}"
        for name, part in getattr(model, body).named_modules()
        if isinstance(part, torch.nn.Linear | Conv1D) and not name.startswith("pooler")
    ]


def _new_parts(model: Any, missing: frozenset[str]) -> tuple[str, ...]:
    """Return the smallest modules with missing weights, without those that share the embeddings."""
    shared = model.get_output_embeddings()
    parts = {
        name: model.get_submodule(name) for name in {key.rpartition(".")[0] for key in missing}
    }
    return tuple(
        sorted(n for n, part in parts.items() if part is not shared and not [*part.children()])
    )
