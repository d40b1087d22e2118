"""Python's collector of cyclic garbage, as processes that serve or work for long want it."""

import gc


def set_collector() -> None:
    """
    What was loaded at the start is never looked through again, and new objects less often: a
    request leaves hardly any cycles, and an import would spend a third of its time looking for
    some.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 10, 10)
