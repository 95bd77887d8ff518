"""AUC of the baselines on the development sets' sources, from the data's own documentation (full evaluation sets)."""

__all__ = ["BASELINES"]

# set: hashed n-gram logistic regression of the language or joint (the better), the same with hate labels only.
BASELINES: dict[str, tuple[float, float]] = {
    "hatecheck.en": (0.649, 0.782),
    "jigsaw_test_balanced.en": (0.941, 0.844),
    "tweeteval_offensive_test.en": (0.839, 0.722),
    "hatexplain_test.en": (0.720, 0.766),
    "dynahate_test.en": (0.617, 0.752),
    "kennedy20_test.en": (0.825, 0.771),
    "edos_test.en": (0.730, 0.725),
    "conda_valid.en": (0.919, 0.689),
    "cold_test.zh": (0.874, 0.852),
    "toxicn_test.zh": (0.764, 0.762),
    "toxicloakcn.zh": (0.751, 0.752),
    "chineseharm_half.zh": (0.949, 0.850),
    "swsr_held.zh": (0.817, 0.821),
}
