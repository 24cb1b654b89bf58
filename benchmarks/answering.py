"""``python -m benchmarks.answering --questions FILE.jsonl [--write docs]``: our understanding beside others', in one run.

Rows of the exam are ``{"text", "labels": […]}`` as for ``bot.evaluate``. All systems answer the same questions, one at a
time, on one thread of the same machine. ``--write`` makes the results page and its pictures.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

# A benchmark downloads nothing: a model that is not on this machine is said to be missing.
os.environ.setdefault("HF_HUB_OFFLINE", "1")

from threadpoolctl import threadpool_limits

from benchmarks import diet, page, rankers
from benchmarks.exam import Exam, digest_of, exam_of
from benchmarks.figures import Result, result
from benchmarks.parse import ROOT, Times, parse_all, times
from benchmarks.report import Diet, Report, tables
from benchmarks.scale import SIZES, load_at
from bot.components.model import MODEL_NAME, models_dir
from bot.evaluate import Judged, Question, judge
from bot.faq.encoder import SentenceEncoder
from bot.faq.matcher import Matcher
from bot.faq.training import entry_phrasings, fit
from bot.faq.understanding import Understanding

OURS = "Mesa de Ayuda, as the bot decides"
OTHER_MODELS = ["intfloat/multilingual-e5-small"]
NOT_HERE = "not available offline"
SCALE_QUESTIONS = 100
WARM_UP = 5
System = Callable[[Question], Judged]


def with_phrasings(exam: Exam) -> tuple[list[str], list[str]]:
    """Texts and labels: titles and all phrasings, those of talk and off-topic messages too."""
    texts, labels = rankers.titles(exam.corpus)
    return texts + [row.text for row in exam.phrasings], labels + [row.label for row in exam.phrasings]


def ours(exam: Exam, encoder: SentenceEncoder) -> tuple[Understanding, System]:
    """The model, learned with ``encoder``, and the matcher with it."""
    model = fit(encoder, exam.phrasings + entry_phrasings(exam.corpus), exam.topics)
    matcher = Matcher(model, encoder, lambda: exam.corpus)
    return model, lambda question: judge([question], encoder, matcher)[0]


def baselines(exam: Exam, encoder: SentenceEncoder) -> dict[str, System]:
    """Systems that learn nothing."""
    own = [rankers.own_words(entry) for entry in exam.corpus.values()]
    titles, both = rankers.titles(exam.corpus), with_phrasings(exam)
    ranking: dict[str, rankers.Ranker] = {
        "TF-IDF character n-grams, titles": rankers.CharacterNgrams(*titles),
        "BM25, the entries' own words": rankers.Bm25(own, list(exam.corpus)),
        "bundled sentence vectors, titles": rankers.SentenceVectors(encoder, *titles),
        "TF-IDF character n-grams, titles and phrasings, nearest": rankers.CharacterNgrams(*both),
        "bundled sentence vectors, titles and phrasings, nearest": rankers.SentenceVectors(encoder, *both),
    }
    return {name: rankers.Nearest(ranker, exam.topics) for name, ranker in ranking.items()}


def other_models(exam: Exam, names: Sequence[str]) -> tuple[dict[str, System], list[Result]]:
    """Other sentence-transformers models, by titles alone and in our matcher; and rows for those that are not here."""
    systems: dict[str, System] = {}
    missing = []
    for name in names:
        try:
            encoder = SentenceEncoder(name)
        except Exception as why:  # whatever a hub, a cache or a broken folder may throw
            print(f"{name}: {str(why).splitlines()[0][:200]}", file=sys.stderr)
            missing.append(Result(f"{name}, titles; in our matcher", NOT_HERE))
            continue
        titles = rankers.SentenceVectors(encoder, *rankers.titles(exam.corpus))
        systems[f"{name}, titles"] = rankers.Nearest(titles, exam.topics)
        systems[f"{name}, in our matcher"] = ours(exam, encoder)[1]
    return systems, missing


def ask_all(systems: dict[str, System], questions: Sequence[Question]) -> dict[str, list[Judged]]:
    """Every system every question, turn by turn: what else the machine does at a moment hits all alike."""
    for system in systems.values():
        for question in questions[:WARM_UP]:
            system(question)
    judged: dict[str, list[Judged]] = {name: [] for name in systems}
    for question in questions:
        for name, system in systems.items():
            judged[name].append(system(question))
    return judged


def whole_parse(exam: Exam) -> Times:
    """Our own Rasa graph, trained if it is not yet, asked the exam's texts."""
    subprocess.run([sys.executable, "-m", "bot.components.model"], cwd=ROOT, check=True)
    archive = models_dir() / f"{MODEL_NAME}.tar.gz"
    return times(parse_all(archive, exam.texts), archive)


@contextmanager
def _folder(chosen: Path | None) -> Iterator[Path]:
    if chosen:
        yield chosen.resolve()
    else:
        with TemporaryDirectory(prefix="diet-") as made:
            yield Path(made)


def rasas_own(exam: Exam, epochs: diet.Epochs, chosen: Path | None) -> Diet:
    """DIET and the response selector: trained in ``chosen`` (or taken from there), asked the exam's texts."""
    with _folder(chosen) as folder:
        print(f"DIET: training {epochs} (an hour or two; log in {folder / 'train.log'})", flush=True)
        trained = diet.trained(exam.phrasings, exam.corpus, epochs, folder)
        print(f"DIET: trained in {trained.seconds:.0f} s", flush=True)
        parsed = parse_all(trained.model, exam.texts)
        judged = [diet.judged(question, row, exam.topics) for question, row in zip(exam.questions, parsed, strict=True)]
        found = result(f"Rasa's DIETClassifier and ResponseSelector, {epochs.classifier} and {epochs.selector} epochs", judged)
        took = times(parsed, trained.model)
        return Diet(found, took, trained.digest, trained.epochs, trained.seconds, trained.examples, digest_of(exam))


def rasas_own_from(file: Path, exam: Exam) -> Diet:
    """The figures of an earlier run, marked where phrasings have changed since.

    Raises:
        SystemExit: they were measured with another exam.
    """
    known = Diet.read(file)
    if known.exam != digest_of(exam):
        sys.exit(f"{file} was measured on other questions: run once without --diet-from")
    stale = diet.recipe(exam.phrasings, exam.corpus, known.epochs)[2] != known.digest
    note = f"measured on {known.result.measured}" + ("; phrasings or titles have changed since" if stale else "")
    return replace(known, result=replace(known.result, note=note))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answering", description=__doc__)
    parser.add_argument("--questions", type=Path, required=True, help="JSON lines: text, labels")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="write FOLDER/answering.md and its pictures")
    parser.add_argument("--models", nargs="*", default=OTHER_MODELS, help="other sentence-transformers models")
    parser.add_argument("--without", choices=["diet"], nargs="*", default=[], help="leave out")
    parser.add_argument("--diet-epochs", type=int, default=40)
    parser.add_argument("--selector-epochs", type=int, help="of the response selector (as --diet-epochs)")
    parser.add_argument("--diet-folder", type=Path, help="keep DIET's model here, and use it if it fits (a temporary folder)")
    parser.add_argument("--diet-from", type=Path, help="DIET's figures of an earlier run (docs/answering/diet.json)")
    arguments = parser.parse_args()
    exam = exam_of(arguments.questions)
    with threadpool_limits(1):
        encoder = SentenceEncoder()
        model, bot = ours(exam, encoder)
        others, missing = other_models(exam, arguments.models)
        judged = ask_all({OURS: bot, **baselines(exam, encoder), **others}, exam.questions)
        results = [*(result(name, rows) for name, rows in judged.items()), *missing]
        texts = exam.texts[:SCALE_QUESTIONS]
        loads = [load_at(size, model, encoder, exam.corpus, texts) for size in SIZES]
    parse = whole_parse(exam)
    rasa = None
    if arguments.diet_from:
        rasa = rasas_own_from(arguments.diet_from, exam)
    elif "diet" not in arguments.without:
        epochs = diet.Epochs(arguments.diet_epochs, arguments.selector_epochs or arguments.diet_epochs)
        rasa = rasas_own(exam, epochs, arguments.diet_folder)
    if rasa:
        results.append(rasa.result)
    report = Report(results, judged[OURS], exam.corpus, loads, parse, rasa, exam.left_out, len(exam.phrasings))
    print(tables(report))
    if arguments.write:
        page.write(report, arguments.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
