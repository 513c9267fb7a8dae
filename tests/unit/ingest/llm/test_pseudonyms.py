"""Personal data are hidden and come back; a product's own numbers are left alone."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, luhn

from catalograph.ingest.llm.pseudonyms import Pseudonyms

PERSONAL = {
    "Write to jane.doe+shop@example.co.uk today": "jane.doe+shop@example.co.uk",
    "mail josé@exämple.de please": "josé@exämple.de",
    "我的邮箱是li.wei@example.cn，谢谢": "li.wei@example.cn",
    "call me at (212) 555-0147 now": "(212) 555-0147",
    "Reach us: +44 20 7946 0958.": "+44 20 7946 0958",
    "Tel: 030 1234567": "030 1234567",
    "phone number is 5551234567": "5551234567",
    "联系电话：13812345678": "13812345678",
    "我的手机号是 138 1234 5678": "138 1234 5678",
    "card 4111 1111 1111 1111 was charged": "4111 1111 1111 1111",
    "paid by 378282246310005": "378282246310005",
    "IBAN GB82 WEST 1234 5698 7654 32 AND MORE": "GB82 WEST 1234 5698 7654 32",
    "from 192.168.10.254 yesterday": "192.168.10.254",
    "host 2001:db8::ff00:42:8329 failed": "2001:db8::ff00:42:8329",
    "see https://shop.example.com/u/jane?session=81723 for it": "https://shop.example.com/u/jane",
    "my order number 7781-223-AB never came": "7781-223-AB",
    "Order 113-4567890-1234567 is late": "113-4567890-1234567",
    "订单号：202311220001": "202311220001",
    "Hello, my name is Jane Doe and I love it": "Jane Doe",
    "Great shirt.\nKind regards,\nJohn Q. Public": "John Q. Public",
    "大家好，我叫王小明，很喜欢": "王小明",
    "follow @jane_doe_92 for more": "@jane_doe_92",
    "ship to 221 Baker Street, London, NW1 6XE please": "221 Baker Street",
    "sent to 1600 Amphitheatre Way, Mountain View, CA 94043": "1600 Amphitheatre Way",
    "寄到北京市朝阳区建国路88号1203室": "朝阳区建国路88号",
}
OWN = (
    "Sony WH-1000XM4 Wireless Headphones - Black",
    "DCD771C2 20V MAX 1/2 in. Drill, 2-Pack",
    "Rug 160 x 230 cm, 5' x 7' 6\"",
    "1920x1080 @ 60Hz, 21:9, @2x assets",
    "GTIN 4006381333931, UPC 036000291452, ISBN 9783161484100",
    "Dr. Martens 1460, Mr. Coffee 12-Cup, St. Ives 3 Pack",
    "2 TB External Hard Drive, 4-Way Splitter, 5 Piece Place Setting",
    "Model 123-456-789, part 8001-2345, SKU 5551234567",
    "Firmware 12.4.1, 10.5 oz, 24 x 12 oz",
    "Lego 75192 Millennium Falcon 7541 Pieces",
    "5-10-15 fertilizer, N-P-K 20-20-20",
    "Call of Duty: Black Ops 4, Phone Case for iPhone 15",
    "In order to charge 10000 mAh, 1:64 scale, 12:30:45",
    "容量500毫升，型号 13800，尺寸 10×20×30 厘米",
)


@pytest.mark.parametrize(("text", "datum"), PERSONAL.items())
def test_personal_data_are_hidden_and_come_back(text: str, datum: str) -> None:
    pseudonyms = Pseudonyms([text])
    hidden = pseudonyms.hide(text)
    assert datum not in hidden
    assert pseudonyms.reveal(hidden) == text


@pytest.mark.parametrize("text", OWN)
def test_what_belongs_to_a_product_stays(text: str) -> None:
    assert Pseudonyms([text]).hide(text) == text


def test_a_datum_has_one_pseudonym_throughout_a_request() -> None:
    texts = ["a@b.com and c@d.com", "c@d.com again, my name is Rose", "Rose is not a Rosette"]
    pseudonyms = Pseudonyms(texts)
    assert [pseudonyms.hide(t) for t in texts] == [
        "[EMAIL_1] and [EMAIL_2]",
        "[EMAIL_2] again, my name is [NAME_1]",
        "[NAME_1] is not a Rosette",
    ]


def test_a_text_cannot_pass_a_word_of_its_own_for_a_pseudonym() -> None:
    text = "[EMAIL_1] is a@b.com"
    pseudonyms = Pseudonyms([text])
    assert pseudonyms.hide(text) == "[EMAIL_1] is [EMAIL_2]"
    assert pseudonyms.reveal("[EMAIL_1]") == "[EMAIL_1]"


_DIGITS = st.text(string.digits, min_size=11, max_size=12)
_LOCAL = st.from_regex(r"[a-z0-9]{1,10}(\.[a-z0-9]{1,8})?", fullmatch=True)
_MODEL = st.from_regex(r"[A-Z]{2,4}-?[0-9]{2,5}[A-Z]{0,3}[0-9]{0,2}", fullmatch=True)
_SIZE = st.from_regex(
    r"[1-9][0-9]{0,3}( ?x ?[1-9][0-9]{0,3}){0,2} ?(cm|mm|in|oz|GB|ml)", fullmatch=True
)
_WORDS = st.sampled_from(["Shirt", "red", "with", "cable,", "for", "衬衫", "- new", "(2021)"])


@given(_DIGITS, st.lists(_WORDS, max_size=4), st.lists(_WORDS, max_size=4))
def test_a_gtin_is_never_taken_for_personal_data(
    digits: str, before: list[str], after: list[str]
) -> None:
    gtin = digits + ean.calc_check_digit(digits)
    text = " ".join([*before, gtin, *after])
    assert Pseudonyms([text]).hide(text) == text


@given(_MODEL, _SIZE, st.lists(_WORDS, max_size=4))
def test_a_model_number_and_a_size_are_never_taken_for_personal_data(
    model: str, size: str, words: list[str]
) -> None:
    text = " ".join([*words, model, size, *words])
    assert Pseudonyms([text]).hide(text) == text


@given(_LOCAL, st.integers(200, 999), st.integers(200, 999), st.integers(0, 9999), _DIGITS)
def test_whatever_is_hidden_comes_back(
    local: str, area: int, exchange: int, line: int, digits: str
) -> None:
    card = f"4{digits}123"[:15]
    card += luhn.calc_check_digit(card)
    data = [f"{local}@example.com", f"+1 {area}-{exchange}-{line:04d}", card]
    text = f"Mail {data[0]}, ring {data[1]} or charge {data[2]}; {data[0]}"
    pseudonyms = Pseudonyms([text])
    hidden = pseudonyms.hide(text)
    assert not any(datum in hidden for datum in data)
    assert pseudonyms.reveal(hidden) == text


@given(st.text(), st.text())
def test_any_text_comes_back(one: str, other: str) -> None:
    pseudonyms = Pseudonyms([one, other])
    assert pseudonyms.reveal(pseudonyms.hide(one)) == one
