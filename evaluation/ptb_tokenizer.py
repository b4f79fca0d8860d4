"""Penn-Treebank tokens for caption metrics, in pure Python.

Caption metrics are defined on what CoreNLP 3.4.1's ``PTBTokenizer -lowerCase`` returns after 17 punctuation
tokens are dropped (the coco-caption convention). The rules below were written from that program's observed
output and are tested for equality with it; no code or table was taken from it.

Known differences, all outside of ordinary captions: emoticons other than ``:)`` and its kin, numeric HTML
entities, rare Latin-1 signs, and abbreviations that are not listed in `ABBREVIATIONS`.
"""

from __future__ import annotations

import re

__all__ = ["DROPPED_TOKENS", "TOKENIZER_VERSION", "ptb_tokens"]

TOKENIZER_VERSION = "ptb-python-1"

# The list of coco-caption. It names -LRB- in capitals, although the tokens are lower case by then: brackets
# therefore stay in the text as "-lrb-" and "-rrb-". Metrics equal to coco's must keep that.
DROPPED_TOKENS = frozenset(
    ["''", "'", "``", "`", "-LRB-", "-RRB-", "-LCB-", "-RCB-", ".", "?", "!", ",", ":", "-", "--", "...", ";"]
)

# Words that keep their full stop. Measured, one by one, against the reference program.
_ABBREVIATIONS = """
    mr mrs ms messrs dr prof gen rep reps sen sens gov govs st mt ave blvd rd ft ph lt col maj capt
    cpl sgt cmdr adm brig pvt rev hon pres supt cf al etc vs bros ltd plc cos co corp inc assn univ
    dept est jr sr jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri
    tel ext bldg ste ala ariz calif colo conn fla ga ind kan ky md mich minn mo mont neb nev okla
    penn tenn va vt wis wyo atty attys treas intl natl elec mfg adj adv sq ct mlle mme esq msgr cie
    bancorp pty
"""
ABBREVIATIONS = frozenset(_ABBREVIATIONS.split())
# These keep it only before a number ("no. 5", but "he says no.").
NUMBER_ABBREVIATIONS = frozenset(["ca", "op", "no", "nos", "fig", "figs", "pp"])
# A lone letter keeps its full stop ("point a. is left") unless one of these starts the next sentence.
_SENTENCE_STARTERS = """
    The A An He She It They We You Then But In At As After When While This That These There Here Her
    Their Some One Now If So However What Once Since Our
"""
SENTENCE_STARTERS = frozenset(_SENTENCE_STARTERS.split())

_REPLACED_CHARACTERS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "--", "—": "--",
     "‐": "-", "‑": "-", "…": "...", "½": "1/2", "¼": "1/4", "€": "$", "£": "#", "\u00a0": " ", "\u00ad": ""}
)  # fmt: skip
_ENTITIES = {"&amp;": "&", "&quot;": '"', "&apos;": "'", "&nbsp;": " "}
_WRITTEN_OUT = {
    "(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-", "¢": "cents"
}  # fmt: skip

_LETTER = r"[^\W\d_]"
_INNER = r"[^\W²³¹]"  # superscripts are digits to Python, symbols to the reference
_PART = rf"(?:[^\W_²³¹]{_INNER}*)"
# Apostrophes that do not split a word: o'clock, o'brien, d'artagnan, l'eau, ma'am, c'mon, ne'er; ol', the l'.
_UNSPLIT = rf"(?:[odl]'{_LETTER}{{2,}}|ma'am|c'mon|ne'er|ol'(?!\w)|[dlj]'(?!\w)|y'(?=[a-z]))"
_NUMBER = r"(?:\d+(?:[.,:]\d+)*|\.\d+)"

# Order matters: the first alternative that fits at a position wins.
_TOKEN = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<tag></?[a-z][^<>\s]*>)
  | (?P<address>(?:https?://|www\.)[^\s"'<>|]*[^\s"'<>|.,;:!?)]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)
  | (?P<handle>[@\#][a-z]\w*|@\w+)
  | (?P<smiley>(?<!\S)[:;]-?[()](?!\S))
  | (?P<early>-[lr][rsc]b-|n't(?!\w)|'t(?=is\b|was\b)|'n'|'(?:em|cause|til|n)(?!\w)|'\d0s(?!\w))
  | (?P<clitic>'(?:s|d|m|ll|re|ve)(?!\w))
  | (?P<ampersand>(?-i:[A-Z]{{1,2}}&[A-Z])(?!\w))
  | (?P<acronym>(?:{_LETTER}\.){{2,}}(?!\w)|ph\.d\.)
  | (?P<pair>(?:cannot|gonna|wanna|gotta|lemme|gimme)(?!\w))
  | (?P<mixed>\d+\ \d+/\d+(?!\w))
  | (?P<number>(?<!\w)[+-]{_NUMBER}|\d+(?:[.,]\d+)+(?:-{_PART})*|\d+(?::\d+)+|\.\d+)
  | (?P<domain>{_LETTER}{_INNER}*(?:\.{_LETTER}+)+)
  | (?P<unsplit>{_UNSPLIT})
  | (?P<word>{_PART}(?:[-/]{_PART})*)
  | (?P<marks>[?!]+|<<|>>)
  | (?P<dots>\.+)
  | (?P<dashes>-+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_NEGATION_TAIL = re.compile(r"'t(?!\w)", re.IGNORECASE)
_BEFORE_NUMBER = re.compile(r"\.\s*\d")
_FULL_STOP_THEN_STARTER = re.compile(r"\.\s+([A-Z]\w*)")


def _split_word(text: str, start: int, end: int) -> tuple[list[str], int]:
    """Tokens of the word ``text[start:end]`` with a negation or an abbreviation's full stop behind it."""
    word = text[start:end]
    if len(word) > 1 and word[-1] in "nN" and _NEGATION_TAIL.match(text, end):
        return [word[:-1], "n't"], end + 2
    if text[end : end + 1] != ".":
        return [word], end
    lower = word.lower()
    if lower in ABBREVIATIONS or (text[end + 1 : end + 2] in (",", ";", ":")):
        return [word + "."], end + 1
    if lower in NUMBER_ABBREVIATIONS and _BEFORE_NUMBER.match(text, end):
        return [word + "."], end + 1
    if len(word) == 1 and word.isalpha():
        starter = _FULL_STOP_THEN_STARTER.match(text, end)
        if starter is None or starter.group(1) not in SENTENCE_STARTERS:
            return [word + "."], end + 1
    return [word], end


def _expand(text: str, match: re.Match[str]) -> tuple[list[str], int]:
    """Tokens of one match and the position behind them."""
    kind, found, end = match.lastgroup, match.group(), match.end()
    if kind == "word":
        return _split_word(text, match.start(), end)
    if kind == "pair":
        lower = found.lower()
        return [lower[:3], lower[3:]], end
    if kind == "smiley":
        return [found[:-1] + _WRITTEN_OUT[found[-1]]], end
    if kind == "mixed":  # "1 1/2" is one token, held together by a no-break space
        return [found.replace(" ", "\u00a0")], end
    if kind in ("space", "dots", "dashes") or found == '"':
        return [], end
    return [_WRITTEN_OUT.get(found, found)], end


def ptb_tokens(text: str) -> list[str]:
    """Lower-case PTB tokens of ``text`` without the 17 dropped punctuation tokens.

    Args:
        text: one caption; line breaks count as blanks.

    Returns:
        The tokens in order; an empty text, or one of punctuation alone, gives ``[]``.
    """
    for entity, character in _ENTITIES.items():
        text = text.replace(entity, character)
    text = text.translate(_REPLACED_CHARACTERS)
    tokens: list[str] = []
    position = 0
    while match := _TOKEN.match(text, position):
        found, position = _expand(text, match)
        tokens.extend(token.lower() for token in found)
    return [token for token in tokens if token not in DROPPED_TOKENS]
