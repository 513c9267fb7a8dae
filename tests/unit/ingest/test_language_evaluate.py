import json
from pathlib import Path

import pytest

from catalograph.errors import TrainingDataError
from catalograph.evaluation.categories import (
    evaluate_classify,
    read_pairs,
)
from catalograph.evaluation.ner import NerTask, evaluate_ner


def tagged(brand: str, kind: str) -> str:
    lines = [f"{c} {'B' if n == 0 else 'I'}-{t}" for w, t in ((brand, "HP"), (kind, "HC"))
             for n, c in enumerate(w)]  # fmt: skip
    return "\n".join([*lines, "", ""])


def test_seen_and_unseen_titles_are_told_apart(tmp_path: Path) -> None:
    brands, kinds = ("小米", "海尔", "美的", "九阳"), ("手机壳", "洗衣机", "吸尘器")
    train, test = tmp_path / "train.conll", tmp_path / "test.conll"
    train.write_text("".join(tagged(b, k) for b in brands for k in kinds), encoding="utf-8")
    test.write_text(tagged("小米", "手机壳") + tagged("格力", "洗衣机"), encoding="utf-8")
    (row,) = evaluate_ner(NerTask([train], test, models=["crf"]))
    assert (row.model, row.n, row.config["train"]) == ("crf", 2, 12)
    assert row.metrics["f1_seen"] == 1.0
    assert row.metrics["recall_unseen"] >= 0.5
    assert {"f1", "f1_HP", "f1_HC", "precision_unseen"} <= set(row.metrics)


def test_spans_are_read_and_folds_cover_every_sentence(tmp_path: Path) -> None:
    """Given lines of JSON, each sentence is measured once; gazetteers need no training."""
    rows = []
    for n in range(30):
        colour, kind = ("红色", "蓝色", "黑色")[n % 3], ("外套", "衬衫")[n % 2]
        spans = [{"start": 0, "end": 2, "type": "颜色"}, {"start": 2, "end": 4, "type": "品类"}]
        rows.append({"sentences": f"{colour}{kind}{n}", "spans": spans})
    file, colours = tmp_path / "spans.jsonl", tmp_path / "颜色.txt"
    file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    colours.write_text("红色\n蓝色\n黑色", encoding="utf-8")
    task = NerTask([file], folds=3, gazetteers=[colours], models=["crf", "gazetteers"])
    trained, names = evaluate_ner(task)
    assert (trained.n, names.n, trained.config["folds"]) == (30, 30, 3)
    assert trained.metrics["f1"] == 1.0
    assert (names.metrics["precision"], names.metrics["recall"]) == (1.0, 0.5)


def test_a_span_outside_its_text_is_named(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    file.write_text('{"text": "红", "spans": [{"start": 0, "end": 2, "type": "颜色"}]}')
    with pytest.raises(TrainingDataError, match="Line 1 .*not within 1 characters"):
        evaluate_ner(NerTask([file]))


@pytest.mark.parametrize(
    ("label", "depth", "expected"),
    [
        (["Phones", "Prepaid"], 1, "Phones"),
        (["Phones", "Prepaid"], 2, "Phones >> Prepaid"),
        ('["Clothing >> Women >> Shorts"]', 1, "Clothing"),
        ('["Clothing >> Women >> Shorts"]', 2, "Clothing >> Women"),
        ('["Cut off >> in the mid', 1, "Cut off"),
        (1, 1, "1"),
        (0, 1, "0"),
    ],
)
def test_labels_are_read_in_every_form(
    tmp_path: Path, label: object, depth: int, expected: str
) -> None:
    file = tmp_path / "rows.jsonl"
    rows = [{"title": "A title", "category": label}, {"title": "", "category": "x"}, {"title": "b"}]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    assert list(read_pairs(file, None, None, depth)) == [("A title", expected)]


def test_titles_are_split_by_hash_and_the_classifier_beats_the_most_frequent(
    tmp_path: Path,
) -> None:
    file = tmp_path / "rows.jsonl"
    kinds = {"Shoes": "running shoes", "Audio": "bluetooth speaker"}
    rows = [{"t": f"{w} number {n}", "c": k} for n in range(60) for k, w in kinds.items()]
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    frequent, trained = evaluate_classify([file], None, text="t", label="c")
    assert frequent.n == trained.n
    assert 0 < trained.n < 120
    assert trained.config["train"] == 120 - trained.n
    assert trained.metrics["accuracy"] == trained.metrics["macro_f1"] == 1.0
    assert frequent.metrics["accuracy"] < 0.7


def test_missing_columns_are_named(tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text('{"a": "b"}\n', encoding="utf-8")
    with pytest.raises(TrainingDataError, match="--text and --label"):
        evaluate_classify([file], None)
