"""Loads SavedModels as anybody would and answers their signature's outputs. Cases come as JSON on stdin, answers go as JSON to stdout."""

import json
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import tensorflow as tf  # noqa: E402


def answer(case):
    signature = tf.saved_model.load(case["directory"]).signatures["serving_default"]
    inputs = {
        name: tf.constant([float(each) if dtype != "string" else each for each in values], dtype, shape)
        for name, (dtype, shape, values) in case["inputs"].items()
    }
    outputs = signature(**inputs)
    return {name: value.numpy().astype(str if value.dtype == tf.string else float).tolist() for name, value in outputs.items()}


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
