"""Equal seeds give equal bits, however many threads the environment allows."""

from __future__ import annotations

from threadpoolctl import threadpool_info, threadpool_limits

from flows.author_scripts import Order
from flows.describe_scripts import measure_script
from flows.one_thread import in_one_thread
from flows.plan_dataset import load_bodies
from llm_prompts import GrammarAuthor, load_scenario


def blas_threads() -> set[int]:
    """Threads that the linear algebra libraries of this process may use."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_threads_are_limited_inside_and_given_back() -> None:
    with threadpool_limits(2, user_api="blas"):
        allowed = blas_threads()
        assert in_one_thread(blas_threads)() == {1}
        assert blas_threads() == allowed


def test_motions_do_not_hang_on_the_number_of_threads() -> None:
    """Somebody who lies is found by solving equations, whose sums two threads would share."""
    scenario = load_scenario("daily-living").model_copy(update={"activities": {"fall": 1.0}, "only": {}})
    bodies, author = load_bodies(None), GrammarAuthor(0)
    for brief in Order(scenario, 3, 0).briefs():
        script, facts = author.write(brief), []
        for threads in (1, 2):
            with threadpool_limits(threads, user_api="blas"):
                facts.append(measure_script(script, "grammar", bodies).facts)
        assert facts[0] == facts[1]
