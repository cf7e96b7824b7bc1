"""Seconds that Optuna takes for a number of ask/tell rounds over eight parameters, in memory. Prints JSON."""

import argparse
import json
import time

import optuna

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--sampler", choices=["Random", "NSGAII", "TPE"], required=True)
parser.add_argument("--trials", type=int, required=True)
parser.add_argument("--seed", type=int, required=True)
arguments = parser.parse_args()

optuna.logging.set_verbosity(optuna.logging.WARNING)
samplers = {
    "Random": lambda: optuna.samplers.RandomSampler(seed=arguments.seed),
    "TPE": lambda: optuna.samplers.TPESampler(seed=arguments.seed),
    "NSGAII": lambda: optuna.samplers.NSGAIISampler(population_size=20, seed=arguments.seed),
}
study = optuna.create_study(direction="maximize", sampler=samplers[arguments.sampler]())

start = time.perf_counter()
for _ in range(arguments.trials):
    trial = study.ask()
    learning_rate = trial.suggest_float("learningRate", 1e-4, 1e-1, log=True)
    trial.suggest_float("weightDecay", 1e-6, 1e-2, log=True)
    trial.suggest_float("dropout", 0.0, 0.5)
    trial.suggest_float("labelSmoothing", 0.0, 0.2)
    trial.suggest_int("batchSize", 16, 512, log=True)
    trial.suggest_int("layers", 1, 8)
    trial.suggest_categorical("optimizer", ["Sgd", "Momentum", "RmsProp", "Adam", "AdamW"])
    trial.suggest_categorical("schedule", ["Constant", "Cosine"])
    study.tell(trial, learning_rate)
seconds = time.perf_counter() - start
print(json.dumps({"seconds": seconds, "version": optuna.__version__}))
