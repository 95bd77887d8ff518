"""Where the training pairs come from and under which terms: the table of the model card."""

from dataclasses import dataclass

__all__ = ["SOURCES", "Source"]


@dataclass(frozen=True, slots=True)
class Source:
    """One file of the training folder, ``<tier>-<name>.tsv``."""

    name: str
    origin: str
    licence: str
    domain: str


_ROWS = """
nc-minecraft-mods|CFPAOrg/Minecraft-Mod-Language-Package|CC BY-NC-SA 4.0|game texts
nc-subtitle-works|Bourshevik0/subtitle_works|CC BY-NC-SA 4.0|video subtitles
nc-xdailydialog|liuzeming01/XDailyDialog|Apache-2.0; DailyDialog English CC BY-NC-SA 4.0|everyday dialogue
open-3am|MaxyLee/3AM|MIT|image captions
open-adarkroom|doublespeakgames/adarkroom|MPL-2.0|game narrative
open-bitod-dict|HLTCHKUST/BiToD|Apache-2.0|restaurants, places
open-cataclysm|Cataclysm: Dark Days Ahead 0.H, zh_CN catalogue|CC BY-SA 3.0|game narrative and dialogue
open-cedict|CC-CEDICT|CC BY-SA 4.0|words
open-cities|GeoNames, cities of 100,000 people or more|CC BY 4.0|names
open-convlab-woz|thu-coai/ConvLab-2 human_val|Apache-2.0|task dialogue
open-earthworm|cuixueshe/earthworm|AGPL-3.0|learner phrases
open-evolve|pmotschmann/Evolve|MPL-2.0|game texts
open-hf-course|huggingface/course|Apache-2.0|course
open-hsk-vocab|drkameleon/complete-hsk-vocabulary|MIT; meanings CC BY-SA|words
open-lctt|LCTT/TranslateProject (open sites)|Apache-2.0; originals CC BY-SA 4.0|technology articles
open-iso|iso-codes (Debian), zh_CN catalogues|LGPL-2.1|names of countries, regions, languages
open-llm-slang|written for this project|CC0|internet slang
open-msctd|XL2248/MSCTD|MIT|film and TV chat
open-multijail|DAMO-NLP-SG/multilingual-safety-for-LLMs|MIT|harmful prompts (for moderation)
open-petci-idioms|kenantang/petci|Apache-2.0|idioms
open-pixel-dungeon|00-Evan/shattered-pixel-dungeon|GPL-3.0|game texts
open-python-docs|python/python-docs-zh-cn|CC0; PSF licence|documentation
open-social-ui|LemmyNet, pixelfed|AGPL-3.0|social network UI
open-tatoeba|Tatoeba (manythings; OPUS-MT-testsets)|CC BY 2.0 FR, CC BY-SA|short everyday sentences
open-tico19|tico-19|CC0|health, news
open-tldr|tldr-pages/tldr|CC BY 4.0|command summaries
open-wesnoth|The Battle for Wesnoth 1.18, zh_CN catalogues|GPL-2.0|game narrative and dialogue
open-xpersona|HLTCHKUST/Xpersona|MIT|chit-chat
open-xquad|google-deepmind/xquad|CC BY-SA 4.0|Wikipedia questions
research-aichallenger2017-valid|brightmart/machine_translation|AI Challenger 2017, research use|spoken English
research-tvsub|longyuewangdcu/tvsub|CC BY-NC-ND 4.0, research use|TV subtitles
research-um-microblog|UM-Corpus Bi-Microblog|research use|Weibo and Twitter posts
research-wccec|guocong231/Web-Crawled-Corpus|research use|news
research-xitu|xitu/gold-miner|study and research use|developer articles
unclear-3b1b|3b1b/captions|none stated|spoken mathematics
unclear-baicizhan|lyc8503/baicizhan-word-meaning-API|none stated|example sentences
unclear-bipar|sharejing/BiPaR|none stated|novels
unclear-bmeld|XL2248/CPCC (BMELD)|none stated|TV dialogue
unclear-crashcourse-cs|1c7/crash-course-computer-science-chinese|none stated|lecture
unclear-daily-quotes|ker-ge/DailySentence|none stated|quotations
unclear-idiomkb|lishuang-w/IdiomKB|none stated|idiom meanings
unclear-kajweb-words|kajweb/dict|none stated|words
unclear-kajweb-youdao|kajweb/dict (Youdao)|none stated|learner example sentences
unclear-lctt|LCTT/TranslateProject (other sites)|Apache-2.0; originals of their sites|technology articles
unclear-sicp-subs|FoOTOo/Learning-SICP|none stated|lecture
unclear-slang-aitalk|mianfeng/AItalk|none stated|slang glossary
unclear-slang-cynthia|Cynthia7979/Cynthia7979.github.io|none stated|slang glossary
unclear-worm27|zhangzhang88/worm_27|none stated|learner fragments
"""

SOURCES: dict[str, Source] = {
    name: Source(name, origin, licence, domain)
    for name, origin, licence, domain in (row.split("|") for row in _ROWS.strip().splitlines())
}
