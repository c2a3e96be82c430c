#!/usr/bin/env python3
"""Do the pages name files that exist?

In every Markdown file of the repository: the target of each relative link, its heading included, and each path in
backticks that begins with a folder of the repository or of the crate whose page it is (on other pages: of any crate).
`*` and `<word>` in a path stand for anything.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
# In place, with or without a title, or by a name that is defined on a line of its own.
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?(?:\s+[\"'(][^\n]*?)?\)|^ {0,3}\[[^\]\n]+\]:\s*<?([^\s>]+)", re.MULTILINE)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"^(?:crates|examples|fuzz|benches|docs|\.ci|src|tests)/[\w./*<>-]*$")


def headings(page):
    """The names that a forge gives to the headings of a page."""
    text = FENCE.sub("", page.read_text())
    names = set()
    for heading in re.findall(r"^#+ +(.*)$", text, re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
        names.add(kept.replace(" ", "-"))
    return names


def faults(page):
    text = page.read_text()
    prose = FENCE.sub("", text)
    for target in (there or defined for there, defined in LINK.findall(prose)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, heading = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        if not there.exists():
            yield f"links to {target}, which is not there"
        elif heading and there.suffix == ".md" and heading not in headings(there):
            yield f"links to {target}: no such heading"
    for code in CODE.findall(prose):
        if PATH.match(code):
            pattern = re.sub(r"<\w+>", "*", code).rstrip("/")
            places = [(ROOT, pattern), (page.parent, pattern)]
            if "crates" not in page.relative_to(ROOT).parts:
                # Pages of the whole repository say `src/` and `tests/` of those of any crate.
                places.append((ROOT, f"crates/*/{pattern}"))
            if not any(any(folder.glob(name)) for folder, name in places):
                yield f"names {code}, which is not there"


def main():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    # Nothing looked at is nothing found.
    assert listed.stdout, "no pages"
    pages = sorted(ROOT / name for name in listed.stdout.splitlines())
    found = [f"{page.relative_to(ROOT)}: {fault}" for page in pages for fault in faults(page)]
    print("\n".join(found) if found else f"{len(pages)} pages, and what they name is there")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
