"""The training loop, which is the `Trainer` of transformers: resumable, and in several processes.

Under torchrun each process takes its share of every batch, and gradients are averaged (DDP).
"""

import inspect
import math
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
import transformers
from torch import distributed

from catalograph.embed.language_model.base import UntrainedModel
from catalograph.embed.language_model.examples import Example, ExampleSet, collate
from catalograph.embed.language_model.settings import LanguageModelSettings
from catalograph.ml.torch_precision import has_bfloat16

auto = cast(Any, transformers)
Progress = Callable[[str], None]
History = list[dict[str, float]]


class Training:
    """A training of one model, which goes on from the checkpoints in its folder.

    Args:
        model: model with the weights that are trained.
        base: its base, for the tokenizer.
        learned: examples to learn from.
        kept: examples for validation; none to do without early stopping.
        settings: settings of the training.
        folder: folder of the checkpoints.
        minutes: time after which this call stops; None for no limit.
        progress: callback that receives a line after each validation.
    """

    def __init__(
        self,
        model: Any,
        base: UntrainedModel,
        learned: Sequence[Example],
        kept: Sequence[Example],
        settings: LanguageModelSettings,
        folder: Path,
        minutes: float | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        masked = settings.masked if settings.objective == "mlm" else 0.0
        sets = [ExampleSet(part, base.tokenizer, masked, settings.seed) for part in (learned, kept)]
        self._folder = folder
        self._watch = _Watch(sets[0], minutes, progress)
        # `group_by_length` would save padding, but its order is not resumed exactly.
        self.trainer = auto.Trainer(
            model=model,
            args=_arguments(settings, folder, len(learned), validates=bool(kept)),
            data_collator=partial(
                collate,
                padding=base.tokenizer.pad_token_id,
                keeps_logits=settings.objective != "mlm" and _keeps_logits(base.model),
            ),
            train_dataset=sets[0],
            eval_dataset=sets[1] if kept else None,
            callbacks=[self._watch]
            + ([auto.EarlyStoppingCallback(settings.patience)] if kept else []),
        )
        self.trainer.remove_callback(auto.PrinterCallback)  # standard output is the caller's
        self._validates = bool(kept)

    @property
    def finished(self) -> bool:
        """Whether the training went to its end, and was not stopped by the time."""
        return not self._watch.out_of_time

    @property
    def history(self) -> History:
        """Losses by step: `loss` since the entry before, and `eval_loss`."""
        names = ("step", "epoch", "loss", "eval_loss")
        return [
            {name: float(entry[name]) for name in names if name in entry}
            for entry in self.trainer.state.log_history
            if "loss" in entry or "eval_loss" in entry
        ]

    def validate(self) -> float | None:
        """Return the loss on the validation examples; None without any."""
        return float(self.trainer.evaluate()["eval_loss"]) if self._validates else None

    def run(self) -> None:
        """Train; the best weights by validation are kept."""
        last = _last_checkpoint(self._folder)
        self._watch.begin()
        with warnings.catch_warnings():
            # Checkpoints within a second are ordered by their numbers, which it warns about.
            warnings.filterwarnings("ignore", "mtime may not be reliable", UserWarning)
            self.trainer.train(resume_from_checkpoint=last)


class _Watch(transformers.TrainerCallback):
    """Sets the epoch of the masks, reports validations, and stops when the time is over."""

    def __init__(self, learned: ExampleSet, minutes: float | None, progress: Progress) -> None:
        self._learned = learned
        self._minutes = minutes
        self._progress = progress
        self._began = 0.0
        self.out_of_time = False

    def begin(self) -> None:
        self._began = time.monotonic()

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._learned.epoch = int(state.epoch or 0)

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._minutes is None or state.global_step >= state.max_steps:
            return
        over = time.monotonic() - self._began > 60 * self._minutes
        if _any_process(over):
            self.out_of_time = True
            control.should_save = control.should_training_stop = True
            control.should_evaluate = args.eval_strategy != "no"

    def on_log(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        told = kwargs.get("logs") or {}
        names = {"loss": "loss", "eval_loss": "validation loss"}
        parts = [f"{names[key]} {told[key]:.4f}" for key in names if key in told]
        if parts and state.global_step:
            self._progress(f"step {state.global_step} of {state.max_steps}: {', '.join(parts)}")


def _any_process(value: bool) -> bool:
    """Return whether it holds in any process, so that all stop together."""
    if not (distributed.is_available() and distributed.is_initialized()):
        return value
    device = "cuda" if distributed.get_backend() == "nccl" else "cpu"
    told = torch.tensor(float(value), device=device)
    distributed.all_reduce(told, distributed.ReduceOp.MAX)
    return bool(told.item())


def _arguments(
    settings: LanguageModelSettings, folder: Path, examples: int, *, validates: bool
) -> Any:
    cuda = torch.cuda.is_available()
    processes = auto.TrainingArguments(output_dir=str(folder), use_cpu=not cuda).world_size
    batches = math.ceil(examples / (settings.batch * processes))
    per_epoch = math.ceil(batches / settings.accumulation)
    steps = settings.steps or settings.epochs * per_epoch
    every = max(1, steps // settings.checks)
    return auto.TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=settings.batch,
        per_device_eval_batch_size=settings.batch,
        gradient_accumulation_steps=settings.accumulation,
        gradient_checkpointing=settings.checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False},
        num_train_epochs=settings.epochs,
        max_steps=settings.steps or -1,
        learning_rate=settings.rate,
        weight_decay=settings.weight_decay,
        warmup_ratio=settings.warmup,
        lr_scheduler_type="linear",
        max_grad_norm=settings.clip,
        seed=settings.seed,
        data_seed=settings.seed,
        save_strategy="steps",
        save_steps=every,
        eval_strategy="steps" if validates else "no",
        eval_steps=every,
        logging_strategy="steps",
        logging_steps=every,
        save_total_limit=2,
        load_best_model_at_end=validates,
        metric_for_best_model="loss" if validates else None,
        greater_is_better=False if validates else None,
        restore_callback_states_from_checkpoint=True,
        prediction_loss_only=True,
        label_names=["labels"],
        remove_unused_columns=False,
        ddp_find_unused_parameters=False,
        report_to=[],
        disable_tqdm=True,
        bf16=torch.cuda.is_bf16_supported() if cuda else has_bfloat16(),
        use_cpu=not cuda,
        dataloader_pin_memory=cuda,
        log_level="error",
    )


def _keeps_logits(model: Any) -> bool:
    return "logits_to_keep" in inspect.signature(model.forward).parameters


def _last_checkpoint(folder: Path) -> str | None:
    """Return the last complete checkpoint; its state file is written last."""
    whole = [path.parent for path in folder.glob("checkpoint-*/trainer_state.json")]
    last = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return None if last is None else str(last)
