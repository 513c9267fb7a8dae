"""Dialogues of the small shop: what is said, what the answer says, which products it names.

`EARLIER` ones were read while the rules of conversations were written. `LATER` ones were written
before any rule was changed for them.
"""

Turn = tuple[str, list[str], list[str] | None] | tuple[str, list[str], list[str] | None, str]
"""What is said, parts of the answer's text, the products that it names (None: any), its status."""
EARLIER: dict[str, list[Turn]] = {
    "list, second, price, stock": [
        ("Which cameras cost less than 150?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("How much is the second one?", ["120.00 EUR"], ["cam2"]),
        ("And the first?", ["100.00 EUR"], ["cam1"]),
        ("What colour is it?", ["red"], ["cam1"]),
    ],
    "cheaper ones": [
        ("Which cameras do you have?", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("How much is the third one?", ["300.00 EUR"], ["cam3"]),
        ("Do you have anything cheaper?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("And in blue?", ["Blue camera"], ["cam2"]),
    ],
    "value replaced": [
        ("Show me red cameras.", ["Red camera"], ["cam1"]),
        ("And in blue?", ["Blue camera"], ["cam2"]),
        ("What about black ones?", ["Black camera"], ["cam3"]),
        ("Who makes it?", ["Zeta"], ["cam3"]),
    ],
    "another product": [
        ("How much is the red camera?", ["100.00 EUR"], ["cam1"]),
        ("What about the tripod?", ["45.00 EUR"], ["tri1"]),
        ("And the blue camera?", ["120.00 EUR"], ["cam2"]),
        ("Who makes it?", ["Acme"], ["cam2"]),
    ],
    "compare and choose": [
        ("Compare the red camera and the blue camera.", ["100.00", "120.00"], ["cam1", "cam2"]),
        ("Which one is cheaper?", ["Red camera"], ["cam1"]),
        ("What is its brand?", ["Acme"], ["cam1"]),
        ("How much is the blue one?", ["120.00 EUR"], ["cam2"]),
    ],
    "brand replaced": [
        ("Which Acme cameras do you have?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("What about Zeta?", ["Black camera"], ["cam3"]),
        ("What colour is it?", ["black"], ["cam3"]),
    ],
    "counts": [
        ("How many Acme products do you have?", ["3"], None),
        ("And from Zeta?", ["2"], None),
        ("What is the cheapest Leaf product?", ["Green tea", "5.00 EUR"], ["tea1"]),
        ("And how much is the green one?", ["5.00 EUR"], ["tea1"]),
    ],
    "new question drops the old": [
        ("Show me red cameras.", ["Red camera"], ["cam1"]),
        ("Which teas do you have?", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("The cheaper one, please: how much is it?", ["5.00 EUR"], ["tea1"]),
        ("Can I return an item?", ["30 days"], None),
    ],
    "it with another": [
        ("Who makes the tripod?", ["Zeta"], ["tri1"]),
        ("Compare it with the camera bag.", ["45.00", "20.00"], ["tri1", "bag1"]),
        ("Which of them is the cheapest?", ["Camera bag"], ["bag1"]),
    ],
    "several in a question": [
        ("Which cameras do you have?", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("Compare the first and the third.", ["100.00", "300.00"], ["cam1", "cam3"]),
        ("What is the colour of the last one?", ["black"], ["cam3"]),
        ("Is it red?", ["No", "black"], ["cam3"]),
    ],
    "第二个": [
        ("150欧元以下的Cameras有哪些？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("第二个多少钱？", ["120.00 EUR"], ["cam2"]),
        ("第一个呢？", ["100.00 EUR"], ["cam1"]),
        ("它是什么颜色的？", ["red"], ["cam1"]),
    ],
    "便宜一点的": [
        ("你们有哪些Cameras？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("第三个多少钱？", ["300.00 EUR"], ["cam3"]),
        ("有没有便宜一点的？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("要蓝色的", ["Blue camera"], ["cam2"]),
    ],
    "那红色的呢": [
        ("有黑色的Cameras吗？", ["Black camera"], ["cam3"]),
        ("那红色的呢？", ["Red camera"], ["cam1"]),
        ("这个多少钱？", ["100.00 EUR"], ["cam1"]),
        ("它是什么牌子的？", ["Acme"], ["cam1"]),
    ],
    "那三脚架呢": [
        ("Red camera多少钱？", ["100.00 EUR"], ["cam1"]),
        ("那Tripod呢？", ["45.00 EUR"], ["tri1"]),
        ("它是什么牌子的？", ["Zeta"], ["tri1"]),
        ("那Blue camera呢？", ["Acme"], ["cam2"]),
    ],
    "哪个便宜": [
        ("Red camera和Blue camera有什么区别？", ["100.00", "120.00"], ["cam1", "cam2"]),
        ("哪个更便宜？", ["Red camera"], ["cam1"]),
        ("那个蓝色的多少钱？", ["120.00 EUR"], ["cam2"]),
    ],
    "换个品牌": [
        ("Acme有哪些Cameras？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("那Zeta的呢？", ["Black camera"], ["cam3"]),
        ("多少钱？", ["300.00 EUR"], ["cam3"]),
    ],
    "数量": [
        ("你们有多少款Cameras？", ["3件"], None),
        ("那Tea呢？", ["2件"], None),
        ("可以退货吗？", ["30天内退货"], None),
    ],
    "比较其中两个": [
        ("你们有哪些Cameras？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("比较第一个和第二个", ["100.00", "120.00"], ["cam1", "cam2"]),
        ("便宜的那个是什么颜色？", ["red"], ["cam1"]),
    ],
    "换话题": [
        ("有红色的Cameras吗？", ["Red camera"], ["cam1"]),
        ("你们有哪些Tea？", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("最便宜的是哪个？", ["Green tea"], ["tea1"]),
        ("它的品牌是什么？", ["Leaf"], ["tea1"]),
    ],
    "which price": [
        ("Who makes the black camera?", ["Zeta"], ["cam3"]),
        ("Anything cheaper?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("How much is the red one?", ["100.00 EUR"], ["cam1"]),
        ("Something more expensive, please.", ["Blue camera", "Black camera"], ["cam2", "cam3"]),
    ],
}
LATER: dict[str, list[Turn]] = {
    "present": [
        (
            "Hi, I'm looking for a present that costs less than 50 euros.",
            ["Camera bag", "Tripod"],
            ["bag1", "tri1", "tea1", "tea2"],
        ),
        ("Only the ones from Leaf, please.", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("Which is the more expensive of the two?", ["Red tea"], ["tea2"]),
        ("Who makes it?", ["Leaf"], ["tea2"]),
    ],
    "correction": [
        ("How much does the blue camera cost?", ["120.00 EUR"], ["cam2"]),
        ("Sorry, I meant the black camera.", ["300.00 EUR"], ["cam3"]),
        ("And its brand?", ["Zeta"], ["cam3"]),
    ],
    "they": [
        ("Do you sell cameras by Acme?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("What colours are they?", ["red", "blue"], ["cam1", "cam2"]),
        ("Which of the two costs less?", ["Red camera"], ["cam1"]),
        ("I'll take that one. How much is it?", ["100.00 EUR"], ["cam1"]),
    ],
    "same brand": [
        ("Who makes the camera bag?", ["Acme"], ["bag1"]),
        ("What category is it in?", ["Bags"], ["bag1"]),
        ("What else is by the same brand?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("Which of those is the cheapest?", ["Red camera"], ["cam1"]),
    ],
    "bought with it": [
        ("What colour is the red camera?", ["red"], ["cam1"]),
        ("What do people also buy with it?", ["Camera bag"], ["bag1"]),
        ("How much is that?", ["20.00 EUR"], ["bag1"]),
    ],
    "without a brand": [
        ("Show me your cameras.", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("Not from Acme, please.", ["Black camera"], ["cam3"]),
        ("How much is it?", ["300.00 EUR"], ["cam3"]),
    ],
    "the other": [
        ("Anything between 40 and 110 euros?", ["Tripod", "Red camera"], ["tri1", "cam1"]),
        ("Which one is from Zeta?", ["Tripod"], ["tri1"]),
        ("What brand is the other one?", ["Acme"], ["cam1"]),
    ],
    "policy between": [
        ("How much is the tripod?", ["45.00 EUR"], ["tri1"]),
        ("Can I send it back if I don't like it?", ["30 days"], None),
        ("What colour is it?", ["black"], ["tri1"]),
    ],
    "two questions at once": [
        ("Which teas do you have?", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("What does the green one cost and who makes it?", ["5.00 EUR", "Leaf"], ["tea1"]),
        ("And the red one?", ["6.00 EUR"], ["tea2"]),
    ],
    "more money": [
        ("Which cameras cost less than 110?", ["Red camera"], ["cam1"]),
        ("And less than 200?", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("What if I can spend up to 400?", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("Show me only the Zeta ones.", ["Black camera"], ["cam3"]),
    ],
    "count, then list": [
        ("How many cameras do you sell?", ["3"], None),
        ("Which ones?", ["Red camera", "Black camera"], ["cam1", "cam2", "cam3"]),
        ("How many of them are from Acme?", ["2"], None),
    ],
    "order": [
        ("What's the status of my order 10042?", ["shipped"], None),
        ("Who delivers it?", ["DHL"], None),
        ("What did I pay?", ["100.00"], None),
        ("What was in it?", ["Red camera"], None),
    ],
    "compare on": [
        ("Compare the red camera with the black camera.", ["100.00", "300.00"], ["cam1", "cam3"]),
        ("Which is more expensive?", ["Black camera"], ["cam3"]),
        ("Compare that with the blue camera.", ["300.00", "120.00"], ["cam3", "cam2"]),
    ],
    "not in the shop": [
        ("Do you have the Nikon Z50?", [], None, "UNKNOWN"),
        ("OK, then which cameras do you have?", ["3 products"], ["cam1", "cam2", "cam3"]),
        ("Is the second one blue?", ["Yes"], ["cam2"]),
    ],
    "on average": [
        ("What does a camera cost on average?", ["173.33"], None),
        ("And tea?", ["5.50"], None),
        ("What is the most expensive camera?", ["Black camera", "300.00"], ["cam3"]),
    ],
    "brands, then one": [
        ("Which brands do you have in cameras?", ["Acme", "Zeta"], None),
        ("What does Zeta offer?", ["Black camera", "Tripod"], ["cam3", "tri1"]),
        ("Which is cheaper?", ["Tripod"], ["tri1"]),
    ],
    "small talk": [
        ("Hello there, could you show me red things?", ["Red camera", "Red tea"], ["cam1", "tea2"]),
        ("I'd rather have the camera. How much would that be?", ["100.00 EUR"], ["cam1"]),
        ("Great. Do you have bags too?", ["Camera bag"], ["bag1"]),
    ],
    "described": [
        ("Tell me about the tripod.", ["Tripod"], ["tri1"]),
        ("Is it red?", ["No", "black"], ["tri1"]),
        ("What else does its maker sell?", ["Black camera"], ["cam3"]),
    ],
    "bags and tripods": [
        ("Which bags do you have?", ["Camera bag"], ["bag1"]),
        ("And tripods?", ["Tripod"], ["tri1"]),
        ("How much is the camera bag?", ["20.00 EUR"], ["bag1"]),
        ("And the tripod?", ["45.00 EUR"], ["tri1"]),
    ],
    "预算": [
        (
            "我想买50欧元以内的东西，有什么？",
            ["Camera bag", "Tripod"],
            ["bag1", "tri1", "tea1", "tea2"],
        ),
        ("只要Leaf的", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("贵的那个多少钱？", ["6.00 EUR"], ["tea2"]),
        ("它是什么颜色？", ["red"], ["tea2"]),
    ],
    "更正": [
        ("Blue camera多少钱？", ["120.00 EUR"], ["cam2"]),
        ("不好意思，我说的是Black camera", ["300.00 EUR"], ["cam3"]),
        ("品牌呢？", ["Zeta"], ["cam3"]),
    ],
    "它们": [
        ("Acme有Cameras吗？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("它们分别是什么颜色？", ["red", "blue"], ["cam1", "cam2"]),
        ("哪个便宜？", ["Red camera"], ["cam1"]),
    ],
    "同品牌": [
        ("Camera bag是什么牌子？", ["Acme"], ["bag1"]),
        ("它属于什么类目？", ["Bags"], ["bag1"]),
        ("这个牌子还有什么商品？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
    ],
    "搭配": [
        ("Red camera是什么颜色？", ["red"], ["cam1"]),
        ("买它的人还买了什么？", ["Camera bag"], ["bag1"]),
        ("这个多少钱？", ["20.00 EUR"], ["bag1"]),
    ],
    "排除品牌": [
        ("看看你们的Cameras", ["3件"], ["cam1", "cam2", "cam3"]),
        ("不要Acme的", ["Black camera"], ["cam3"]),
        ("多少钱？", ["300.00 EUR"], ["cam3"]),
    ],
    "另一个": [
        ("40到110欧元之间有什么商品？", ["Tripod", "Red camera"], ["tri1", "cam1"]),
        ("哪个是Zeta的？", ["Tripod"], ["tri1"]),
        ("另一个是什么牌子？", ["Acme"], ["cam1"]),
    ],
    "中间问政策": [
        ("Tripod多少钱？", ["45.00 EUR"], ["tri1"]),
        ("不喜欢的话能退吗？", ["30天内退货"], None),
        ("它是什么颜色？", ["black"], ["tri1"]),
    ],
    "一次两问": [
        ("有哪些Tea？", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("绿色的那个多少钱，是什么牌子？", ["5.00 EUR", "Leaf"], ["tea1"]),
        ("红色的那个呢？", ["6.00 EUR"], ["tea2"]),
    ],
    "预算增加": [
        ("110欧元以下的Cameras有哪些？", ["Red camera"], ["cam1"]),
        ("200以下呢？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("400以内呢？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("只看Zeta的", ["Black camera"], ["cam3"]),
    ],
    "先数后列": [
        ("你们有几款Cameras？", ["3件"], None),
        ("都有哪些？", ["Red camera", "Black camera"], ["cam1", "cam2", "cam3"]),
        ("其中Acme的有几款？", ["2件"], None),
    ],
    "订单": [
        ("我的订单10042到哪了？", ["已发货"], None),
        ("哪家快递送的？", ["DHL"], None),
        ("一共付了多少钱？", ["100.00"], None),
        ("里面有什么？", ["Red camera"], None),
    ],
    "接着比较": [
        ("对比一下Red camera和Black camera", ["100.00", "300.00"], ["cam1", "cam3"]),
        ("哪个更贵？", ["Black camera"], ["cam3"]),
        ("它跟Blue camera有什么区别？", ["300.00", "120.00"], ["cam3", "cam2"]),
    ],
    "店里没有": [
        ("有Nikon Z50吗？", [], None, "UNKNOWN"),
        ("那你们有哪些Cameras？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("第二个是蓝色的吗？", ["是的"], ["cam2"]),
    ],
    "平均价格": [
        ("Cameras平均多少钱？", ["173.33"], None),
        ("Tea呢？", ["5.50"], None),
        ("最贵的Cameras是哪款？", ["Black camera", "300.00"], ["cam3"]),
    ],
    "先品牌": [
        ("Cameras都有哪些牌子？", ["Acme", "Zeta"], None),
        ("Zeta有什么商品？", ["Black camera", "Tripod"], ["cam3", "tri1"]),
        ("哪个更便宜？", ["Tripod"], ["tri1"]),
    ],
    "寒暄": [
        ("你好，想看看红色的商品", ["Red camera", "Red tea"], ["cam1", "tea2"]),
        ("那个Red camera多少钱？", ["100.00 EUR"], ["cam1"]),
        ("还有Bags吗？", ["Camera bag"], ["bag1"]),
    ],
    "介绍": [
        ("介绍一下Tripod", ["Tripod"], ["tri1"]),
        ("它是红色的吗？", ["不", "black"], ["tri1"]),
        ("这个品牌还有别的商品吗？", ["Black camera"], ["cam3"]),
    ],
    "包和三脚架": [
        ("有哪些Bags？", ["Camera bag"], ["bag1"]),
        ("Tripods呢？", ["Tripod"], ["tri1"]),
        ("Camera bag多少钱？", ["20.00 EUR"], ["bag1"]),
        ("那Tripod呢？", ["45.00 EUR"], ["tri1"]),
    ],
    "茶": [
        ("Green tea多少钱？", ["5.00 EUR"], ["tea1"]),
        ("Leaf有哪些Tea？", ["Green tea", "Red tea"], ["tea1", "tea2"]),
        ("贵一点的那个是什么颜色？", ["red"], ["tea2"]),
    ],
    "太贵": [
        ("你们有哪些Cameras？", ["3件"], ["cam1", "cam2", "cam3"]),
        ("最后一个多少钱？", ["300.00 EUR"], ["cam3"]),
        ("太贵了，有便宜点的吗？", ["Red camera", "Blue camera"], ["cam1", "cam2"]),
        ("要红色的", ["Red camera"], ["cam1"]),
        ("好的，可以退货吗？", ["30天内退货"], None),
    ],
}
NOT_UNDERSTOOD = ("Can I send it back if I don't like it?", "不喜欢的话能退吗？")
"""Turns that are not answered yet: they share no word with the document that says it."""
