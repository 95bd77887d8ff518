"""Where the training rows come from, for the model card."""

from dataclasses import dataclass

__all__ = ["SOURCES", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """``rows``: after deduplication, before the caps of ``models.training.toxicity.rows``."""

    tier: str
    lang: str
    origin: str
    licence: str
    rows: int
    about: str


# One source a line, as in the data folder.
# ruff: noqa: E501
SOURCES: dict[str, Source] = {
    "cold": Source("open", "zh", "thu-coai/COLDataset", "Apache-2.0", 31_939, "offensive debate on race, gender, region"),
    "swsr": Source("open", "zh", "aggiejiang/SWSR", "MIT", 7_640, "sexism"),
    "jigsaw_multi": Source("open", "en", "samples of Jigsaw train", "CC0; text CC BY-SA 3.0", 1_330, "six labels, Wikipedia"),
    "hatexplain": Source("open", "en", "hate-alert/HateXplain (validation)", "MIT", 1_787, "hate, offensive, normal"),
    "davidson": Source("open", "en", "t-davidson/hate-speech-and-offensive-language", "MIT", 24_346, "tweets, mostly profanity"),
    "wiki_context": Source("open", "en", "ipavlopoulos/context_toxicity", "Apache-2.0", 19_656, "Wikipedia talk"),
    "wiki_nonfuzzed": Source("open", "en", "conversationai/unintended-ml-bias-analysis", "Apache-2.0", 1_474, "Wikipedia talk"),
    "madlibs": Source("open", "en", "conversationai/unintended-ml-bias-analysis", "Apache-2.0", 4_000, "synthetic templates"),
    "toxic_spans": Source("open", "en", "ipavlopoulos/toxic_spans", "CC0 1.0", 10_501, "Civil Comments, toxic only"),
    "surge": Source("open", "en", "surge-ai/toxicity", "MIT", 996, "social media"),
    "hatemojibuild": Source("open", "en", "HannahKirk/Hatemoji", "CC BY 4.0", 5_281, "adversarial hate with emoji"),
    "kennedy20": Source("open", "en", "UC Berkeley measuring-hate-speech", "CC BY 4.0", 21_066, "hate, social media"),
    "edos": Source("open", "en", "rewire-online/edos", "CC0 1.0", 15_973, "sexism"),
    "stormfront": Source("open", "en", "Vicomtech/hate-speech-dataset", "CC BY-SA 3.0 ES", 10_292, "forum sentences"),
    "paradetox": Source("open", "en", "s-nlp/paradetox", "CC0 1.0", 28_763, "toxic and rewritten pairs"),
    "toxigen_demos": Source("open", "en", "microsoft/TOXIGEN (demonstrations)", "see its LICENSE.txt", 585, "implicit hate"),
    "goemotions_clean": Source("open", "en", "GoEmotions", "Apache-2.0", 19_623, "ordinary Reddit posts"),
    "sms_spam": Source("open", "en", "UCI SMS Spam", "CC BY 4.0", 4_094, "spam"),
    "chsd": Source("unclear", "zh", "RXJ588/CHSD", "none stated", 1_232, "hate, re-annotated"),
    "chnci_clean": Source("unclear", "zh", "zhuyiYZU/CHNCI", "none stated", 25_917, "ordinary comments"),
    "fbs_sms": Source("unclear", "zh", "Cypher-Z/FBS_SMS_Dataset", "none stated", 12_634, "spam SMS"),
    "sos_suicide": Source("unclear", "zh", "HongzhiQ/FineGrainedSuicideDetection", "none stated", 994, "suicide risk"),
    "ckend_weibo": Source("unclear", "zh", "Ckend/suicide-detect-svm", "none stated", 7_312, "Weibo, some suicidal"),
    "smp_weibo": Source("unclear", "zh", "SMP2020 Weibo", "none stated", 3_107, "ordinary Weibo"),
    "zh_reviews": Source("unclear", "zh", "SophonPlus/ChineseNlpCorpus", "none stated", 11_987, "reviews"),
    "olid": Source("unclear", "en", "OLID v1.0", "research use", 13_018, "offensive tweets"),
    "conda": Source("unclear", "en", "usydnlp/CONDA", "none stated", 16_612, "Dota 2 chat"),
    "dynahate": Source("unclear", "en", "Dynamically Generated Hate Speech Dataset", "free use with citation", 38_494, "adversarial hate"),
    "mt_conan": Source("unclear", "en", "marcoguerini/CONAN", "research use", 8_654, "hate and counter-speech"),
    "wiki_ak": Source("unclear", "en", "AK-Algorithm/Toxic-Comment-Classification", "none stated", 4_869, "Wikipedia talk"),
    "ruddit": Source("unclear", "en", "Ruddit", "none stated", 4_158, "Reddit, offensiveness"),
    "sdcnl": Source("unclear", "en", "ayaanzhaque/SDCNL", "none stated", 1_507, "suicide, depression"),
}  # fmt: skip
