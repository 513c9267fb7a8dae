"""What a stored review loses, and what it keeps, in English, Chinese and other languages."""

import pytest

from catalograph.schema.personal_data import remove_personal_data


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Mail me: jane@example.com!", "Mail me: [EMAIL]!"),
        ("Call (212) 555-0147 for a refund.", "Call [PHONE] for a refund."),
        ("My number 07911 123456 was on the box", "My number [PHONE] was on the box"),
        ("Ruf an: +49 30 901820.", "Ruf an: [PHONE]."),
        ("Erreichbar unter 030 23125 000 abends", "Erreichbar unter [PHONE] abends"),
        ("My name is Jane Doe and I love it", "My name is [NAME] and I love it"),
        ("Mrs. Miller from support was rude.", "Mrs. [NAME] from support was rude."),
        ("It is for my husband Peter, he likes it", "It is for my husband [NAME], he likes it"),
        ("I spoke to Amanda Ross twice.", "I spoke to [NAME] twice."),
        ("Broke after a week.\nThanks, Jane", "Broke after a week.\nThanks, [NAME]"),
        ("Works well. - Jane M.", "Works well. - [NAME]"),
        ("Ich heiße Karl Weber, wohne Lindenstraße 12, 10969 Berlin.",
         "Ich heiße [NAME], wohne [ADDRESS]."),
        ("Livré au 12 rue des Lilas, 75011 Paris", "Livré au [ADDRESS]"),
        ("Vivo en la calle Mayor, 12, y llegó tarde", "Vivo en la [ADDRESS], y llegó tarde"),
        ("Sent to 221 Baker Street, London, NW1 6XE please", "Sent to [ADDRESS] please"),
        ("大家好，我叫王小明，很喜欢", "大家好，我叫[NAME]，很喜欢"),
        ("客服小李态度差，张先生说会退款", "客服[NAME]态度差，[NAME]先生说会退款"),
        ("收货人：陈晓燕，电话13812345678", "收货人：[NAME]，电话[PHONE]"),
        ("寄到北京市朝阳区建国路88号1203室", "寄到[ADDRESS]"),
        ("住在阳光花园3栋2单元501室，楼道没灯", "住在[ADDRESS]，楼道没灯"),
        ("打我手机 138 1234 5678 没人接", "打我手机 [PHONE] 没人接"),
        ("微信加我 wei_li@mail.example", "微信加我 [EMAIL]"),
    ],
)  # fmt: skip
def test_personal_data_are_removed(text: str, left: str) -> None:
    assert remove_personal_data(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "Dr. Martens 1460 run large, Mr. Coffee brews better.",
        "GTIN 4006381333931, UPC 036000291452, model 123-456-789.",
        "1920x1080 at 60 Hz, 10000 mAh, 24 x 12 oz for $1,299.00 in 2024-2025.",
        "My son loves it. Great - would buy again",
        "My Husband Loves It",
        "Love It!",
        "Thank You So Much",
        "The number 1 place to buy, ordered via Amazon on May 12, came in 2 days",
        "Perfect for my husband. Thanks for the quick delivery!",
        "See https://shop.example/p/81723 for the 2.5 m version.",
        "容量500毫升，型号13800，尺寸10×20×30厘米，2025年12月24日买的，花了1299元。",
        "老师推荐的，先生用了三个月，孩子很喜欢。",
        "音质像王者一样，金色外壳很好看，白色的也行",
    ],
)
def test_a_products_own_words_and_numbers_stay(text: str) -> None:
    assert remove_personal_data(text) == text


@pytest.mark.parametrize(
    ("text", "author", "left"),
    [
        ("Jane here again; Jane Roe approves. Janet too.", "Jane Roe",
         "[NAME] here again; [NAME] approves. Janet too."),
        ("晓燕又来了，质量不错", "晓燕", "[NAME]又来了，质量不错"),
        ("Al says fine", "Al", "Al says fine"),
        ("user17 says fine", "user17", "user17 says fine"),
        ("No author at all", None, "No author at all"),
    ],
)  # fmt: skip
def test_the_authors_own_name_is_removed(text: str, author: str | None, left: str) -> None:
    assert remove_personal_data(text, author) == left


def test_a_long_text_takes_linear_time_and_keeps_its_length_elsewhere() -> None:
    text = "The handle broke. " * 3_000 + "My name is Jane Doe."
    assert remove_personal_data(text) == text.replace("Jane Doe", "[NAME]")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("我的身份证号是11010519491231002X，请查", "我的身份证号是[ID]，请查"),
        ("SSN 536-90-4399 on file", "SSN [ID] on file"),
        ("My NI number is QQ123456C ok", "My NI number is [ID] ok"),
        ("Passport no. E12345678", "Passport no. [ID]"),
        ("护照号：E12345678", "护照号：[ID]"),
        ("codice RSSMRA85T10A562S", "codice [ID]"),
        ("Steuer-ID: 36 574 261 809", "Steuer-ID: [ID]"),
        ("加我微信wei_li88吧", "加我微信[HANDLE]吧"),
        ("QQ：123456789", "QQ：[HANDLE]"),
        ("Hi, I am John Smith from Leeds.", "Hi, I am [NAME] from Leeds."),
        ("It was signed for by Ada Byron, not me", "It was signed for by [NAME], not me"),
        ("我是王小明，昨天买的", "我是[NAME]，昨天买的"),
        ("快递员徐娜把东西放错了", "快递员[NAME]把东西放错了"),
    ],
)
def test_identity_numbers_handles_and_more_names_are_removed(text: str, left: str) -> None:
    assert remove_personal_data(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "编号110105194912310021，错一位校验码",  # a wrong check digit
        "Serial 000-11-2222",  # no social security number
        "Part RSSMRA85T10A562X",
        "微信支付很方便，我是金牛座，喜欢；我是高中生，便宜",
        "快递员态度很好，高高兴兴收货",
        "It's Very Good. I am Happy, this is Great Value",
    ],
)
def test_what_only_looks_like_an_identity_number_or_a_name_stays(text: str) -> None:
    assert remove_personal_data(text) == text


def test_chosen_kinds_alone_are_removed() -> None:
    text = "My name is Jane Doe, call +1 212 555 0147"
    assert remove_personal_data(text, kinds={"NAME"}) == "My name is [NAME], call +1 212 555 0147"


def test_a_made_text_says_where_its_items_are() -> None:
    from catalograph.evaluation.personal_texts import make_texts

    texts = make_texts(400, 3)
    assert texts == make_texts(400, 3)
    assert {kind for made in texts for kind, _, _ in made.items} == {
        "NAME", "ADDRESS", "PHONE", "CARD", "EMAIL", "ID",
    }  # fmt: skip
    assert sum(not made.items for made in texts) > 50
    for made in texts:
        for kind, start, end in made.items:
            item = made.text[start:end]
            assert item == item.strip()
            assert ("@" in item) == (kind == "EMAIL")
