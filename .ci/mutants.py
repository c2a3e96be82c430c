#!/usr/bin/env python3
"""Break one line at a time, and see whether a test notices.

Every row of .ci/mutants/<crate>.toml names a line that carries a MUST, a limit or a timer, and a wrong line to put
in its place. The crate's own tests have to fail with the wrong line. A row that no test notices has SURVIVED.

    .ci/mutants.py                          all rows of all crates
    .ci/mutants.py sctp ice I9 D6           the rows of two crates, and two rows
    .ci/mutants.py --list                   the rows, with the lines they stand for
    .ci/mutants.py --check                  only whether each row still finds its line (a second, no cargo)
    .ci/mutants.py --all-at-once sctp ice I9 --run peer fuzz
                                            all those rows in one tree, then the tests of these packages:
                                            each of them has to fail

A row:

    [[mutant]]
    id = "S5"                               unique among all crates
    file = "association/receive.rs"         below crates/<crate>/src
    old = "sack_delay"                      text of that file; a single occurrence, or the one that `occurrence` names
    new = "sack_delay * 2"                  what takes its place; the crate has to compile with it
    occurrence = 0                          which of several, from 0; left out where there is but one
    note = "the SACK is late"               what is wrong then
    accepted = "why no test can see it"     only for a survivor that is accepted

Verdicts: `killed` by the tests named, `killed (timeout)` when the tests hang, `SURVIVED`, `accepted` (survived, as its
row says), and `BROKEN` for a row that does not compile. The exit code is 0 only when all rows find their lines, the
tree passes as it is, nothing is broken, and nothing survives that is not accepted.

The tree is never touched: its files (as they are, committed or not) are copied to target/mutants/tree, and built in
target/mutants/build, which the next run uses again. The first run builds all dependencies; to save that:
`mkdir -p target/mutants/build && cp -a target/debug target/mutants/build/`.
"""

import argparse
import collections
import dataclasses
import fcntl
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLES = ROOT / ".ci" / "mutants"
KEYS = {"id", "file", "old", "new", "occurrence", "note", "accepted"}
FAILED_TEST = re.compile(r"^test (\S+)(?: - .*)? \.\.\. FAILED$", re.MULTILINE)


class Unusable(Exception):
    """A table, a row or a tree that nothing can be concluded from."""


@dataclasses.dataclass(frozen=True)
class Mutant:
    crate: str
    id: str
    file: str
    old: str
    new: str
    note: str
    occurrence: int | None = None
    accepted: str | None = None

    @property
    def path(self):
        return pathlib.Path("crates") / self.crate / "src" / self.file

    def find(self, text):
        """Where `old` begins in `text`, its line, and where it ends."""
        starts = [found.start() for found in re.finditer(re.escape(self.old), text)]
        if not starts:
            raise Unusable(f"{self.id}: {self.path} has no {self.old!r}")
        if self.occurrence is None and len(starts) > 1:
            raise Unusable(f"{self.id}: {self.path} has {self.old!r} {len(starts)} times: say which `occurrence`")
        try:
            start = starts[self.occurrence or 0]
        except IndexError:
            raise Unusable(f"{self.id}: {self.path} has {self.old!r} only {len(starts)} times") from None
        return start, text.count("\n", 0, start) + 1

    def apply(self, text):
        start, _ = self.find(text)
        return text[:start] + self.new + text[start + len(self.old):]

    def place(self, tree):
        """`file:line`, the line as it is in `tree` now."""
        _, line = self.find((tree / self.path).read_text())
        return f"{self.crate}/{self.file}:{line}"


def load():
    """All rows of all tables, in the order of the files."""
    mutants, seen = [], set()
    for table in sorted(TABLES.glob("*.toml")):
        rows = tomllib.loads(table.read_text()).get("mutant", [])
        for row in rows:
            if unknown := row.keys() - KEYS:
                raise Unusable(f"{table.name}: {row.get('id')} has unknown keys: {', '.join(sorted(unknown))}")
            try:
                mutant = Mutant(crate=table.stem, **row)
            except TypeError as error:
                raise Unusable(f"{table.name}: {row.get('id')}: {error}") from None
            if mutant.id in seen:
                raise Unusable(f"{table.name}: {mutant.id} is there twice")
            if mutant.old == mutant.new:
                raise Unusable(f"{table.name}: {mutant.id} changes nothing")
            seen.add(mutant.id)
            mutants.append(mutant)
    return mutants


def select(mutants, names):
    """The rows that `names` mean: crates or ids; all of them when there are no names."""
    crates, ids = {mutant.crate for mutant in mutants}, {mutant.id for mutant in mutants}
    if unknown := [name for name in names if name not in crates | ids]:
        raise Unusable(f"neither a crate with a table nor an id: {', '.join(unknown)}")
    return [mutant for mutant in mutants if not names or {mutant.crate, mutant.id} & set(names)]


def check(mutants):
    """Whether each row finds its line in the tree as it is. Prints those that do not."""
    rotten = 0
    for mutant in mutants:
        try:
            mutant.place(ROOT)
        except (OSError, Unusable) as error:
            rotten += 1
            print(error)
    return rotten


class Scratch:
    """A copy of the tree, with a target folder of its own."""

    def __init__(self, home, timeout):
        self.home, self.tree, self.build, self.timeout = home, home / "tree", home / "build", timeout
        home.mkdir(parents=True, exist_ok=True)
        self.lock = open(home / "lock", "w")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unusable(f"another run uses {home}") from None
        self.synchronise()

    def synchronise(self):
        """Makes the copy equal to the tree. What is equal keeps its time, so that cargo builds only what changed."""
        listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = set(filter(None, subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")))
        names = {name for name in names if (ROOT / name).is_file()}
        for old in [path for path in self.tree.rglob("*") if path.is_file()]:
            inside = old.relative_to(self.tree)
            if "target" not in inside.parts and inside.as_posix() not in names:
                old.unlink()
        for name in names:
            source, copy = ROOT / name, self.tree / name
            content = source.read_bytes()
            if copy.is_file() and copy.read_bytes() == content:
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(content)
            copy.chmod(source.stat().st_mode)

    def cargo(self, package, *arguments):
        """`cargo test` of one package. Answers its exit code (None for a timeout) and what it printed."""
        if package == "fuzz":
            command = ["cargo", "test", "--manifest-path", "fuzz/Cargo.toml", *arguments]
        else:
            command = ["cargo", "test", "-p", f"strata-{package}", *arguments]
        build = self.build / "fuzz" if package == "fuzz" else self.build
        environment = os.environ | {"CARGO_TARGET_DIR": str(build), "CARGO_TERM_COLOR": "never"}
        with open(self.home / "output", "w+") as output:
            # A group of its own, so that a test that hangs ends together with its cargo.
            process = subprocess.Popen(
                command, cwd=self.tree, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
            try:
                code = process.wait(timeout=None if "--no-run" in arguments else self.timeout)
            except subprocess.TimeoutExpired:
                code = None
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            output.seek(0)
            return code, output.read()

    def test(self, package, *arguments):
        """The verdict of one package's tests: `passed`, `killed`, `killed (timeout)` or `BROKEN`; and which failed."""
        code, output = self.cargo(package, "--no-run")
        if code != 0:
            return "BROKEN", [line for line in output.splitlines() if line.startswith("error")][:3]
        code, output = self.cargo(package, *arguments)
        failed = list(dict.fromkeys(FAILED_TEST.findall(output)))
        if code is None:
            return "killed (timeout)", failed
        if code == 0:
            return "passed", []
        return "killed", failed or [line for line in output.splitlines() if line.startswith("error")][:1]

    def expect_green(self, packages):
        for package in packages:
            began = time.monotonic()
            verdict, which = self.test(package)
            if verdict != "passed":
                raise Unusable(f"{package} does not pass as it is: {verdict} {' '.join(which)}")
            print(f"{package}: passes as it is, {time.monotonic() - began:.0f} s", flush=True)


def run_each(scratch, mutants):
    """Every row by itself, against the tests of its crate. Answers how many rows are against what is wanted."""
    scratch.expect_green(sorted({mutant.crate for mutant in mutants}))
    verdicts = collections.defaultdict(collections.Counter)
    for mutant in mutants:
        place, file = mutant.place(scratch.tree), scratch.tree / mutant.path
        whole = file.read_text()
        file.write_text(mutant.apply(whole))
        began = time.monotonic()
        try:
            verdict, which = scratch.test(mutant.crate)
        finally:
            file.write_text(whole)
        seconds = time.monotonic() - began
        if verdict == "passed":
            verdict, which = ("accepted", [mutant.accepted]) if mutant.accepted else ("SURVIVED", [])
        elif mutant.accepted and verdict != "BROKEN":
            which = [*which, "(its row says that it survives)"]
        verdicts[mutant.crate][verdict] += 1
        more = [] if len(which) <= 3 else [f"and {len(which) - 3} more"]
        print(f"{mutant.id}\t{place}\t{verdict}\t{seconds:.0f} s\t{mutant.note}\t{', '.join(which[:3] + more)}", flush=True)
    for crate, counts in sorted(verdicts.items()):
        print(f"{crate}: {counts.total()} rows, {', '.join(f'{n} {verdict}' for verdict, n in sorted(counts.items()))}")
    return sum(counts["SURVIVED"] + counts["BROKEN"] for counts in verdicts.values())


def run_all_at_once(scratch, mutants, packages):
    """All rows in one tree, against the tests of `packages`. Answers how many of these notice nothing."""
    scratch.expect_green(packages)
    applied, blind = 0, 0
    for mutant in mutants:
        file = scratch.tree / mutant.path
        try:
            file.write_text(mutant.apply(file.read_text()))
            applied += 1
        except Unusable:
            print(f"{mutant.id}: left out, another row has changed its line")
    print(f"{applied} rows applied at once", flush=True)
    for package in packages:
        began = time.monotonic()
        verdict, which = scratch.test(package, "--no-fail-fast")
        blind += verdict in ("passed", "BROKEN")
        print(f"{package}: {verdict}, {len(which)} tests failed, {time.monotonic() - began:.0f} s")
        for name in which:
            print(f"    {name}")
    scratch.synchronise()
    return blind


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="CRATE|ID", help="which rows; all without any")
    parser.add_argument("--list", action="store_true", help="print the rows and run nothing")
    parser.add_argument("--check", action="store_true", help="only see whether each row finds its line")
    parser.add_argument("--all-at-once", action="store_true", help="apply the rows together; needs --run")
    parser.add_argument("--run", nargs="+", metavar="PACKAGE", default=[], help="whose tests to run: crates, or `fuzz`")
    parser.add_argument("--timeout", type=float, default=300, help="seconds that one run of tests may take (300)")
    parser.add_argument("--scratch", type=pathlib.Path, default=ROOT / "target" / "mutants", help="where the copy lies")
    chosen = parser.parse_args()
    if chosen.all_at_once != bool(chosen.run):
        parser.error("--all-at-once and --run go together")
    try:
        mutants = select(load(), chosen.names)
        if chosen.list:
            for mutant in mutants:
                accepted = f"\taccepted: {mutant.accepted}" if mutant.accepted else ""
                print(f"{mutant.id}\t{mutant.place(ROOT)}\t{mutant.note}{accepted}")
            return 0
        rotten = check(mutants)
        if rotten or chosen.check:
            print(f"{len(mutants)} rows, {rotten} do not find their line")
            return int(rotten > 0)
        scratch = Scratch(chosen.scratch.resolve(), chosen.timeout)
        if chosen.all_at_once:
            return int(run_all_at_once(scratch, mutants, chosen.run) > 0)
        return int(run_each(scratch, mutants) > 0)
    except Unusable as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
