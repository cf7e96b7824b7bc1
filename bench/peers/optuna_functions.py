"""The best value that an Optuna sampler finds of a numeric function after so many trials, for several seeds. Prints JSON."""

import argparse
import json
import math
import sys
import warnings

import optuna

warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--sampler", choices=["TPE", "GP"], required=True)
parser.add_argument("--function", required=True)
parser.add_argument("--scale", type=float, required=True, help="weight of the kinds; 0 without them")
parser.add_argument("--trials", type=int, nargs="+", required=True)
parser.add_argument("--seeds", type=int, nargs="+", required=True)
arguments = parser.parse_args()
optuna.logging.set_verbosity(optuna.logging.ERROR)


def branin(x):
    bend = x[1] - (5.1 / (4 * math.pi**2)) * x[0] ** 2 + (5 / math.pi) * x[0] - 6
    return bend**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


HEIGHTS = [1, 1.2, 3, 3.2]
WIDTHS = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
PEAKS = [
    [0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886],
    [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
    [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.665],
    [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381],
]


def hartmann(x):
    return -sum(
        height * math.exp(-sum(w * (v - p) ** 2 for w, v, p in zip(width, x, peak)))
        for height, width, peak in zip(HEIGHTS, WIDTHS, PEAKS)
    )


def rosenbrock(x):
    return math.log1p(sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:])))


FUNCTIONS = {
    "Branin": (branin, [(-5, 10), (0, 15)]),
    "Hartmann 6": (hartmann, [(0, 1)] * 6),
    "Rosenbrock 10": (rosenbrock, [(-2, 2)] * 10),
}


def objective(trial):
    function, ranges = FUNCTIONS[arguments.function]
    value = function([trial.suggest_float(f"x{at}", low, high) for at, (low, high) in enumerate(ranges)])
    if arguments.scale == 0:
        return value
    kind = trial.suggest_categorical("kind", ["plain", "tilted", "tuned"])
    added = 0.3 if kind == "plain" else 0.6 if kind == "tilted" else 0.1 * abs(trial.suggest_int("amount", 1, 8) - 6)
    return value + arguments.scale * added


def best(seed):
    samplers = {
        "TPE": lambda: optuna.samplers.TPESampler(seed=seed),
        "GP": lambda: optuna.samplers.GPSampler(seed=seed),
    }
    study = optuna.create_study(direction="minimize", sampler=samplers[arguments.sampler]())
    study.optimize(objective, n_trials=max(arguments.trials))
    values = [trial.value for trial in study.trials]
    return [min(values[:trials]) for trials in arguments.trials]


print(json.dumps({"best": [best(seed) for seed in arguments.seeds]}))
