"""Chinese sentences of ours as rows: what each list says about the categories, and that the lists hold no slips."""

from models.training.toxicity import posts, terms
from models.training.toxicity.rows import LABELS, Row, targets

ORDINARY = [Row("今天天气很好", "zh", 0, {}, "chnci_clean")]


def test_lists_hold_different_sentences_and_no_open_places() -> None:
    data = posts.load()
    for name in posts.LABELS:
        assert len(set(data[name])) == len(data[name]) > 100
    assert not any("{" in text for name in ("lewd", "banter") for text in data[name])
    assert all("{}" in frame for frame in data["offers"])
    assert not any("{" in row.text for row in posts.rows(ORDINARY, each=3))


def test_sexual_talk_is_sexual_and_no_abuse() -> None:
    lewd = posts.load()["lewd"][0]
    row = next(row for row in posts.rows(ORDINARY) if lewd in row.text)
    values, weights = targets(row)
    known = {name: values[i] for i, name in enumerate(LABELS) if weights[i]}
    assert known["sexual"] == 1.0
    assert known["toxicity"] == known["insult"] == known["identity_attack"] == 0.0


def test_abuse_of_a_person_is_no_crisis_and_plain_posts_are_nothing() -> None:
    kinds = {(row.toxic, row.labels["self_harm"]) for row in posts.rows(ORDINARY)}
    assert kinds == {(1, 0), (0, 0)}
    plain = posts.load()["banter"][0]
    row = next(row for row in posts.rows(ORDINARY) if plain in row.text)
    assert set(row.labels.values()) == {0}


def test_some_rows_stand_beside_an_ordinary_post() -> None:
    made = posts.rows(ORDINARY, each=3)
    beside = [row for row in made if ORDINARY[0].text in row.text]
    assert len(made) // 4 < len(beside) < len(made) // 2


def test_a_sexual_term_is_offered_and_no_insult() -> None:
    made = terms.rows([("茶壶", "zh", "sexual")], ORDINARY)
    assert {row.labels["sexual"] for row in made} == {1}
    assert {row.labels["toxicity"] for row in made} == {0}
