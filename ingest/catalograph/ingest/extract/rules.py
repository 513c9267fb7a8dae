"""Rules for sizes, capacities, counts, colours and materials in titles and descriptions.

Numbers are converted to one unit per attribute. The confidences are estimates from samples of each
rule's findings in real catalogues.
"""

import re
from functools import lru_cache

from catalograph.ingest.extract import lexicon
from catalograph.ingest.extract.cues import CueFinder, Cues, after_number, any_of
from catalograph.ingest.extract.quantities import (
    CABLES,
    INCH,
    INCHES,
    LABELLED,
    LENGTHS,
    LIMIT,
    NUMBER,
    OTHER,
    SIZES,
    VOLUMES,
    WEIGHTS,
    rx,
    units,
)
from catalograph.ingest.extract.rule import TITLE, Rule, expand
from catalograph.ingest.extract.rule_units import Unit
from catalograph.ingest.extract.rules_zh import ZH_RULES
from catalograph.ml.script import has_han

_SIDES = (
    ("height", "tall|high"),
    ("width", "wide"),
    ("depth", "deep"),
    ("length", "long|in length"),
)
_CONTEXT_OF_SCREEN = (
    r"touch-?\s?screen|screen|display|lcd|led|oled|amoled|hdtv|tv|television|monitor|diagonal"
    r"|class|tablet"
    r"|(?:laptop|notebook)(?! (?:back|bag|case|sleeve|cover|messenger|brief|tote))"
)
_OF_VIDEO = r"[\s-]+(?:(?:full |ultra )?hd )?(?:video|movie|recording|camera|camcorder|webcam)"
_COLOUR = lexicon.COLOURS.pattern
_MATERIAL = lexicon.MATERIALS.pattern
# "Laptop (16GB, Win 11)" states the memory.
_MEMORY_BEFORE = rx(
    rf"(?:{OTHER.pattern}|(?:\b(?:RAM|memory|DDR\d?|laptop|notebook|desktop|PC)\b[^|]{{0,40}}\Z))"
)
# A "band colour" or "base material" is that of a part; the label stands before the evidence.
_LABEL_OF_PART = rx(
    r"\b(?:band|straps?|paper|frame|base|shade|dial|lens|lining|soles?|upper|handle|cap|ink|lead"
    r"|stone|inner|outer|bezel|back|glass|print|text|page|hardware|buckle|filling|blade|tip)"
    r"\s+(?:colou?r|material|fabric|composition)(?:\s\w+)?\s*:\s*(?:[\w%-]+\s+){0,2}\Z"
    r"|\b(?:connectors?|ends?|straps?|bands?|buttons?|handles?|blades?|heads?|lids?|plugs?)\b"
    r"[^.;|]{0,15}\b(?:made|constructed|crafted)\b[^.;|]{0,20}\Z"
)
# The charging power of a phone, whose title states memory or storage before.
_PHONE_BEFORE = rx(rf"(?:{LIMIT.pattern}|(?:RAM|ROM|storage)[^|]{{0,20}}[|),\s]+\Z)")
# "18W fast charging" and "Sound: 20 Watts" are not what a device consumes.
_NOT_OWN_POWER = rx(
    rf"(?:{LIMIT.pattern}|\b(?:sound|speakers?|audio|output|charg\w+)[\w\s]{{0,12}}:?\s*\Z"
    r"|充电[\u4e00-\u9fff]{0,4}[：:]?\s*\Z)"
)
_OTHER_DEVICE = rx(rf"(?:{OTHER.pattern}|\bsupports?\b[^.;|]{{0,30}}\Z)")
_OF_KIT = rx(rf"(?:{LIMIT.pattern}|\binclud\w+[^.;)]{{0,30}}\Z)")
_PARTS = (
    r"(?:alloy )?(?:sound )?chamber|coating|coated|coat|blades?|grips?|handles?|lids?|straps?"
    r"|bands?|tips?|soles?|lining|lined|buttons?|feet|rings?|seals?|plates?|motor|trims?|bristles?|wires?"
)

_BYTES = after_number("gt")
_INCH_MARKS = after_number("\"”″'i")
_SCREENS = any_of(
    ["screen", "display", "lcd", "led", "tv", "television", "monitor", "diagonal", "class"]
) | any_of(["tablet", "laptop", "notebook"])
_STORES = any_of(["storage", "hard d", "hdd", "ssd", "flash", "memory card", "solid"])
_MADE = any_of(["made ", "constructed ", "crafted ", "material", "fabric", "composition"])

_ENGLISH: tuple[Rule, ...] = (
    Rule(
        "media_format",
        "format",
        re.compile(r" - (?P<e>DVD|CD|Blu-ray Disc|Blu-ray|VHS|UMD|SACD|LP|Vinyl)\W*\Z"),
        0.97,
        read=expand(r"\g<e>"),
        fields=TITLE,
        media=True,
        needs=(any_of([" - "]),),
    ),
    Rule(
        "screen_size",
        "screen size",
        rx(rf"(?P<e>{NUMBER}{INCH})(?=[^.;,()]{{0,40}}?\b(?:{_CONTEXT_OF_SCREEN})\b)"),
        0.85,
        INCHES,
        0.8,
        120,
        unless=OTHER,
        needs=(_INCH_MARKS, _SCREENS),
    ),
    Rule(
        "memory",
        "memory",
        rx(
            rf"(?P<e>{NUMBER}[\s-]?(?P<u>[MG]B))(?!\s*(?:of\s+)?flash)"
            r"(?=,?\s+(?:of\s+)?(?:[\w-]+\s+){0,2}?(?:RAM|memory|S?DRAM|DDR\d?)\b(?! cards?))"
        ),
        0.85,
        SIZES,
        0.001,
        4096,
        unless=LIMIT,
        joined=True,
        needs=(after_number("mg"), any_of(["ram", "memory", "ddr"])),
    ),
    Rule(
        "memory_before_storage",
        "memory",
        rx(
            rf"(?P<e>{NUMBER}\s?(?P<u>GB))(?:\s*RAM)?\s*[+/,|&]\s*"
            r"(?=(?:1[6-9]|[2-9]\d|\d{3,4})\s?GB|\d\s?TB)"
        ),
        0.85,
        SIZES,
        0.5,
        64,
        fields=TITLE,
        unless=LIMIT,
        joined=True,
        needs=(after_number("g"), any_of("+/,|&")),
    ),
    Rule(
        "storage",
        "storage",
        rx(
            rf"(?P<e>{NUMBER}[\s-]?(?P<u>[GT]B))"
            r"(?=,?\s+(?:of\s+)?(?:(?!DDR|\w*RAM\b|\d*[GT]B\b|memory )[\w.-]+\s+){0,3}?"
            r"(?:storage|hard drive|hard disk|HDD|SSD|flash drive|flash memory|memory card"
            r"|solid[- ]state)\b)"
        ),
        0.85,
        SIZES,
        0.1,
        1e6,
        unless=LIMIT,
        joined=True,
        needs=(_BYTES, _STORES),
    ),
    Rule(
        "storage_beside_memory",
        "storage",
        rx(
            r"(?<![\w.])\d{1,2}\s?(?:GB)?(?:\s*RAM)?\s*[+/,|&]\s*"
            r"(?P<e>(?P<n>1[6-9]|[2-9]\d|\d{3,4}|\d(?=\s?TB))(?P<f>)\s?(?P<u>[GT]B))"
            r"(?!\s*(?:RAM|DDR))"
        ),
        0.85,
        SIZES,
        16,
        1e6,
        fields=TITLE,
        joined=True,
        needs=(_BYTES, any_of("+/,|&")),
    ),
    Rule(
        "storage_in_title",
        "storage",
        rx(rf"(?P<e>{NUMBER}(?P<u>[GT]B))(?=\W*\Z| - | \()"),
        0.75,
        SIZES,
        0.1,
        1e6,
        fields=TITLE,
        unless=OTHER,
        joined=True,
        needs=(_BYTES,),
    ),
    Rule(
        "storage_before_colour",
        "storage",
        rx(
            rf"(?P<e>{NUMBER}\s?(?P<u>[GT]B))"
            rf"(?=\s*[,/-]?\s*(?:(?:matte|jet|phantom|midnight|space|deep|light|dark)\s)?{_COLOUR})"
        ),
        0.75,
        SIZES,
        16,
        1e6,
        fields=TITLE,
        unless=_MEMORY_BEFORE,
        joined=True,
        needs=(_BYTES,),
    ),
    Rule(
        "storage_in_brackets",
        "storage",
        rx(rf"\([^()]{{0,40}}?(?P<e>{NUMBER}\s?(?P<u>[GT]B))(?=\s*[,)])"),
        0.75,
        SIZES,
        32,
        1e6,
        fields=TITLE,
        unless=_MEMORY_BEFORE,
        joined=True,
        needs=(_BYTES, any_of("(")),
    ),
    Rule(
        "processor_frequency",
        "processor frequency",
        rx(
            rf"(?P<e>{NUMBER}[\s-]?(?P<u>[GM]Hz))"
            r"(?=[^.;,]{0,30}\b(?:processor|cpu|(?:dual|quad|hexa|octa)[\s-]core)\b)"
        ),
        0.85,
        units("MHz", mhz=1, ghz=1000),
        50,
        8000,
        unless=LIMIT,
        needs=(after_number("gm"), any_of(["processor", "cpu", "core"])),
    ),
    Rule(
        "power",
        "power",
        rx(
            rf"(?P<e>{NUMBER}[\s-]?(?P<u>(?-i:k?W)|watts?))\b"
            r"(?!\s*(?:[x×/]|equivalent|incandescent|bulbs"
            # A phone charges at 33 W; a charger or cable has 33 W.
            r"|(?:\w+\s){0,2}charg(?:e|ing)\b(?![^\n]*(?:cable|adapt|power ?bank|cord))))"
        ),
        0.75,
        units("W", w=1, watt=1, watts=1, kw=1000),
        0.1,
        50_000,
        fields=TITLE,
        unless=_PHONE_BEFORE,
        needs=(after_number("wk"),),
    ),
    Rule(
        "power_in_description",
        "power",
        rx(
            rf"(?P<e>{NUMBER}[\s-]?(?P<u>(?-i:k?W)|watts?))\b"
            r"(?!\s*(?:[x×/]|equivalent|incandescent|bulbs|or (?:above|more|higher)"
            r"|(?:in-box|output|(?:[\w-]+\s){0,2}?(?:charg|adapter|\w*VOOC)|rms|audio|sound|speaker)))"
        ),
        0.75,
        units("W", w=1, watt=1, watts=1, kw=1000),
        0.1,
        50_000,
        fields=frozenset({"description"}),
        unless=_NOT_OWN_POWER,
        needs=(after_number("wk"),),
    ),
    Rule(
        "voltage",
        "voltage",
        rx(
            rf"(?<!(?-i:[A-Z]{{2}}) )(?P<e>{NUMBER}[\s-]?(?P<u>(?-i:V)|volts?))\b"
            r"(?![/-]|\s*-\s*\d|\s*(?:control|preamp|pre-amp|trigger|rails?|compliant)\b)"
        ),
        0.7,
        units("V", v=1, volt=1, volts=1),
        1,
        1000,
        unless=LIMIT,
        needs=(after_number("v"),),
    ),
    Rule(
        "battery_capacity",
        "battery capacity",
        rx(rf"(?P<e>{NUMBER}[\s-]?(?P<u>mAh))\b"),
        0.9,
        units("mAh", mah=1),
        10,
        500_000,
        unless=LIMIT,
        needs=(after_number("m"), any_of(["mah"])),
    ),
    Rule(
        "camera_resolution",
        "camera resolution",
        rx(rf"(?P<e>{NUMBER}[\s-]?(?P<u>megapixels?|(?-i:MP)))\b"),
        0.9,
        units("MP", megapixel=1, megapixels=1, mp=1),
        0.1,
        250,
        many=True,
        needs=(after_number("m"), any_of(["megapixel", "mp"])),
    ),
    Rule(
        "video_resolution",
        "video resolution",
        rx(
            r"(?<![\w.-])(?P<e>(?:480|720|1080|1440|2160)[pi]|[48]K)"
            rf"(?={_OF_VIDEO})"
        ),
        0.85,
        read=expand(r"\g<e>", fold=True),
        many=True,
        needs=(after_number("pik"),),
    ),
    Rule(
        "resolution_lines",
        "resolution",
        rx(rf"(?<![\w.-])(?P<e>(?:480|720|1080|1440|2160)[pi])\b(?!{_OF_VIDEO}|\s*support)"),
        0.85,
        read=expand(r"\g<e>", fold=True),
        unless=_OTHER_DEVICE,
        many=True,
        needs=(after_number("pi"),),
    ),
    Rule(
        "resolution_class",
        "resolution",
        rx(
            r"(?<![\w.-])(?P<e>[48]K)(?=[\s-]+(?:ultra|uhd|resolution|tv|hdtv|display|monitor|hdmi)\b)"
        ),
        0.85,
        read=expand(r"\g<e>"),
        unless=_OTHER_DEVICE,
        many=True,
        needs=(after_number("k"),),
    ),
    Rule(
        "resolution_pixels",
        "resolution",
        rx(
            r"(?<![\w.,-])(?P<e>(?P<w>\d{3,4})\s?[x×]\s?(?P<h>\d{3,4}))"
            r"(?=[\s-]*(?:(?:max\w*\s)?resolution|pixels?|display|screen|hd\b))"
        ),
        0.85,
        read=expand(r"\g<w> x \g<h>"),
        needs=(after_number("x×"),),
    ),
    Rule(
        "refresh_rate",
        "refresh rate",
        rx(
            rf"(?P<e>{NUMBER}[\s-]?(?P<u>Hz))\b"
            r"(?=[^.;,]{0,25}\b(?:refresh|lcd|led|hdtv|tv|monitor|display|plasma)\b)"
        ),
        0.85,
        units("Hz", hz=1),
        24,
        600,
        needs=(after_number("h"),),
    ),
    Rule(
        "pack_count",
        "pack count",
        rx(r"(?<![\w.,/-])(?P<e>(?P<n>\d{1,4})[\s-]?(?P<u>pack|pk))(?![\w-])(?P<f>)"),
        0.9,
        units("", pack=1, pk=1),
        2,
        1000,
        fields=TITLE,
        needs=(after_number("p"), any_of(["pack", "pk"])),
    ),
    Rule(
        "pack_of",
        "pack count",
        rx(r"\b(?P<e>(?P<u>pack|set) of (?P<n>\d{1,4}))\b(?P<f>)"),
        0.9,
        units("", pack=1, set=1),
        1,
        1000,
        fields=TITLE,
        needs=(any_of(["pack of ", "set of "]),),
    ),
    Rule(
        "piece_count",
        "piece count",
        rx(r"(?<![\w.,/-])(?P<e>(?P<n>\d{1,4})[\s-]?(?P<u>pcs|pieces?|pc\(s\)))(?!\w)(?P<f>)"),
        0.85,
        units("", pcs=1, piece=1, pieces=1) | {"pc(s)": Unit("")},
        1,
        10_000,
        fields=TITLE,
        needs=(after_number("p"),),
    ),
    Rule(
        "weight",
        "weight",
        rx(
            r"(?<!shipping )(?<!load )(?<!user )(?<!lifting )(?<!carrying )\bweigh(?:s|ing|t)"
            r"(?!\s*(?:capacity|limit|of up))[^.;\d]{0,25}?"
            rf"(?P<e>{LABELLED}[\s-]?(?P<u>kg|grams?|g|lbs?|pounds?|ounces?|oz))\b(?!\s*/)"
        ),
        0.85,
        WEIGHTS,
        0.5,
        1e6,
        unless=LIMIT,
        needs=(any_of(["weigh"]),),
    ),
    Rule(
        "dimensions",
        "dimensions",
        rx(
            r"(?<![\w.,/-])(?P<e>(?P<a>\d{1,5}(?:\.\d+)?)\s?[x×]\s?(?P<b>\d{1,5}(?:\.\d+)?)\s?[x×]"
            r"\s?(?P<c>\d{1,5}(?:\.\d+)?)\s?(?P<u>mm|cm))\b"
        ),
        0.85,
        read=expand(r"\g<a> x \g<b> x \g<c> \g<u>", fold=True),
        unless=OTHER,
        needs=(after_number("x×"),),
    ),
    *(
        Rule(
            side,
            side,
            rx(
                rf"(?P<e>{NUMBER}[\s-]?(?P<u>mm|cm|m|inch(?:es)?|feet|foot|ft|[\"”″]|''))"
                # "24" tall tub" and "8" long-excursion driver" measure a part.
                rf"[\s-]+(?:{words})(?=\s*(?:[.,;)]|\Z|(?:and|by|x|to|so|with)\b))"
            ),
            0.75,
            LENGTHS,
            1,
            50_000,
            unless=LIMIT,
            needs=(after_number("mcif\"”″'"), any_of(words.split("|"))),
        )
        for side, words in _SIDES
    ),
    Rule(
        "cable_length",
        "cable length",
        rx(
            rf"(?P<e>{NUMBER}(?P<u>['’]|[\s-]?(?:ft|feet|foot|meters?|metres?|m)\b))"
            r"(?=[\s-][^.;,()]{0,35}?\b(?:cable|cord)\b)"
        ),
        0.8,
        CABLES,
        0.02,
        1000,
        unless=LIMIT,
        needs=(any_of(["cable", "cord"]),),
    ),
    Rule(
        "volume",
        "volume",
        rx(rf"(?P<e>{NUMBER}[\s-]?(?P<u>(?-i:m[lL])|cl|fl\.?\s?oz|lit(?:er|re)s?))\b"),
        0.8,
        VOLUMES,
        0.5,
        1e6,
        fields=TITLE,
        unless=_OF_KIT,
        needs=(after_number("mcfl"),),
    ),
    Rule(
        "recommended_age",
        "recommended age",
        rx(rf"\bage[s:\s]*(?P<e>{LABELLED}\s?(?P<u>years?|months?))(?=\s*(?:and|&|\+))"),
        0.9,
        units("years", year=1, years=1, month=1 / 12, months=1 / 12),
        0,
        21,
        needs=(any_of(["age"]), any_of(["year", "month"])),
    ),
    Rule(
        "scale",
        "scale",
        rx(r"\bscale\s*:?\s*(?P<e>1\s?[:/]\s?(?P<s>\d{1,3}(?:\.\d)?))(?![\d/])"),
        0.85,
        read=expand(r"1:\g<s>"),
        needs=(any_of(["scale"]),),
    ),
    Rule(
        "gender",
        "gender",
        rx(r"\b(?P<e>(?P<g>women|ladie|men|boy|girl)(?:['’]s|s['’]))(?!\w)"),
        0.9,
        read=lexicon.read_gender,
        fields=TITLE,
        many=True,
        needs=(any_of(["'s", "’s", "s'", "s’"]),),
    ),
    Rule(
        "gender_for",
        "gender",
        rx(r"\bfor (?P<e>(?P<g>women|men|boys|girls|him|her))\b"),
        0.85,
        read=lexicon.read_gender,
        fields=TITLE,
        needs=(any_of(["for women", "for men", "for boys", "for girls", "for him", "for her"]),),
    ),
    Rule(
        "colour_at_end",
        "colour",
        rx(r" - (?P<e>(?:(?! - )[^()]){3,40}?)(?:\s*\([^()]*\))?[\s\"]*\Z"),
        0.95,
        read=lexicon.read_colours,
        fields=TITLE,
        many=True,
        needs=(any_of([" - "]),),
    ),
    Rule(
        "colour_in_brackets",
        "colour",
        rx(
            rf"\((?:[^()]{{0,60}}?,\s*)??(?P<e>{_COLOUR}(?:\s*(?:[,/&+]|and)\s*{_COLOUR}){{0,3}})"
            r"\s*(?=[,)])"
        ),
        0.85,
        read=lexicon.read_colours,
        fields=TITLE,
        many=True,
        needs=(any_of("("),),
    ),
    Rule(
        "colour_after_label",
        "colour",
        rx(rf"\bcolou?r\s*:\s*(?P<e>{_COLOUR})"),
        0.9,
        read=lexicon.read_colour,
        unless=_LABEL_OF_PART,
        labelled=True,
        needs=(any_of(["color", "colour"]), any_of(":")),
    ),
    Rule(
        "material_in_title",
        "material",
        rx(
            rf"(?P<e>{_MATERIAL})(?!-\w|[\s-]*(?:cleaner|care|conditioner|polish|look|like|effect"
            r"|screws?|candy|duck|print|printed|protector|lovers?|texture[ds]?|finish|touch|feel"
            r"|style|pattern|club|theme[d]?|colou?r(?:ed)?|tone[d]?"
            rf"|{_PARTS}))"
        ),
        0.8,
        read=lexicon.read_material,
        fields=TITLE,
        unless=rx(r"\b(?:faux|imitation|fake|simulated|for|non|anti|like)[\s-]*\Z"),
        needs=(any_of(lexicon.MATERIALS.names),),
    ),
    Rule(
        "material_after_label",
        "material",
        rx(
            r"\b(?:made (?:of|from|with|out of)|constructed (?:of|from)|crafted (?:of|from|in)"
            rf"|(?:material|fabric|composition)\s*:)\s*(?:[\w%-]+\s+){{0,2}}?(?P<e>{_MATERIAL})"
        ),
        0.85,
        read=lexicon.read_material,
        unless=_LABEL_OF_PART,
        labelled=True,
        needs=(_MADE,),
    ),
)

RULES = (*_ENGLISH, *ZH_RULES)
"""All rules; of several for one attribute, the first one with a finding wins."""
_DIGIT = re.compile(r"[0-9]")
_CUES = {
    han: CueFinder(cue for rule in rules for group in rule.needs for cue in group)
    for han, rules in ((False, _ENGLISH), (True, RULES))
}


def rules_for(text: str) -> tuple[Rule, ...]:
    """Return the rules that may find something in a text with such characters and words."""
    han = has_han(text)
    return _select(han, _DIGIT.search(text) is not None, _CUES[han].find(text))


@lru_cache(maxsize=16_384)
def _select(han: bool, digits: bool, cues: Cues) -> tuple[Rule, ...]:
    return tuple(
        rule
        for rule in (RULES if han else _ENGLISH)
        if (digits or rule.units is None)
        and not any(group.isdisjoint(cues) for group in rule.needs)
    )
