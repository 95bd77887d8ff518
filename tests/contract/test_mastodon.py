"""Mastodon's use of the LibreTranslate dialect: its link under a post, its posts, its two kinds of refusal."""

from collections.abc import Callable, Iterator

import httpx2
import pytest

from service.settings import Settings
from tests.api.harness import libre, serve, serve_live


@pytest.fixture(scope="module")
def lt() -> Iterator[httpx2.Client]:
    with (
        serve_live(Settings(engine="fake", classifier="fake")) as (url, _),
        httpx2.Client(base_url=url) as client,
    ):
        yield client


class Mastodon:
    """What Mastodon does (app/lib/translation_service/libre_translate.rb and its web interface), in Python."""

    def __init__(self, client: httpx2.Client, api_key: str | None = None) -> None:
        self.client = client
        self.api_key = api_key

    def languages(self) -> dict[str | None, list[str]]:
        listed = self.client.get("/languages").json()
        pairs: dict[str | None, list[str]] = {
            language["code"]: [t for t in language["targets"] if t != language["code"]]
            for language in listed
        }
        pairs[None] = sorted({target for targets in pairs.values() for target in targets})
        return pairs

    def shows_link(self, post_language: str | None, interface_locale: str) -> bool:
        """The link under a post: the exact language of the post, the bare language of the reader."""
        reader = interface_locale.split("-")[0]
        return reader in self.languages().get(post_language, [])

    def translate(
        self, texts: list[str], language: str | None, target: str
    ) -> list[tuple[str, str | None]]:
        body = {
            "q": texts, "source": language or "auto", "target": target, "format": "html",
            "api_key": self.api_key,
        }  # fmt: skip
        response = self.client.post("/translate", json=body)
        assert response.status_code == 200, response.text
        answer = response.json()
        detected = answer.get("detectedLanguage", [{}] * len(texts))
        return [
            (text, detected[at].get("language") or language)
            for at, text in enumerate(answer["translatedText"])
        ]


@pytest.mark.parametrize("post", ["zh", "zh-CN", "zh-TW", "zh-HK", "zh-YUE", "zh-Hans", "zh-Hant"])
def test_mastodon_39491_shows_a_link_under_chinese_posts(lt: httpx2.Client, post: str) -> None:
    mastodon = Mastodon(lt)
    assert mastodon.shows_link(post, "en")
    assert mastodon.shows_link(post, "en-GB")
    assert not mastodon.shows_link(post, "zh-CN")  # nothing to translate for this reader
    assert not mastodon.shows_link(post, "de")
    [(text, _)] = mastodon.translate(["<p>今天天气真好。</p>"], post, "en")
    assert text.startswith("<p>")
    assert "今天" not in text


@pytest.mark.parametrize("interface", ["zh-CN", "zh-TW", "zh-HK", "zh"])
def test_mastodon_shows_a_link_under_english_posts(lt: httpx2.Client, interface: str) -> None:
    mastodon = Mastodon(lt)
    assert mastodon.shows_link("en", interface)
    assert not mastodon.shows_link("en", "en")
    assert mastodon.shows_link(None, interface)  # a post of no stated language
    assert not mastodon.shows_link("ja", interface)


def test_mastodon_translates_a_whole_post(lt: httpx2.Client) -> None:
    content = (
        '<p><span class="h-card" translate="no"><a href="https://example.com/@ada" class="u-url mention">'
        '@<span>ada</span></a></span> Good morning! <a href="https://example.com/tags/cat" '
        'class="mention hashtag" rel="tag">#<span>cat</span></a> '
        '<span translate="no">:blobcat:</span></p>'
    )
    texts = [
        content,
        "",
        "A warning &amp; more",
        "First option",
        "",
    ]  # an image without description is empty
    answers = Mastodon(lt).translate(texts, None, "zh")
    assert len(answers) == len(texts)
    translated = answers[0][0]
    for kept in (
        'href="https://example.com/@ada"', "@<span>ada</span>", 'href="https://example.com/tags/cat"',
        "#<span>cat</span>", '<span translate="no">:blobcat:</span>', "<p>", "</p>",
    ):  # fmt: skip
        assert kept in translated
    assert "Good morning" not in translated
    assert answers[1][0] == answers[4][0] == ""
    assert "&amp;" in answers[2][0]
    assert answers[0][1] == "en"


@pytest.mark.parametrize(
    ("status", "changes", "posts"),
    [(403, {"api_keys": "right"}, 1), (429, {"rate_limit": "1/hour"}, 2)],
)
@pytest.mark.anyio
async def test_mastodon_tells_quota_from_haste(
    make_settings: Callable[..., Settings], status: int, changes: dict[str, str], posts: int
) -> None:
    async with serve(make_settings(**changes)) as client:
        for _ in range(posts):
            response = await client.post("/translate", **libre(["Good morning"], api_key="wrong"))
    assert response.status_code == status
