"""Draw the pictures of docs/motion.md from docs/examples/scripts, and bring its tables up to date.

python docs/images/motion/make.py [NAME ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from evaluation import PictureSize, RadarMark, draw_motion
from evaluation.motion_pictures_page import page_with_vocabulary
from flows.cli.script_file import read_script_file
from simulator import Placement, load_body, synthesize

HERE = Path(__file__).resolve().parent
DOCS = HERE.parents[1]
SCRIPTS = DOCS / "examples" / "scripts"
PAGE = DOCS / "motion.md"
SIZES = [PictureSize(round(330 * share), round(250 * share)) for share in (1.0, 0.9, 0.8, 0.7, 0.6)]
LARGEST_BYTES = 390_000
RATE_HZ = 10.0
SEED = 0


def draw(path: Path) -> Path:
    """The picture of one script, as large as a page can carry."""
    script = read_script_file(path)
    body = load_body(sex=script.subject.sex)
    start = script.start
    placement = Placement(start.range_m, start.azimuth_deg, start.heading_deg)
    x, y, _ = placement.radar_in_body_frame_m
    mark = RadarMark((x, y), f"radar, {start.range_m:g} m")
    motion = synthesize(script, SEED, body)
    for size in SIZES:
        picture = draw_motion(motion, body, HERE / f"{path.stem}.gif", script.caption, mark, RATE_HZ, size)
        if picture.stat().st_size <= LARGEST_BYTES:
            break
    return picture


def main() -> None:
    """Draw all scripts, those named, or none, and rewrite the page's tables."""
    names = sys.argv[1:] or sorted(path.stem for path in SCRIPTS.glob("*.json"))
    for name in names if names != ["--tables"] else ():
        picture = draw(SCRIPTS / f"{name}.json")
        print(f"{picture.name}: {picture.stat().st_size / 1000:.0f} kB")
    PAGE.write_text(page_with_vocabulary(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
