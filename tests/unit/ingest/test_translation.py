"""Messages in Chinese: comments of proposed mappings and how events met their products."""

import re
from pathlib import Path

import pytest
import yaml

from catalograph.ingest.mapping_inference.proposal import MappingProposal
from catalograph.ingest.packaged_table import load_packaged_table
from catalograph.ingest.run import propose_for_file
from catalograph.ingest.translation import translate

CASES = Path(__file__).parents[2] / "mapping_cases"
FEEDS = [
    *("zh/goods.json", "zh/商品.xml", "zh/平台商品.jsonl", "zh/宝贝导出.csv"),
    *("zh/用户行为.csv", "zh/评论.jsonl"),
]
QUOTED = re.compile(r"[“'‘`][^”'’`]*[”'’`]")
NAMES = {"CNY", "JSON", "HTML", "SKU", "encoding", "lang", "currency"}


def propose(feed: str) -> MappingProposal:
    path = CASES / feed
    case = yaml.safe_load(path.with_name(f"{path.name}.yaml").read_text("utf-8"))
    return propose_for_file(path, case["kind"])


@pytest.mark.parametrize("feed", FEEDS)
def test_no_comment_of_a_proposed_mapping_stays_english(feed: str) -> None:
    proposal = propose(feed)
    said = [*proposal.comments.values(), *proposal.warnings, *(why for _, why in proposal.unused)]
    for message in said:
        ours, *_ = translate(message, "zh").split("例如")
        words = re.findall(r"[A-Za-z]{3,}", QUOTED.sub("", re.sub(r"[(（].*?[)）]", "", ours)))
        assert set(words) <= NAMES, message


def test_a_mapping_with_chinese_comments_is_the_same_mapping() -> None:
    proposal = propose("zh/goods.json")
    assert yaml.safe_load(proposal.to_yaml("zh")) == yaml.safe_load(proposal.to_yaml())
    assert "# 列名的含义是标题;100 % 的文本各不相同" in proposal.to_yaml("zh")
    assert "警告" not in proposal.to_yaml("en")


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "the name means image url; addresses of pictures; e.g. https://x.example/1; 2.jpg",
            "列名的含义是图片地址;图片地址;例如:https://x.example/1; 2.jpg",
        ),
        ("the name means colour; 3 distinct short values", "列名的含义是颜色;3 个不同的短值"),
        ("the name means gloss; 3 states", "列名的含义是gloss;3 种状态"),
        (
            "numbers from 1 to 5; the name gives the unit GB",
            "数值从 1 到 5;列名给出了单位 GB",
        ),
        (
            "The price column 'rrp' is not mapped: it is the recommended price above 'price', "
            "the shop's own.",
            "价格列“rrp”未映射:它是高于“price”(本店价)的建议零售价。",
        ),
        (
            "3 of 12 events name products that are not in the graph, for example 'a', 'b'.",
            "12 条事件中有 3 条指称的商品不在图中,例如 'a', 'b'。",
        ),
        ("e.g. 42", "例如:42"),
        (
            "a message of tomorrow; unique over the whole file",
            "a message of tomorrow;在整个文件中唯一",
        ),
        ("", ""),
    ],
)
def test_a_message_is_translated_part_by_part(english: str, chinese: str) -> None:
    assert translate(english, "zh") == chinese
    assert translate(english, "en") == english


def test_both_forms_of_a_message_have_the_same_places() -> None:
    for english, chinese in load_packaged_table("catalograph.ingest", "messages_zh")[
        "messages"
    ].items():
        wanted = set(re.findall(r"\{(\w+)\}", chinese))
        assert wanted <= set(re.findall(r"\{(\w+)\}", english)), english
