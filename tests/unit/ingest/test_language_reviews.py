from importlib import import_module
from pathlib import Path

import joblib
import pytest

from catalograph.errors import TrainingDataError
from catalograph.ingest.language import Aspect, AspectReader, mention, read_aspects
from catalograph.ingest.language.categories import CategoryClassifier
from catalograph.ingest.language.opinions import IMPLICIT, LabelledSentence, Opinion, read_opinions
from catalograph.ingest.language.training import read_sentiments, train_aspects
from catalograph.ml.calibration import PlattCalibration
from catalograph.schema import ONTOLOGY, Sentiment

pytestmark = pytest.mark.slow

POSITIVE, NEUTRAL, NEGATIVE = Sentiment.POSITIVE, Sentiment.NEUTRAL, Sentiment.NEGATIVE


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Great screen, poor keyboard.", [("screen", POSITIVE), ("keyboard", NEGATIVE)]),
        (
            "The battery life isn't good but I love the display!",
            [("battery life", NEGATIVE), ("display", POSITIVE)],
        ),
        ("The price is not bad.", [("price", POSITIVE)]),
        ("No problems with the battery.", [("battery", POSITIVE)]),
        ("Horrible hinges.", [("hinges", NEGATIVE)]),
        ("The sound is okay.", [("sound", NEUTRAL)]),
        ("It has a screen and a keyboard.", []),
        ("屏幕很清晰，但是物流太慢了", [("屏幕", POSITIVE), ("物流", NEGATIVE)]),
        ("服务态度不好但价格便宜", [("服务态度", NEGATIVE), ("价格", POSITIVE)]),
        ("昨天买的手机", []),
        ("", []),
        (
            "The price is cheap and the keyboard feels cheap.",
            [("price", Sentiment.POSITIVE), ("keyboard", Sentiment.NEGATIVE)],
        ),
        ("The price is not cheap.", [("price", Sentiment.NEGATIVE)]),
        ("A cheap gift.", []),
        ("Great grand daughter, love getting these.", []),
        ("The fan is loud.", [("fan", Sentiment.NEGATIVE)]),
        ("A nice gesture.", [("gesture", Sentiment.POSITIVE)]),
    ],
)
def test_rules_read_aspect_and_sentiment(text: str, expected: list[tuple[str, Sentiment]]) -> None:
    found = read_aspects(text)
    assert [(aspect.term, aspect.sentiment) for aspect in found] == expected
    for aspect in found:
        assert text[aspect.start : aspect.end] == aspect.term
        assert aspect.opinion is not None
        assert aspect.opinion in text


def test_a_mention_fits_the_ontology() -> None:
    aspect = Aspect("Battery Life", POSITIVE, 0.7, 4, 16, "great")
    tail, properties = mention(aspect, "text")
    assert tail.key == "value:aspect=battery life"
    specs = ONTOLOGY.relation("MENTIONS").by_name
    assert set(properties) <= set(specs)
    assert {name for name, spec in specs.items() if spec.required} <= set(properties)


def test_both_forms_of_labelled_files_are_read(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    file.write_text(
        "The hard drive is slow .####[([1, 2], [4], 'NEG')]\n"
        "fast and light .\t-1,-1 LAPTOP#SPEED 2 0,1\t-1,-1 LAPTOP#DESIGN 2 2,3\n",
        encoding="utf-8",
    )
    aste, acos = read_opinions(file)
    assert aste == LabelledSentence(
        ("The", "hard", "drive", "is", "slow", "."),
        frozenset({Opinion((1, 3), (4, 5), NEGATIVE)}),
    )
    assert acos.opinions == {
        Opinion(IMPLICIT, (0, 1), POSITIVE, "LAPTOP#SPEED"),
        Opinion(IMPLICIT, (2, 3), POSITIVE, "LAPTOP#DESIGN"),
    }


@pytest.mark.parametrize(
    "line",
    [
        "slow .####[([5], [0], 'NEG')]",
        "slow .####[([0], [0], 'BAD')]",
        "slow .####__import__('os').getcwd()",
        "slow .\t0,1 LAPTOP",
        "slow .\t0,9 LAPTOP#SPEED 0 0,1",
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "a.txt"
    file.write_text(f"fine .####[([0], [0], 'POS')]\n{line}\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match=r"Line 2 of"):
        read_opinions(file)


REVIEWS = [
    (f"{what}{how}", label)
    for what in ("物流", "屏幕", "味道", "质量", "包装", "这个手机", "酒店房间", "总体来说")
    for how, label in (
        ("非常棒很满意", 1),
        ("很好下次再来", 1),
        ("真不错推荐", 1),
        ("太差劲了失望", 0),
        ("坑爹不推荐", 0),
        ("糟糕透了退货", 0),
    )
]


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    file = tmp_path / "reviews.tsv"
    rows = "".join(f"shop\t{label}\t{text}\n" for text, label in REVIEWS)
    file.write_text(f"cat\tlabel\treview\n{rows}", encoding="utf-8")
    return file


def test_chinese_sentiment_is_learned_and_used(reviews: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert train_aspects([reviews], out, encoder="unused") == {"zh": len(REVIEWS)}
    # No opinion word of the lexicon stands in the clause, so the classifier alone decides.
    found = AspectReader.load(out).read(["包装坑爹", "A fine screen."])
    assert [(a.term, a.sentiment) for a in found[0]] == [("包装", NEGATIVE)]
    assert [(a.term, a.sentiment) for a in found[1]] == [("screen", POSITIVE)]
    assert read_aspects("包装坑爹") == []


def test_reviews_without_a_chinese_text_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "reviews.csv"
    file.write_text("label,text\n1,great\n", encoding="utf-8")
    with pytest.raises(TrainingDataError, match="no Chinese review with a label"):
        list(read_sentiments(file))


def test_category_is_told_from_the_title(tmp_path: Path) -> None:
    kinds = {"Footwear": "running shoes", "Audio": "bluetooth speaker", "Kitchen": "frying pan"}
    colours = ("red", "blue", "green", "black", "white", "grey", "pink", "gold", "brown", "navy")
    titles = [
        (f"{c} {words} {n}", k) for k, words in kinds.items() for c in colours for n in (1, 2)
    ]
    CategoryClassifier.train([t for t, _ in titles], [k for _, k in titles]).save(tmp_path)
    classifier = CategoryClassifier.load(tmp_path)
    guesses = classifier.predict(["Purple Running Shoe", "SPEAKERS, wireless bluetooth"])
    assert [guess.category for guess in guesses] == ["Footwear", "Audio"]
    assert all(0.3 < guess.confidence <= 1 for guess in guesses)
    assert classifier.predict([]) == []
    assert classifier.categories == ["Audio", "Footwear", "Kitchen"]


def test_a_classifier_that_an_earlier_version_saved_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    titles = [f"{kind} {n}" for kind in ("shoe", "lamp") for n in range(30)]
    CategoryClassifier.train(titles, [title[:4] for title in titles]).save(tmp_path)
    now = CategoryClassifier.load(tmp_path).predict(["shoe 99"])

    file = tmp_path / "categories.joblib"
    kept = joblib.load(file)
    with monkeypatch.context() as earlier:
        # The curve stood in the file, as an object of the module where its class was then.
        earlier.setattr(PlattCalibration, "__module__", "catalograph.ingest.language.calibration")
        joblib.dump(kept | {"curve": PlattCalibration(**kept["curve"])}, file)
    assert CategoryClassifier.load(tmp_path).predict(["shoe 99"]) == now


def test_one_category_is_nothing_to_learn() -> None:
    with pytest.raises(TrainingDataError, match="2 titles are of 1 categories"):
        CategoryClassifier.train(["a shoe", "a boot"], ["Footwear", "Footwear"])


def test_a_grid_model_is_trained_kept_and_read(tmp_path: Path) -> None:
    """A tiny encoder of random weights learns four sentences by heart."""
    transformers = import_module("transformers")

    words = ["great", "poor", "slow", "fast", "screen", "keyboard", "price", "drive", "the", "."]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]
    encoder = tmp_path / "encoder"
    encoder.mkdir()
    (encoder / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    transformers.BertTokenizerFast(vocab_file=str(encoder / "vocab.txt")).save_pretrained(encoder)
    shape = transformers.BertConfig(
        vocab_size=len(pieces), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64,
    )  # fmt: skip
    transformers.BertModel(shape).save_pretrained(encoder)
    said = [("great", "screen", "POS"), ("poor", "keyboard", "NEG"), ("slow", "drive", "NEG")]
    said += [("great", "price", "POS")]
    file = tmp_path / "train.txt"
    lines = [f"the {how} {what} .####[([2], [1], '{kind}')]\n" for how, what, kind in said]
    file.write_text("".join(lines * 4), encoding="utf-8")

    from catalograph.ingest.language.opinion_model import OpinionConfig

    config = OpinionConfig(epochs=40, batch=4, rate=1e-3, dropout=0.0, width=32)
    out = tmp_path / "out"
    assert train_aspects([file], out, encoder=str(encoder), config=config) == {"en": 16}
    text = "The great screen. The slow drive."
    aspects = AspectReader.load(out).read([text])[0]
    assert [(a.term, a.sentiment, a.opinion, a.extractor) for a in aspects] == [
        ("screen", POSITIVE, "great", "aspect model"),
        ("drive", NEGATIVE, "slow", "aspect model"),
    ]
    assert [text[a.start : a.end] for a in aspects] == ["screen", "drive"]
