"""``python -m benchmarks.nlu --questions FILE.jsonl [--folds FOLDER]``: the page ``docs/understanding-nlu.md``.

Intents by ``rasa test nlu`` over five folds (about ten minutes of processor time),
entities on the marked messages of the tests, answers to the report's questions, and an exam's totals.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sklearn.metrics import accuracy_score, f1_score

from benchmarks.folds import FOLDS, Pairs, cross_validate
from benchmarks.form_answers import Judged, judge, trained
from benchmarks.parse import ROOT
from bot.entities.extraction import Kind, extract
from bot.entities.wishes import outright
from bot.evaluate import read_rows
from bot.faq.corpus import load_corpus
from bot.faq.decision import Verdict
from bot.faq.encoder import SentenceEncoder
from bot.faq.matcher import Matcher
from bot.faq.phrasings import NEEDS_TICKET, OFF_TOPIC
from bot.faq.understanding import Understanding

ENTITY_ROWS = ROOT / "tests/bot/entities.jsonl"
FORM_ROWS = ROOT / "tests/bot/form_answers.jsonl"
Table = list[tuple[str, ...]]


def intent_table(pairs: Pairs) -> Table:
    """Intent, examples, precision, recall, F1, what it is taken for most often."""
    wanted, found = Counter(said for said, _ in pairs), Counter(taken for _, taken in pairs)
    right = Counter(said for said, taken in pairs if said == taken)
    rows = []
    for intent, count in sorted(wanted.items()):
        wrong = Counter(taken for said, taken in pairs if said == intent != taken).most_common(2)
        f1 = _ratio(2 * right[intent], count + found[intent])
        taken = ", ".join(f"{other or 'nothing'} ({times})" for other, times in wrong)
        rows.append((f"`{intent}`", str(count), _ratio(right[intent], found[intent]), _ratio(right[intent], count), f1, taken))
    return rows


def entity_table(rows: Iterable[dict[str, Any]]) -> Table:
    """Kind, how many there are, precision, recall; an entity counts where kind and value agree."""
    right: Counter[str] = Counter()
    found: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for row in rows:
        expected = {(kind, value) for kind, values in row["expect"].items() for value in values}
        told = {(str(entity.kind), entity.value) for entity in extract(row["text"])}
        for counter, pairs in ((right, expected & told), (found, told), (wanted, expected)):
            counter.update(kind for kind, _ in pairs)
    table = [(f"`{kind}`", str(wanted[kind]), _ratio(right[kind], found[kind]), _ratio(right[kind], wanted[kind])) for kind in Kind]
    return [*table, ("all", str(wanted.total()), _ratio(right.total(), found.total()), _ratio(right.total(), wanted.total()))]


def form_table(judged: list[Judged]) -> Table:
    """What was meant, how many, how many did it."""
    meant: Counter[str] = Counter(row.row["means"].split(":")[0] for row in judged)
    right: Counter[str] = Counter(row.row["means"].split(":")[0] for row in judged if row.right)
    rows = [(f"`{name}`", str(count), str(right[name])) for name, count in sorted(meant.items())]
    for title, steers in (("control words", True), ("answers", False)):
        part = [row for row in judged if row.steers is steers]
        done = sum(row.right for row in part)
        rows.append((f"**{title}**", str(len(part)), f"{done} ({_ratio(done, len(part))})"))
    return rows


def first_table(rows: list[dict[str, Any]]) -> Table:
    """Batch, how many, how many were right when they were seen first."""
    table = []
    for batch in sorted({row["batch"] for row in rows}):
        right = [row["first"] for row in rows if row["batch"] == batch]
        table.append((str(batch), str(len(right)), f"{sum(right)} ({_ratio(sum(right), len(right))})"))
    return table


def exam_table(rows: list[dict[str, Any]], model: Understanding, encoder: SentenceEncoder) -> Table:
    """Kind of message, how many, and of these: taken for a question or report at all; taken for its kind."""
    corpus = load_corpus()
    matcher = Matcher(model, encoder, lambda: corpus)
    asked: Counter[str] = Counter()
    heard: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows:
        kind = _kind(row["labels"])
        decision = matcher.match(row["text"], encoder.encode([row["text"]])[0]).decision
        wish = outright(row["text"], decision.label)
        asked[kind] += 1
        heard[kind] += decision.verdict is not Verdict.TALK or wish is not None
        right[kind] += _is_of(kind, decision.verdict, bool(wish))
    names = {"faq": "has an answer", NEEDS_TICKET: "needs staff", OFF_TOPIC: "off-topic"}
    shares = [(names[kind], str(asked[kind]), _ratio(heard[kind], asked[kind]), _ratio(right[kind], asked[kind])) for kind in names]
    return [*shares, ("all", str(asked.total()), _ratio(heard.total(), asked.total()), _ratio(right.total(), asked.total()))]


def _kind(labels: list[str]) -> str:
    return next((label for label in (NEEDS_TICKET, OFF_TOPIC) if label in labels), "faq")


def _is_of(kind: str, verdict: Verdict, wished: bool) -> bool:
    wanted = {"faq": (Verdict.ANSWER, Verdict.ASK_BACK), NEEDS_TICKET: (Verdict.TICKET,), OFF_TOPIC: (Verdict.OFF_TOPIC,)}
    return verdict in wanted[kind] or (kind == NEEDS_TICKET and wished)


def _ratio(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


def _markdown(heads: tuple[str, ...], rows: Table) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (heads, tuple("---" for _ in heads), *rows)]
    return "\n".join(lines)


def page(pairs: Pairs, entities: tuple[Table, Table], form: tuple[Table, Table], exam: Table) -> str:
    """The whole page."""
    said, taken = zip(*pairs, strict=True)
    macro = f1_score(said, taken, average="macro", labels=sorted(set(said)))
    held, every = entities
    first, now = form
    return "\n\n".join(
        (
            "# Understanding beside the answers: intents, entities, answers to the report's questions",
            f"Made by `python -m benchmarks.nlu` on {date.today():%Y-%m-%d}; nothing here is written by hand. How well *answers* "
            "are found stands in [answering.md](answering.md).",
            "## Intents, cross-validated",
            f"`rasa train nlu` and `rasa test nlu`, {FOLDS} folds, over the {len(pairs)} phrasings of `nlu_data/`: accuracy "
            f"**{accuracy_score(said, taken):.3f}**, macro F1 **{macro:.3f}**. All topics, needs-staff and off-topic are one "
            "intent (`faq`): which of them it is, is the decision beside it. The sentence encoder knew all phrasings in every "
            "fold, so expect a little optimism. The last column says what an intent is mistaken for.",
            _markdown(("intent", "examples", "precision", "recall", "F1", "taken for"), intent_table(pairs)),
            "## Entities",
            "Rules, not learned; on messages marked by hand (`tests/bot/entities.jsonl`). An entity counts where kind and value "
            "agree. First the messages that were not looked at while the rules were first written, then all.",
            _markdown(("kind", "marked", "precision", "recall"), held),
            _markdown(("kind", "marked", "precision", "recall"), every),
            "## Answers to the report's questions",
            "`tests/bot/form_answers.jsonl`: rough es-AR answers at every step that training never saw (checked by "
            "`bot.faq.phrasing_check`), through the trained model and the rules: does the report what the customer meant? "
            "Right when they were seen first; each batch was written after what the one before had shown was mended, the second "
            "on purpose with words that nobody had thought of:",
            _markdown(("batch", "rows", "right the first time"), first),
            "Now, after all were mended:",
            _markdown(("meant", "rows", "done"), now),
            "## An exam's messages",
            "Customer messages that are no training data, totals only. *Heard*: not mistaken for small talk. *Right*: taken for "
            "its kind (an answer or choices; a ticket; not ours).",
            _markdown(("kind", "rows", "heard", "right"), exam) + "\n",
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nlu", description=__doc__)
    parser.add_argument("--questions", type=Path, required=True, help="JSON lines: text, labels")
    parser.add_argument("--folds", type=Path, help="folder for the folds; what an earlier run left there is not made anew")
    parser.add_argument("--out", type=Path, default=ROOT / "docs")
    options = parser.parse_args()
    with TemporaryDirectory() as fresh:
        pairs = cross_validate(options.folds or Path(fresh))
    instance = Path(os.environ.get("MESA_INSTANCE", str(ROOT / "instance")))
    model, encoder = trained(instance / "models" / "mesa-de-ayuda.tar.gz"), SentenceEncoder()
    marked = read_rows(ENTITY_ROWS)
    entities = (entity_table(row for row in marked if row.get("held") or row.get("drawn")), entity_table(marked))
    answers = read_rows(FORM_ROWS)
    form = (first_table(answers), form_table(judge(answers, model, encoder)))
    text = page(pairs, entities, form, exam_table(read_rows(options.questions), model, encoder))
    (options.out / "understanding-nlu.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
