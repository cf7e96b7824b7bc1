"""What FLAML's CFO and BlendSearch pay until the loss of a made-up function is within a target. Prints JSON, one number per seed."""

import argparse
import contextlib
import json
import math
import sys
import warnings

warnings.filterwarnings("ignore")
with contextlib.redirect_stdout(sys.stderr):
    import flaml
    from flaml import tune
    from flaml.tune.searcher.blendsearch import CFO, BlendSearch

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--searcher", choices=["CFO", "BlendSearch"], required=True)
parser.add_argument("--surface", required=True, help="JSON of the function, as bench/strategies/cost-surfaces.ts makes it")
parser.add_argument("--target", type=float, required=True)
parser.add_argument("--budget", type=float, required=True)
parser.add_argument("--seeds", type=int, required=True)
parser.add_argument("--offset", type=int, default=0)
arguments = parser.parse_args()
surface = json.loads(arguments.surface)


def position(item, value):
    scale = math.log if item["scale"] == "Log" else (lambda x: x)
    return (scale(value) - scale(item["min"])) / (scale(item["max"]) - scale(item["min"]))


def evaluate(config):
    bowl = exponent = added = ripples = 0.0
    for item in surface["inputs"]:
        value = config[item["name"]]
        if item["kind"] == "category":
            added += item["losses"][value]
            continue
        where = position(item, value)
        bowl += item["steepness"] * (where - item["optimum"]) ** 2
        exponent += item["price"] * where
        ripples += surface["ripple"] * math.sin(math.pi * surface["waves"] * (where - item["optimum"])) ** 2
    return 1 - math.exp(-bowl) + added + ripples, math.exp(exponent)


def domain(item):
    if item["kind"] == "category":
        return tune.choice(list(range(len(item["losses"]))))
    if item["kind"] == "integer":
        return tune.lograndint(item["min"], item["max"] + 1)
    return (tune.loguniform if item["scale"] == "Log" else tune.uniform)(item["min"], item["max"])


def paid(seed):
    space = {item["name"]: domain(item) for item in surface["inputs"]}
    cheap = {item["name"]: item["min"] for item in surface["inputs"] if item["kind"] != "category" and item["price"] > 0}
    searcher = {"CFO": CFO, "BlendSearch": BlendSearch}[arguments.searcher](
        metric="loss", mode="min", space=space, low_cost_partial_config=cheap, cost_attr="cost", seed=seed
    )
    spent, nothing = 0.0, 0
    for number in range(100_000):
        config = searcher.suggest(str(number))
        if config is None:
            nothing += 1
            if nothing > 1_000:
                return arguments.budget
            continue
        nothing = 0
        loss, cost = evaluate(config)
        spent += cost
        if spent > arguments.budget:
            return arguments.budget
        if loss <= arguments.target:
            return spent
        searcher.on_trial_complete(str(number), {"loss": loss, "cost": cost, "config": config})
    return arguments.budget


with contextlib.redirect_stdout(sys.stderr):
    costs = [paid(arguments.offset + seed) for seed in range(arguments.seeds)]
print(json.dumps({"costs": costs, "version": flaml.__version__}))
