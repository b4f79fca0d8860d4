"""English words for what a scenario can ask for, as patterns: what the embedded author reads in a free text."""

from __future__ import annotations

# Several words first: what a longer phrase has taken, a shorter one no longer sees.
ACTIVITY_WORDS: dict[str, str] = {
    "jumping_jack": r"jumping[ -]jacks?|star jumps?",
    "high_knees": r"high[ -]knees",
    "push_up": r"push[ -]?ups?|press[ -]?ups?",
    "sit_up": r"sit[ -]?ups?|crunch(?:es)?",
    "toe_touch": r"toe[ -]touch(?:es|ing)?|touch(?:ing)? (?:their |the )?toes",
    "side_bend": r"side[ -]bends?|bend(?:ing)? sideways",
    "arm_circle": r"arm[ -]circles?",
    "walk_backward": r"walk(?:s|ing)? backwards?|backwards? walk(?:s|ing)?|step(?:s|ping)? back(?:wards?)?",
    "go_on_all_fours": r"(?:on )?all fours|hands and knees",
    "sit_on_floor": r"sit(?:s|ting)?(?: down)? on the (?:floor|ground|mat)",
    "lie_down": r"l(?:ie|ies|ying)(?: down)?|lay(?:s|ing)? down",
    "stand_up": r"(?:stand(?:s|ing)?|get(?:s|ting)?) up(?: from \w+(?: \w+)?)?|ris(?:e|es|ing) from \w+(?: \w+)?",
    "sit_down": r"sit(?:s|ting)?(?: down)?",
    "pick_up": r"pick(?:s|ing)?(?: \w+){0,2} up|pick(?:s|ing)? (?:things|objects|something|it)|pick-?ups?",
    "put_down": r"put(?:s|ting)?(?: \w+){0,2} down|plac(?:e|es|ing) (?:things|objects|something)",
    "touch_face": r"touch(?:es|ing)? (?:the |their |his |her )?(?:face|head|nose)|scratch(?:es|ing)?",
    "shake_head": r"shak(?:e|es|ing) (?:the |their |his |her )?heads?|head ?shak(?:e|es|ing)",
    "cross_arms": r"cross(?:es|ing)? (?:the |their |his |her )?arms|fold(?:s|ing)? (?:the |their )?arms",
    "dance_sway": r"sway(?:s|ing)?",
    "dance_step": r"danc(?:e|es|ing|ers?)",
    "stairs_step": r"stairs?|steps up|climb(?:s|ing)?(?: stairs)?",
    "phone": r"phone(?: calls?)?|phoning|telephon(?:e|es|ing)|call(?:s|ing)? someone|on the phone|phones",
    "drink": r"drink(?:s|ing)?(?: (?:tea|coffee|water|something|from \w+ \w+))?",
    "sweep": r"sweep(?:s|ing)?(?: the floor)?|mop(?:s|ping)?",
    "carry": r"carr(?:y|ies|ying)(?: (?:boxes|bags|things|something|objects))?",
    "march": r"march(?:es|ing)?",
    "shuffle": r"shuffl(?:e|es|ing)",
    "tiptoe": r"tip-?toe(?:s|ing)?|on (?:their )?tip-?toes?",
    "limp": r"limp(?:s|ing)?|hobbl(?:e|es|ing)",
    "sidestep": r"side[ -]?step(?:s|ping)?|sideways(?: steps?)?",
    "stagger": r"stagger(?:s|ing)?|stumbl(?:e|es|ing)|unsteady (?:walk|gait)",
    "hop": r"hop(?:s|ping)?",
    "skip": r"skip(?:s|ping)?",
    "crawl": r"crawl(?:s|ing)?",
    "turn": r"turn(?:s|ing)?(?: around)?|rotat(?:e|es|ing)|spin(?:s|ning)?",
    "crouch": r"crouch(?:es|ing)?|duck(?:s|ing)?",
    "kneel": r"kneel(?:s|ing)?(?: down)?",
    "bend": r"bend(?:s|ing)?(?: down| over| forward)?|stoop(?:s|ing)?",
    "jump": r"jump(?:s|ing)?|leap(?:s|ing)?",
    "punch": r"punch(?:es|ing)?|boxing|boxers?|jabs?",
    "kick": r"kick(?:s|ing)?",
    "throw": r"throw(?:s|ing)?|toss(?:es|ing)?",
    "push": r"push(?:es|ing)?|shov(?:e|es|ing)",
    "swing": r"swing(?:s|ing)?",
    "slap": r"slap(?:s|ping)?",
    "pull": r"pull(?:s|ing)?|drag(?:s|ging)?|tug(?:s|ging)?",
    "fall": r"fall(?:s|ing|en)?(?: down| over)?|collaps(?:e|es|ing)|slip(?:s|ping)?|trip(?:s|ping)?|faint(?:s|ing)?",
    "reach": r"reach(?:es|ing)?(?: (?:up|for things|for something))?",
    "lift": r"lift(?:s|ing)?(?: (?:boxes|weights|things))?|weight ?lifting",
    "catch": r"catch(?:es|ing)?",
    "wave": r"wav(?:e|es|ing)(?: (?:hands?|goodbye|hello))?",
    "clap": r"clap(?:s|ping)?|applau(?:d|ds|ding|se)",
    "point": r"point(?:s|ing)?",
    "beckon": r"beckon(?:s|ing)?",
    "raise": r"rais(?:e|es|ing)(?: (?:the |their |an? )?(?:arms?|hands?))?",
    "circle": r"circl(?:e|es|ing)(?: with (?:the |their )?(?:arms?|hands?))?",
    "bow": r"bow(?:s|ing)?",
    "nod": r"nod(?:s|ding)?",
    "stretch": r"stretch(?:es|ing)?",
    "shrug": r"shrug(?:s|ging)?",
    "salute": r"salut(?:e|es|ing)",
    "squat": r"squat(?:s|ting)?",
    "lunge": r"lung(?:e|es|ing)",
    "twist": r"twist(?:s|ing)?",
    "run": r"run(?:s|ning|ners?)?|jog(?:s|ging|gers?)?|sprint(?:s|ing)?",
    "walk": r"walk(?:s|ing|ers?)?|stroll(?:s|ing)?",
}
"""activity -> pattern of the words that say it."""

GROUP_WORDS: dict[str, str] = {
    "gesture-control": r"(?:hand |arm )?gestures?|gesturing",
    "gym": r"exercis(?:e|es|ing)|work(?:ing)?[ -]?outs?|fitness|gymnastics|training session",
    "gait-clinic": r"gaits?|ways of walking",
    "daily-living": r"(?:activities of )?daily (?:living|life|activities)|everyday (?:activities|actions|life)|adls?",
}
"""built-in scenario whose activities a word stands for -> pattern."""

PLACE_WORDS: dict[str, str] = {
    "bathroom-falls": r"bath ?rooms?|wash ?rooms?|toilets?|showers?",
    "office": r"offices?|work ?places?|at a desk",
    "corridor": r"corridors?|hallways?|hall|passages?",
    "gait-clinic": r"gait (?:labs?|laborator(?:y|ies)|clinics?)|clinics?|laborator(?:y|ies)",
    "living-room": r"living[ -]?rooms?|lounges?|at home|homes?",
}
"""built-in scenario (or known room) whose room and radar a word stands for -> pattern."""

OTHER_PLACES = (
    r"kitchens?|bed ?rooms?|gyms?|sports halls?|halls?|cars?|vehicles?|streets?|gardens?|hospitals?|wards?|schools?|"
    r"class ?rooms?|shops?|stores?|stations?|airports?|entrances?|lobb(?:y|ies)|care homes?|nursing homes?|warehouses?"
)
"""Places that only the words of a dataset can name: there is no such room to simulate."""

PEOPLE_WORDS: dict[tuple[str, str], str] = {
    (
        "age_groups",
        "elderly",
    ): r"elderly|elders?|old(?:er)?(?: people| persons?| adults?)?|seniors?|"
    r"aged(?: people)?|pensioners?|residents?|grand(?:mother|father|parent)s?|frail(?: people)?",
    (
        "age_groups",
        "young",
    ): r"young(?:er)?(?: people| persons?| adults?)?|teen(?:ager)?s?|students?|"
    r"youths?",
    ("age_groups", "adult"): r"(?:middle-?aged )?adults?|middle-?aged",
    ("sexes", "female"): r"wom[ae]n|females?|lad(?:y|ies)",
    ("sexes", "male"): r"m[ae]n|males?|gentlem[ae]n",
    ("builds", "slim"): r"slim|thin|slender",
    ("builds", "heavy"): r"heavy|overweight|obese|stout",
    ("builds", "muscular"): r"muscular|athletes?|athletic|strong",
    ("emotions", "happy"): r"happy|cheerful|joyful(?:ly)?|happily",
    ("emotions", "sad"): r"sad(?:ly)?|depressed",
    ("emotions", "angry"): r"angry|angrily|aggressive(?:ly)?",
    ("emotions", "tired"): r"tired(?:ly)?|exhausted|sleepy|weary",
    ("emotions", "cautious"): r"cautious(?:ly)?|careful(?:ly)?|hesitant(?:ly)?",
    ("emotions", "drunk"): r"drunk(?:en)?|intoxicated",
}
"""(field, value) -> pattern."""

PACE_WORDS: dict[str, str] = {
    "slow": r"slow(?:ly|er)?",
    "fast": r"fast(?:er)?|quick(?:ly|er)?|rapid(?:ly)?|hurr(?:y|ied|iedly)",
}

WAY_WORDS: dict[str, str] = {
    "there_and_back": r"(?:there )?and back(?: again)?|back and forth|to and fro",
    "up": r"up and down",
    "backward": r"backwards?",
    "forward": r"forwards?",
}
"""Direction in the words of the plans -> pattern."""

LANGUAGE_WORDS: dict[str, str] = {
    "en": r"english",
    "de": r"german",
    "fr": r"french",
    "es": r"spanish",
    "it": r"italian",
    "pt": r"portuguese",
    "nl": r"dutch",
    "zh": r"chinese|mandarin",
    "ja": r"japanese",
    "ko": r"korean",
}

_NUMBERS = r"two|three|four|five|several|multiple|many|a group of|groups of|crowds? of"
_NO_WORD_FOR_IT = "there is no such motion in the vocabulary"

IMPOSSIBLE: dict[str, str] = {
    r"child(?:ren)?|kids?|bab(?:y|ies)|toddlers?|infants?": "the bodies are adults of 1.45 to 2.00 m",
    r"dogs?|cats?|pets?|animals?|robots?|drones?": "only people are simulated",
    rf"(?:{_NUMBERS})(?: \w+)? (?:people|persons|men|women|adults)|couples?|crowds?|each other|together|"
    r"fights?|fighting": "each motion has one person",
    r"breath(?:e|es|ing)|heart(?:beats?)?|vital signs?|sleep(?:s|ing)?": _NO_WORD_FOR_IT,
    r"swim(?:s|ming)?|cycl(?:e|es|ing)|driv(?:e|es|ing)|cook(?:s|ing)?|eat(?:s|ing)?|typ(?:e|es|ing)|"
    r"writ(?:e|es|ing)|read(?:s|ing)?|wheel ?chairs?|crutch(?:es)?|walking frames?|rollators?": _NO_WORD_FOR_IT,
}
"""pattern -> why it cannot be had."""

FILLERS = (
    r"a|action|actions|activities|activity|also|an|and|are|around|away|as|at|be|both|but|by|can|data|dataset|"
    r"datasets|detect|detection|different|distance|distances|do|does|doing|during|each|else|especially|etc|"
    r"every|everyday|everything|example|examples|few|for|from|front|full|has|have|he|her|him|his|human|"
    r"humans|i|in|include|includes|including|indoors|into|is|it|its|kind|kinds|large|like|lots|mainly|make|"
    r"makes|me|monitor|monitoring|more|most|mostly|motion|motions|movement|movements|much|my|need|needs|"
    r"never|no|not|of|often|on|one|only|onto|or|other|our|out|over|own|part|people|person|persons|please|"
    r"plus|radar|recognise|recognition|recognize|room|rooms|sample|samples|scenario|scenarios|scene|scenes|"
    r"set|she|show|shows|small|so|some|somebody|someone|sometimes|such|than|that|the|their|them|then|there|"
    r"these|they|thing|things|this|those|through|time|times|to|toward|towards|under|up|us|use|uses|using|various|very|"
    r"want|wants|was|watch|watched|watches|we|well|were|what|when|where|which|while|who|whose|will|with|within|"
    r"without|would|you|your"
)
"""Words that ask for nothing by themselves."""
