"""Judge a data frame: counts the actions and shows what was flagged. Needs the extra `batch`.

usage: python examples/moderate_frame.py [FILE.parquet [TEXT_COLUMN]]
"""

import sys

import polars

from service.batch import moderate_frame


def main() -> None:
    if len(sys.argv) > 1:
        posts, column = polars.read_parquet(sys.argv[1]), (sys.argv[2:] or ["text"])[0]
    else:
        lines = ["Good morning everyone!", "加我微信 magpie_2024，优惠券点击领取", "今天天气真好"]
        posts, column = polars.DataFrame({"id": range(1, 4), "text": lines}), "text"
    judged = moderate_frame(posts, text=column, translate_to="en")
    print(judged["action"].value_counts().sort("action"))
    flagged = judged.filter(polars.col("flagged"))
    print(flagged.select(column, "action", "rules", "evidence_text", "translation"))


if __name__ == "__main__":
    main()
