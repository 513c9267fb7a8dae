"""Sampling, augmentation, tags and decisions of the model of several tasks; no network."""

import numpy as np
import pytest
from numpy.typing import NDArray

from catalograph.errors import ConfigError, TrainingDataError
from catalograph.ingest.multitask.decision import (
    HeadResult,
    compare_f1,
    decide_heads,
    f1_interval,
)
from catalograph.ingest.multitask.prediction import (
    best_values,
    count_matches,
    count_values,
    micro_f1,
)
from catalograph.ingest.multitask.sampling import (
    augment,
    draw_batches,
    draw_tasks,
    drop_words,
    swap_values,
)
from catalograph.ingest.multitask.settings import MultitaskSettings
from catalograph.ingest.multitask.tasks import (
    CATEGORY,
    DIFFERENT,
    MATCHING,
    SAME,
    TAGGING,
    TaskExample,
    ValueSpan,
    by_group,
    make_task,
    part_of,
    subsample,
    tagging_example,
)
from catalograph.ingest.multitask.tokens import FoundValue


def test_steps_are_shared_by_size_to_the_power_of_the_exponent() -> None:
    rng = np.random.default_rng(0)
    even = draw_tasks([100, 100], 10, 1.0, rng)
    assert np.bincount(even).tolist() == [5, 5]
    assert np.bincount(draw_tasks([300, 100], 100, 1.0, rng)).tolist() == [75, 25]
    assert np.bincount(draw_tasks([400, 100], 90, 0.5, rng)).tolist() == [60, 30]
    assert np.bincount(draw_tasks([900, 100], 10, 0.0, rng)).tolist() == [5, 5]
    # The smallest task gets a step, too.
    assert np.bincount(draw_tasks([10_000, 1], 20, 1.0, rng)).tolist() == [19, 1]


def test_each_pass_has_every_example_once() -> None:
    examples = [TaskExample(str(n)) for n in range(10)]
    stream = draw_batches(examples, 4, np.random.default_rng(1))
    seen = [one.first for _ in range(3) for one in next(stream)]
    assert sorted(seen, key=int) == [str(n) for n in range(10)]


def test_swapped_values_keep_their_places_right() -> None:
    one = tagging_example(
        "Red wool scarf by Aldova", "scarf", {"colour": ["red"], "brand": ["Aldova"]}
    )
    assert one.spans == (ValueSpan(0, 3, "colour"), ValueSpan(18, 24, "brand"))
    values = {("scarf", "colour"): ("dark blue", "navy"), ("scarf", "brand"): ("Zed", "Brenwick")}
    swapped = swap_values(one, values, 1.0, np.random.default_rng(0))
    for span in swapped.spans:
        assert swapped.second[span.start : span.end] in values["scarf", span.attribute]
    assert " wool scarf by " in swapped.second


def test_augmented_examples_keep_their_label() -> None:
    rng = np.random.default_rng(0)
    pair = TaskExample("a b c d e f", "u v w x y z", SAME)
    changed = [augment(pair, MATCHING, 0.5, {}, rng) for _ in range(40)]
    assert {one.label for one in changed} == {SAME}
    assert any(set(one.first.split()) <= set("uvwxyz") for one in changed)
    assert drop_words("one two", 1.0, rng) == "one two"
    assert drop_words("红色保温杯五百毫升", 1.0, rng) == "红色保温杯五百毫升"


def test_values_are_found_whole_and_longest_first() -> None:
    one = tagging_example(
        "USB cable 12 ft, 2 ft lead", "cable", {"length": ["2 ft", "12 ft"], "kind": ["cab"]}
    )
    assert [one.second[s.start : s.end] for s in one.spans] == ["12 ft", "2 ft"]
    assert one.targets == {"length": ("12 ft", "2 ft"), "kind": ()}
    chinese = tagging_example("红色圆领连衣裙", "裙", {"领型": ["圆领"]})
    assert chinese.spans == (ValueSpan(2, 4, "领型"),)


def test_a_product_is_in_one_part_of_the_split() -> None:
    parts = [part_of(f"product:shop:{n}") for n in range(2_000)]
    assert parts == [part_of(f"product:shop:{n}") for n in range(2_000)]
    assert 0.17 < parts.count("test") / 2_000 < 0.23
    assert 0.08 < parts.count("valid") / 2_000 < 0.12


def test_rare_labels_are_left_out_and_too_little_is_refused() -> None:
    examples = [TaskExample(f"t{n}", label=f"c{n % 2}", group=f"g{n}") for n in range(200)]
    task = make_task(CATEGORY, by_group([*examples, TaskExample("x", label="rare")]), least=3)
    assert task.labels == ("c0", "c1")
    assert sum(task.counts[part] for part in ("train", "valid", "test")) == 200
    small = subsample(task, 60)
    assert (small.counts["train"], len(small.valid) <= 15) == (60, True)
    assert subsample(task, 60).train == small.train
    with pytest.raises(TrainingDataError, match="too few for the task category"):
        make_task(CATEGORY, by_group(examples[:20]))
    with pytest.raises(TrainingDataError, match="too few for the task tagging"):
        make_task(TAGGING, by_group(examples))


def test_unjudged_attributes_do_not_count() -> None:
    one = TaskExample("", "", targets={"brand": ("Acme",), "size": (), "colour": ("red", "blue")})
    assert count_values(one, {"brand": "Acme", "size": "L", "colour": "blue", "age": "3"}) == (
        2,
        3,
        2,
    )
    assert count_values(one, {}) == (0, 0, 2)
    found = [FoundValue("brand", 0, 4, 0.6), FoundValue("brand", 5, 9, 0.9)]
    assert best_values(found, "Acme Bolt") == {"brand": ("Bolt", 0.9)}


def test_f1_counts_matches_alone() -> None:
    pairs = [TaskExample("", label=label) for label in (SAME, SAME, DIFFERENT, DIFFERENT)]
    counts = count_matches(pairs, np.array([True, False, True, False]))
    assert counts.tolist() == [[1, 1, 1], [0, 0, 1], [0, 1, 0], [0, 0, 0]]
    assert micro_f1(counts) == 0.5
    low, high = f1_interval(np.tile(counts, (50, 1)))
    assert low < 0.5 < high


def answers(right: float, n: int = 400, seed: int = 0) -> NDArray[np.int64]:
    """Return counts of a classifier with this accuracy."""
    hits = np.random.default_rng(seed).random(n) < right
    return np.stack([hits, np.ones(n), np.ones(n)], axis=1).astype(np.int64)


def result(
    joint: float, rival: float, single: float | None = None, *, task: str = "category",
    rival_bytes: int = 1_000_000, n: int = 400,
) -> HeadResult:  # fmt: skip
    return HeadResult(
        task,
        answers(joint, n),
        None if single is None else answers(single, n, 1),
        answers(rival, n, 2),
        "the rival",
        rival_bytes,
        5_000,
        20_000_000,
    )


def test_a_head_is_kept_if_better_or_as_good_and_smaller() -> None:
    better, near, worse = result(0.9, 0.6), result(0.8, 0.8, task="b"), result(0.5, 0.8, task="c")
    # The encoder is there for the better head, so that the near one adds only its own weights.
    first, second, third = decide_heads([better, near, worse])
    assert (first.kept, second.kept, third.kept) == (True, True, False)
    assert "it is better than the rival" in first.reason
    assert "as good and smaller" in second.reason
    assert "the rival is better" in third.reason
    [alone] = decide_heads([near])
    assert (alone.kept, "not smaller" in alone.reason) == (False, True)
    [large] = decide_heads([result(0.8, 0.8, rival_bytes=90_000_000)])
    assert large.kept


def test_a_head_that_the_other_tasks_spoil_is_not_kept() -> None:
    [spoiled] = decide_heads([result(0.7, 0.5, single=0.9)])
    assert (spoiled.kept, spoiled.reason.startswith("it is worse than a model of its own")) == (
        False,
        True,
    )
    [helped] = decide_heads([result(0.9, 0.5, single=0.7)])
    assert helped.kept


def test_few_examples_decide_nothing_unless_forced() -> None:
    few = result(1.0, 0.0, n=20)
    [one] = decide_heads([few])
    assert (one.kept, one.reason) == (False, "20 test examples decide nothing, 50 are needed")
    [forced] = decide_heads([few], force=True)
    assert (forced.kept, forced.reason.startswith("kept by --force, although")) == (True, True)
    assert forced.as_dict()["rival"]["theirs"] == 0.0


def test_the_comparison_is_paired() -> None:
    ours = answers(0.7)
    theirs = ours.copy()
    theirs[:20, 0] = 0  # the same answers but for a few
    found = compare_f1(ours, theirs)
    assert found.low >= 0
    assert found.ours > found.theirs


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"sampling": 2.0}, "sampling is 2.0"), ({"batch": 0}, "batch is 0"), ({"fgm": -1.0}, "fgm")],
)
def test_settings_out_of_range_are_refused(changes: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        MultitaskSettings(**changes)  # type: ignore[arg-type]
