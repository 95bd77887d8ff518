"""How the bundled toxicity classifier was made: rows, features, training, calibration, evaluation, export."""
