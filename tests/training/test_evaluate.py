"""Scores, functional checks, the card and the export."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from models.fakes import FakeEngine
from models.manifest import BUNDLED_MANIFEST, ManifestEntry, find_all
from models.training import __main__ as command
from models.training import card, functional, sources
from models.training.evaluate import Report, Score, answering, evaluate, to_table, translate
from models.training.mix import MIX
from models.training.vocabulary import Vocabulary
from models.translation.profile import CHECKPOINT


@pytest.fixture
def dev(tmp_path: Path) -> Path:
    rows = [("Good morning.", "早上好。"), ("I am 25 years old.", "我25岁。")]
    text = "".join(f"{en}\t{zh}\n" for en, zh in rows)
    (tmp_path / "small.tsv").write_text(text, encoding="utf-8")
    (tmp_path / "other.tsv").write_text(text, encoding="utf-8")
    return tmp_path


def test_evaluate_both_directions_and_the_named_sets(dev: Path) -> None:
    engine = FakeEngine()
    answer = answering(engine, 1)
    report = evaluate(answer, dev, model="fake", beam_size=1, names=["small"], limit=1)
    assert {(s.name, s.direction, s.lines) for s in report.scores} == {
        ("small", "en-zh", 1),
        ("small", "zh-en", 1),
    }
    assert (report.model, report.beam_size, len(report.checks)) == ("fake", 1, 5)
    with pytest.raises(ValueError, match="no development set"):
        evaluate(answer, dev, model="fake", beam_size=1, names=["missing"])


def test_evaluate_takes_anything_that_translates(dev: Path) -> None:
    references = {"Good morning.": "早上好。", "早上好。": "Good morning."}

    def answer(texts: Sequence[str], source: str) -> list[str]:
        return [references.get(text, text) for text in texts]

    report = evaluate(answer, dev, model="x", beam_size=1, names=["small"], limit=1)
    assert [s.chrf for s in report.scores] == [100.0, 100.0]


def test_evaluate_cuts_what_is_too_long_and_keeps_the_order() -> None:
    engine = FakeEngine()
    texts = ["short", "a long sentence, " * 400, "Hi"]
    answers = translate(engine, texts, "en", 1)
    assert len(answers) == 3
    assert answers[0] == translate(engine, ["short"], "en", 1)[0]
    assert len(answers[1]) > 400


def test_evaluate_report_round_trip_and_table(tmp_path: Path) -> None:
    scores = (Score("s", "en-zh", 9, 30.12, 25.0), Score("s", "zh-en", 9, 20.0, 44.44))
    report = Report("m", 2, scores, (functional.Check("kept", 3, 4, ("a => b",)),))
    report.save(tmp_path / "report.json")
    assert Report.load(tmp_path / "report.json") == report
    table = to_table(report)
    assert "| s | 9 | 30.1 / 25.0 | 20.0 / 44.4 |" in table
    assert "| kept | 3 | 4 | 75 % |" in table


def test_card_says_what_matters() -> None:
    scores = (Score("flores-dev", "en-zh", 9, 5.0, 9.0), Score("flores-dev", "zh-en", 9, 4.0, 9.0))
    report = Report("magpie-x", 2, scores, (functional.Check("kept", 0, 1, ("a => b",)),))
    facts = card.Facts(
        compute=["2 cores"], pairs={"open-tatoeba": 1234}, repeats={"open-tatoeba": 5}
    )
    shape = card.Shape(12, 1, 512, 4, (2048, 1024), 32_000, 60_400_000)
    text = card.render("magpie-x", report, facts, shape)
    for wanted in ("# magpie-x", "CC BY-NC-SA 4.0", "1,234 | 5", "`a => b`", "OPUS-MT", "2 cores"):
        assert wanted in text
    for wanted in (
        "12 encoder and 1 decoder layers, width 512",
        "feed-forward 2048 and 1024",
        "English ↔ Simplified Chinese in one",
        " 60 M parameters",
        "32,000 joint",
    ):
        assert wanted in text
    assert "Intended use" in text


def test_card_of_one_direction() -> None:
    report = Report("back", 2, (Score("flores-dev", "zh-en", 9, 4.0, 9.0),), ())
    shape = card.Shape(6, 2, 256, 8, (1024, 1024), 16_000, 11_000_000)
    text = card.render("back", report, card.Facts(), shape)
    assert "Chinese to English, a MarianMT model" in text
    assert "`>>zho<<`" not in text
    assert "feed-forward 1024, tied" in text
    assert "| this model | 4.0 |\n| OPUS-MT | 23.0 |" in text


def test_evaluate_one_direction(dev: Path) -> None:
    asked: list[str] = []

    def answer(texts: Sequence[str], source: str) -> list[str]:
        asked.append(source)
        return list(texts)

    report = evaluate(answer, dev, model="x", beam_size=1, names=["small"], directions=["zh-en"])
    assert {score.direction for score in report.scores} == {"zh-en"}
    assert set(asked) == {"zh"}
    both = functional.run_checks(answer)
    assert sum(check.total for check in report.checks) < sum(check.total for check in both)
    table = to_table(report)
    assert "| set | lines | zh→en BLEU / chrF |" in table
    assert "en→zh" not in table


@pytest.mark.weights
@pytest.mark.parametrize(
    "entry", find_all("bundled", kind="translation"), ids=lambda entry: str(entry.id)
)
def test_card_of_the_bundled_model_tells_its_real_shape(entry: ManifestEntry) -> None:
    shape = card.Shape.of(entry.path / CHECKPOINT)
    text = (BUNDLED_MANIFEST.parent / entry.card).read_text("utf-8")
    assert f"{shape.encoder_layers} encoder and {shape.decoder_layers} decoder layers" in text
    assert f"{shape.parameters / 1e6:.0f} M parameters" in text
    assert f"{shape.vocabulary:,} joint" in text


def test_sources_cover_the_mix() -> None:
    assert set(MIX) <= set(sources.SOURCES)
    tiers = {name.split("-")[0] for name in sources.SOURCES}
    assert tiers == {"open", "nc", "research", "unclear"}
    assert all(s.origin and s.licence and s.domain for s in sources.SOURCES.values())


def test_main_lists_its_steps(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--help"])
    shown = capsys.readouterr().out
    steps = ("data", "augment", "distil", "backtranslate", "join", "train", "export", "evaluate")
    for step in steps:
        assert step in shown


def test_main_answers_unusable_input_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "missing.npz")
    assert command.main(["train", missing, missing, "--vocabulary", missing, "--guide", "1"]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_main_data_then_augment(corpus_folder: Path, vocabulary: Vocabulary) -> None:
    pytest.importorskip("numba")
    clean, out = corpus_folder / "clean.npz", corpus_folder / "augmented.npz"
    common = ["--vocabulary", str(vocabulary.path)]
    assert command.main(["data", str(corpus_folder / "train"), str(clean), *common]) == 0
    assert (
        command.main(
            ["augment", str(clean), str(out), "--lexicon", str(corpus_folder / "lex"), *common]
        )
        == 0
    )
    assert out.is_file()


@pytest.mark.torch
def test_export_writes_model_manifest_card_and_checkpoint(
    vocabulary: Vocabulary, tmp_path: Path
) -> None:
    torch = pytest.importorskip("torch")
    from models.interfaces import DecodeOptions, Segment
    from models.manifest import load_manifest, verify
    from models.registry import load_engine
    from models.training import checkpoint
    from models.training.export import export
    from models.training.network import build_model

    torch.manual_seed(0)
    model = build_model(vocabulary.size, width=32, depth=(1, 1))
    average = {k: v.clone() for k, v in model.state_dict().items()}
    progress = {"step": 1, "seen": 1}
    checkpoint.save(tmp_path / "run", model, average, [], progress, vocabulary)
    report = Report("small", 2, (Score("s", "en-zh", 1, 1, 1), Score("s", "zh-en", 1, 1, 1)), ())
    root = tmp_path / "models"
    facts = card.Facts(compute=("two cores",), pairs={"open-tatoeba": 1234})
    entry = export(
        tmp_path / "run",
        root / "bundled" / "small",
        model_id="small",
        max_input_tokens=30,
        manifest=root / "manifest.toml",
        card_path=root / "cards" / "small.md",
        report=report,
        facts=facts,
        aligned=True,
    )
    assert card.Facts.load(root / "cards" / "small.facts.json") == facts
    assert "width 32" in (root / "cards" / "small.md").read_text("utf-8")
    assert load_manifest(root / "manifest.toml").get("bundled") == entry
    assert verify(entry) == []
    assert (root / entry.card).read_text(encoding="utf-8").startswith("# small")
    assert json.loads((root / "cards" / "small.json").read_text())["model"] == "small"
    engine = load_engine("ct2", entry.path)
    assert engine.info.max_input_tokens == 30
    assert len(engine.info.placeholders) == 10
    assert len(engine.info.directions) == 2
    assert engine.info.aligns
    answer = engine.translate([Segment("I love cats.", "en", "zh")], DecodeOptions(beam_size=1))
    assert len(answer) == 1
    engine.close()
    back = export(
        tmp_path / "run",
        root / "bundled" / "back",
        model_id="back",
        max_input_tokens=30,
        manifest=root / "manifest.toml",
        card_path=root / "cards" / "back.md",
        directions=["zh-en"],
        group="pair",
    )
    assert back.directions == ("zh-en",)
    assert load_manifest(root / "manifest.toml").get("bundled") == back
    single = load_engine("ct2", back.path)
    assert single.info.directions == {("zh", "en")}
    with pytest.raises(ValueError, match="does not translate en-zh"):
        single.translate([Segment("I love cats.", "en", "zh")], DecodeOptions(beam_size=1))
    single.close()
    half = checkpoint.load_average(entry.path / "checkpoint")
    assert torch.allclose(half["lm_head.weight"], average["lm_head.weight"], atol=1e-3)
