"""Other words for the activities, as people and language models say them; only for reading, never for writing.

Notation as in `wording`: "[pick]" is any form of the verb; ".." stands for a few words between (articles,
sides, numbers, manner), "..." for those and an object.
"""

from __future__ import annotations


def word_set(words: str) -> frozenset[str]:
    """A set of words that are written in a row."""
    return frozenset(words.split())


MORE_VERBS: dict[str, tuple[str, str]] = {
    "amble": ("ambles", "ambling"),
    "applaud": ("applauds", "applauding"),
    "back": ("backs", "backing"),
    "collect": ("collects", "collecting"),
    "complete": ("completes", "completing"),
    "draw": ("draws", "drawing"),
    "drop": ("drops", "dropping"),
    "grab": ("grabs", "grabbing"),
    "have": ("has", "having"),
    "hobble": ("hobbles", "hobbling"),
    "hoist": ("hoists", "hoisting"),
    "hurl": ("hurls", "hurling"),
    "jab": ("jabs", "jabbing"),
    "leap": ("leaps", "leaping"),
    "lose": ("loses", "losing"),
    "lower": ("lowers", "lowering"),
    "lunge": ("lunges", "lunging"),
    "pass": ("passes", "passing"),
    "pause": ("pauses", "pausing"),
    "pivot": ("pivots", "pivoting"),
    "remain": ("remains", "remaining"),
    "rest": ("rests", "resting"),
    "rotate": ("rotates", "rotating"),
    "rub": ("rubs", "rubbing"),
    "saunter": ("saunters", "sauntering"),
    "scratch": ("scratches", "scratching"),
    "set": ("sets", "setting"),
    "shove": ("shoves", "shoving"),
    "sip": ("sips", "sipping"),
    "sprint": ("sprints", "sprinting"),
    "stoop": ("stoops", "stooping"),
    "straighten": ("straightens", "straightening"),
    "stride": ("strides", "striding"),
    "stumble": ("stumbles", "stumbling"),
    "tug": ("tugs", "tugging"),
    "tumble": ("tumbles", "tumbling"),
    "wait": ("waits", "waiting"),
    "wander": ("wanders", "wandering"),
    "yank": ("yanks", "yanking"),
}
"""verb -> third person, gerund; beside those of `wording.VERBS`."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "walk": (
        "[stroll]", "[stride]", "[wander]", "[saunter]", "[amble]", "[step] forward", "[take] .. step",
        "[take] .. step forward",
    ),
    "run": ("[jog]", "[sprint]"),
    "sidestep": ("[move] .. sideways", "[walk] .. sideways", "side [step]", "[step] to the"),
    "walk_backward": (
        "[walk] .. backward", "[step] .. backward", "[back] up", "[back] away", "[go] .. backward",
        "[move] .. backward", "[step] back",
    ),
    "tiptoe": ("[walk] .. on tiptoe", "[walk] .. on .. toes"),
    "limp": ("[hobble]", "[walk] .. with a limp"),
    "stagger": ("[stumble]", "[walk] .. unsteadily"),
    "hop": ("[hop] .. on one leg", "[hop] .. on one foot"),
    "stairs_step": ("[climb]", "[climb] .. stairs", "[walk] .. as if on stairs"),
    "crawl": ("[crawl] .. on hands and knees", "[crawl] .. on all fours"),
    "turn": ("[rotate]", "[spin]", "[pivot]", "[make] .. turn", "[do] .. turn", "[complete] .. turn"),
    "sit_down": (
        "[sit]", "[sit] .. on a chair", "[sit] .. on the chair", "[sit] .. on a seat", "[have] a seat",
        "[lower] .. into a chair", "[lower] .. onto a chair",
    ),
    "sit_on_floor": ("[sit]", "[sit] down", "[sit] .. on the floor", "[sit] .. on the ground"),
    "lie_down": ("[lie]", "[lie] .. on the floor", "[lie] .. on the ground"),
    "go_on_all_fours": (
        "[get] .. on hands and knees", "[go] .. on hands and knees", "[get] .. on all fours",
        "[go] .. on all fours", "[drop] .. to hands and knees", "[drop] .. to all fours",
    ),
    "stand_up": (
        "[rise]", "[straighten] up", "[get] back up", "[get] to .. feet", "[stand] back up", "[rise] .. up",
        "[get] .. up from the floor", "[get] .. up from the chair", "[stand] .. up", "[get] .. up",
    ),
    "crouch": ("[crouch]", "[squat] down", "[squat]"),
    "kneel": ("[kneel]", "[go] down on .. knees", "[go] down on one knee", "[drop] to .. knees"),
    "bend": ("[bend] over", "[bend] down", "[bend]", "[lean]", "[stoop]", "[bend] .. forward", "[lean] .. forward"),
    "jump": (
        "[leap]", "[jump] .. into the air", "[leap] .. into the air", "[jump] up and down",
        "[make] .. jump", "[do] .. jump", "[perform] .. jump",
    ),
    "punch": ("[jab]", "[throw] .. punch", "[do] .. punch", "[perform] .. punch"),
    "kick": ("[do] .. kick", "[perform] .. kick", "[give] .. kick"),
    "throw": ("[throw]", "[toss]", "[hurl]"),
    "push": ("[push]", "[shove]"),
    "swing": ("[swing]",),
    "pull": ("[tug]", "[yank]"),
    "fall": (
        "[trip]", "[slip]", "[faint]", "[collapse]", "[tumble]", "[lose] .. balance", "[lose] .. footing",
        "[pass] out", "[stumble]",
    ),
    "pick_up": (
        "[pick] ... up", "[pick] up", "[grab] something", "[collect] something", "[pick]", "[lift] something",
        "[bend] down .. and [pick] ... up", "[bend] down .. to [pick] ... up",
    ),
    "put_down": (
        "[put] ... down", "[place] ... down", "[set] ... down", "[put] something", "[place] something",
        "[set] something", "[bend] down .. and [put] ... down", "[bend] down .. to [put] ... down",
    ),
    "reach": ("[reach]", "[extend] .. hand", "[extend] .. arm"),
    "lift": ("[lift]", "[hoist] something", "[raise] something", "[lift] something ... up"),
    "carry": ("[hold]",),
    "catch": ("[catch]",),
    "sweep": ("[sweep] .. floor", "[sweep] .. with a broom"),
    "drink": ("[sip]", "[take] .. sip", "[take] .. drink", "[drink] something"),
    "phone": (
        "[take] a phone call", "[talk] .. on the phone", "[talk] .. on a phone", "[hold] a phone",
        "[make] .. phone call",
    ),
    "touch_face": ("[touch] .. face", "[bring] .. to .. face", "[scratch] .. face", "[rub] .. face"),
    "wave": ("[give] a wave",),
    "clap": ("[applaud]", "[clap] .. hands"),
    "shrug": ("[shrug] .. shoulders",),
    "beckon": ("[beckon] .. closer",),
    "raise": ("[raise]", "[raise] .. arm", "[raise] .. hand", "[lift] .. arm", "[lift] .. arm up", "[lift] .. hand"),
    "circle": (
        "[circle]", "[circle] .. arm", "[move] .. in a circle", "[move] .. in circles", "[rotate] .. arm",
        "[swing] .. in circles", "[swing] .. in a circle", "[draw] .. circle", "[make] .. circle",
        "[circle] both arms",
    ),
    "arm_circle": (
        "arm circle", "[circle] .. arm", "[rotate] .. arm", "[swing] .. in circles", "[make] .. circle",
        "[circle]", "[do] .. arm circle", "[perform] .. arm circle",
    ),
    "bow": ("[take] .. bow", "[make] .. bow", "[bow] .. forward"),
    "nod": ("[nod] .. head",),
    "shake_head": ("[shake] .. head",),
    "stretch": ("[stretch] .. arm",),
    "salute": ("[give] .. salute",),
    "cross_arms": ("[cross] .. arm", "[fold] .. arm"),
    "jumping_jack": ("jumping jack", "star jump", "[do] .. jumping jack", "[perform] .. jumping jack"),
    "squat": ("[do] .. squat", "[perform] .. squat"),
    "lunge": ("[lunge]", "[do] .. lunge", "[perform] .. lunge"),
    "side_bend": (
        "side bend", "[bend] .. sideways", "[bend] .. to the side", "[bend] .. from side to side",
        "[lean] .. from side to side", "[do] .. side bend", "[perform] .. side bend",
    ),
    "toe_touch": (
        "toe touch", "[touch] .. toes", "[bend] down .. and [touch] .. toes", "[bend] .. to [touch] .. toes",
        "[do] .. toe touch",
    ),
    "twist": (
        "[twist]", "[twist] .. upper body", "[twist] .. body", "[twist] .. torso", "[rotate] .. upper body",
        "[rotate] .. torso",
    ),
    "high_knees": (
        "high knee", "[lift] .. knees", "[raise] .. knees", "[do] .. high knees", "[perform] .. high knees",
    ),
    "dance_sway": ("[sway]", "[dance]", "[sway] .. from side to side", "[dance] .. in place"),
    "dance_step": (
        "dance step", "[dance]", "[dance] .. from side to side", "[do] .. dance step", "[perform] .. dance step",
    ),
    "sit_up": ("sit up", "situp", "crunch", "[do] .. sit ups", "[perform] .. sit ups", "[do] .. crunch"),
    "push_up": ("push up", "pushup", "press up", "[do] .. push up", "[perform] .. push up"),
    "stand": (
        "[stand]", "[stay] still", "[wait]", "[pause]", "[rest]", "[remain] still", "[stand] .. still",
        "[hold] still", "[stay] .. still",
    ),
    "stay_there": ("[stay] there", "[remain] there", "[stay] down", "[remain] down", "[stay] there for a moment",
        "[stay] on the floor",
        "[stay] on the ground", "[remain] on the floor", "[remain] on the ground"),
    "move": ("[move]",),
}  # fmt: skip
"""activity -> further ways to say it; equal ways of two activities leave it open which is meant.

`stay_there` and `move` name no activity: they may stand beside one.
"""

CAUSES: dict[str, str] = {"trip": "trip", "slip": "slip", "faint": "faint", "pass": "faint"}
"""Verb of a fall -> the cause that it claims."""
FALL_BEGINS = frozenset({*CAUSES, "lose", "stumble", "collapse"})
"""Verbs that tell how a fall begins: "falls" may follow them and is the same fall."""
PACES: dict[str, str] = {"sprint": "fast", "amble": "slow", "saunter": "slow"}
"""Verb -> the pace that it claims."""
