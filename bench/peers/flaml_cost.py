"""What FLAML's CFO and BlendSearch pay until the loss of a made-up function is within a target. Prints JSON, one search per seed."""

import argparse
import contextlib
import json
import math
import sys
import time
import warnings

warnings.filterwarnings("ignore")
with contextlib.redirect_stdout(sys.stderr):
    from flaml import tune
    from flaml.tune.searcher.blendsearch import CFO, BlendSearch

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--searcher", choices=["CFO", "BlendSearch"], required=True)
parser.add_argument("--surface", required=True, help="JSON of the function, as bench/strategies/cost-surfaces.ts makes it")
parser.add_argument("--target", type=float, required=True)
parser.add_argument("--budget", type=float, required=True)
parser.add_argument("--patience", type=float, required=True, help="processor seconds after which one search is cut")
parser.add_argument("--seeds", type=int, nargs="+", required=True)
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
    spent, nothing, begun = 0.0, 0, time.process_time()
    for number in range(100_000):
        if time.process_time() - begun > arguments.patience:
            return {"paid": spent, "end": "Cut"}
        config = searcher.suggest(str(number))
        if config is None:
            nothing += 1
            if nothing > 1_000:
                break
            continue
        nothing = 0
        loss, cost = evaluate(config)
        if spent + cost > arguments.budget:
            break
        spent += cost
        if loss <= arguments.target:
            return {"paid": spent, "end": "Reached"}
        searcher.on_trial_complete(str(number), {"loss": loss, "cost": cost, "config": config})
    return {"paid": arguments.budget, "end": "Spent"}


with contextlib.redirect_stdout(sys.stderr):
    searches = [paid(seed) for seed in arguments.seeds]
print(json.dumps({"searches": searches}))
