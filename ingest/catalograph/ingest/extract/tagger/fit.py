"""Training of a tagger with the transformers `Trainer`, and its storage in a folder."""

import json
import logging
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import numpy as np

from catalograph.errors import ConfigError, MissingExtraError, TrainingDataError
from catalograph.ingest.extract.tagger.data import Labels, TaggedText, Values, values_of
from catalograph.ingest.extract.tagger.presets import TaggerSettings
from catalograph.ml.encoders import load_trainable

try:
    import torch
    import transformers
    from safetensors.torch import load_file, save_file
except ImportError as exc:
    raise MissingExtraError("extract", exc.name or "transformers") from exc

from catalograph.ingest.extract.tagger.batches import Collator
from catalograph.ingest.extract.tagger.inference import Tagger
from catalograph.ingest.extract.tagger.model import JointTagger
from catalograph.ml.torch_precision import has_bfloat16
from catalograph.ml.transformer_layers import freeze

# Much of the library is untyped.
auto = cast(Any, transformers)
_CONFIG = "tagger.json"
_WEIGHTS = "model.safetensors"
_ENCODER = "encoder"
_log = logging.getLogger(__name__)


def fit_tagger(
    texts: Sequence[TaggedText],
    settings: TaggerSettings,
    *,
    values: Values | None = None,
    checkpoints: Path | None = None,
) -> Tagger:
    """Train a tagger; with a checkpoint folder, resume an interrupted training.

    Args:
        texts: labelled texts.
        settings: settings of the training.
        values: values for augmentation, such as alias tables; None uses the values of the texts.
        checkpoints: folder for one checkpoint per epoch; None stores none.

    Raises:
        TrainingDataError: no text has a span.
        ConfigError: the encoder does not exist.
        MissingExtraError: the extra `extract` is not installed.
    """
    if not any(text.spans for text in texts):
        raise TrainingDataError(
            f"None of the {len(texts)} texts has a labelled value; a tagger needs some."
        )
    transformers.set_seed(settings.seed)
    labels = Labels.of(texts)
    tokenizer, encoder = load_trainable(settings.encoder)
    freeze(encoder, settings.frozen_layers)
    model = JointTagger(encoder, len(labels.types), len(labels.relations), settings.dropout)
    learned, kept = _split(texts, settings)
    known = values if values is not None else values_of(learned)
    collator = Collator(
        tokenizer, labels, settings.length, known, settings.swap, seed=settings.seed
    )
    with tempfile.TemporaryDirectory() as draft:
        # Early stopping returns to the best checkpoint, so it needs a folder for them.
        folder = checkpoints or (Path(draft) if kept else None)
        trainer = _trainer(model, collator, learned, kept, settings, folder)
        trainer.train(resume_from_checkpoint=_last_checkpoint(folder))
    return Tagger(model, tokenizer, labels, settings)


def _split(
    texts: Sequence[TaggedText], settings: TaggerSettings
) -> tuple[list[TaggedText], list[TaggedText]]:
    order = np.random.default_rng(settings.seed).permutation(len(texts))
    kept = int(settings.validation * len(texts))
    return [texts[n] for n in order[kept:]], [texts[n] for n in order[:kept]]


def _trainer(
    model: JointTagger,
    collator: Collator,
    learned: list[TaggedText],
    kept: list[TaggedText],
    settings: TaggerSettings,
    checkpoints: Path | None,
) -> Any:
    arguments = transformers.TrainingArguments(
        output_dir=str(checkpoints or "unused"),
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        num_train_epochs=settings.epochs,
        warmup_ratio=settings.warmup,
        lr_scheduler_type="linear",
        max_grad_norm=settings.clip,
        seed=settings.seed,
        data_seed=settings.seed,
        save_strategy="epoch" if checkpoints else "no",
        eval_strategy="epoch" if kept else "no",
        save_total_limit=2,
        load_best_model_at_end=bool(kept),
        metric_for_best_model="loss" if kept else None,
        greater_is_better=False if kept else None,
        prediction_loss_only=True,
        label_names=["entity"],
        remove_unused_columns=False,
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        bf16=torch.cuda.is_bf16_supported() if torch.cuda.is_available() else has_bfloat16(),
        use_cpu=not torch.cuda.is_available(),
        dataloader_pin_memory=torch.cuda.is_available(),
        log_level="error",
    )
    stop = [transformers.EarlyStoppingCallback(settings.patience)] if kept else []
    trainer = _Trainer(
        model=model,
        args=arguments,
        data_collator=collator,
        train_dataset=learned,
        eval_dataset=kept or None,
        callbacks=[_Quiet(), *stop],
        optimizers=(_optimizer(model, settings), None),
    )
    trainer.remove_callback(transformers.PrinterCallback)  # standard output is the caller's
    return trainer


class _Trainer(transformers.Trainer):
    """Trainer that batches texts of similar length, which saves a third of the padding."""

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        lengths = [len(text.tokens) for text in cast(list[TaggedText], self.train_dataset)]
        return transformers.trainer_pt_utils.LengthGroupedSampler(
            self.args.train_batch_size,
            lengths=lengths,
            generator=torch.Generator().manual_seed(self.args.seed),
        )


class _Quiet(transformers.TrainerCallback):
    """Logs each validation instead of printing it."""

    def on_evaluate(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        metrics = kwargs.get("metrics", {})
        _log.info("epoch %.0f: validation loss %.4f", state.epoch, metrics.get("eval_loss", -1))


def _optimizer(model: JointTagger, settings: TaggerSettings) -> "torch.optim.Optimizer":
    """Return AdamW without weight decay on biases and norms, with a separate head rate."""
    groups: dict[tuple[bool, bool], list[torch.nn.Parameter]] = {}
    for name, weights in model.named_parameters():
        if weights.requires_grad:
            groups.setdefault((name.startswith("encoder."), weights.ndim > 1), []).append(weights)
    return torch.optim.AdamW(
        [
            {
                "params": listed,
                "lr": settings.learning_rate if encoder else settings.head_rate,
                "weight_decay": settings.weight_decay if decayed else 0.0,
            }
            for (encoder, decayed), listed in groups.items()
        ],
        fused=True,
    )


def _last_checkpoint(checkpoints: Path | None) -> str | None:
    """Return the last complete checkpoint; its state file is written last."""
    if checkpoints is None:
        return None
    whole = [path.parent for path in checkpoints.glob("checkpoint-*/trainer_state.json")]
    last = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return None if last is None else str(last)


def save_tagger(tagger: Tagger, folder: Path) -> None:
    """Write weights (safetensors), tokenizer, the encoder's config and the labels."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: part.contiguous() for name, part in tagger.model.state_dict().items()}
    save_file(weights, folder / _WEIGHTS)
    tagger.tokenizer.save_pretrained(folder / _ENCODER)
    cast(Any, tagger.model.encoder).config.save_pretrained(folder / _ENCODER)
    config = {"settings": asdict(tagger.settings), "labels": asdict(tagger.labels)}
    (folder / _CONFIG).write_text(json.dumps(config, indent=1, sort_keys=True))


def load_tagger(folder: Path) -> Tagger:
    """Read a tagger that `save_tagger` wrote.

    Raises:
        ConfigError: a file is missing or damaged.
    """
    try:
        config = json.loads((folder / _CONFIG).read_text())
        settings = TaggerSettings(**config["settings"])
        stored = config["labels"]
        by_context = {name: tuple(listed) for name, listed in stored["by_context"].items()}
        labels = Labels(tuple(stored["types"]), tuple(stored["relations"]), by_context)
        encoder_config = auto.AutoConfig.from_pretrained(folder / _ENCODER)
        encoder = auto.AutoModel.from_config(encoder_config, add_pooling_layer=False)
        tokenizer = auto.AutoTokenizer.from_pretrained(folder / _ENCODER)
        model = JointTagger(encoder, len(labels.types), len(labels.relations), settings.dropout)
        model.load_state_dict(load_file(folder / _WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as exc:
        raise ConfigError(
            f"No tagger could be read in {folder} ({exc}). Train it again, or name its folder."
        ) from exc
    if torch.cuda.is_available():
        model.to("cuda")
    return Tagger(model, tokenizer, labels, settings)
