"""The questions of `stackctl init`, asked one after the other, each answer looked at when it is given."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from stackctl import console, dotenv, settings
from stackctl.errors import CheckFailedError, StackError
from stackctl.questions import QUESTIONS, Question
from stackctl.settings import DEFAULTS, Reading

NAMES = {question.name for question in QUESTIONS}

NOTHING = "none"
"""What is typed for an empty value."""


@dataclass
class Interview:
    """`text`: of the .env that is there. `given`: answers by the options, which are not asked for."""

    root: Path
    text: str
    given: Mapping[str, str]
    answers: dict[str, str | None] = field(default_factory=dict)

    def hold(self, *, ask: bool) -> None:
        """Find every answer, and ask for those that are not given, or, without `ask`, leave what there is.

        Raises CheckFailedError for a wrong one that was given, and where it takes a terminal.
        """
        self.answers.update(self.given)
        for question in QUESTIONS:
            if question.name in self.given:
                if problem := self._problem(question):
                    raise CheckFailedError(f"{question.option}: {problem}")
            elif not question.when(self._reading().value):
                if any(question.name in problem.text for problem in self._reading().problems):
                    self.answers[question.name] = None  # what stands in .env went with another answer
            elif ask:
                self._ask(question)

    def _ask(self, question: Question) -> None:
        """Ask until the answer is right."""
        now = f"[{self._reading().value(question.name) or NOTHING}] "
        answers = [f"  {answer:<12}{meaning}" for answer, meaning in question.answers.items()]
        prompt = "\n".join(["", question.text, *answers, now])
        hint = f"Answer with {question.option}; or with --yes, what has no option stays as it is."
        while True:
            typed = console.ask(prompt, question.text, hint)
            self.answers.pop(question.name, None)
            if typed:
                self.answers[question.name] = "" if typed == NOTHING and not DEFAULTS[question.name] else typed
            if not (problem := self._problem(question)):
                return
            console.warn(problem)
            prompt = now

    def _reading(self) -> Reading:
        """The settings with the answers so far."""
        return settings.read(self.root, self._environ(), dotenv.edited(self.text, self.answers))

    def _problem(self, question: Question) -> str:
        """What is wrong with an answer, or with another setting because of it; "" for nothing.

        What names a setting that is still to be asked for is left for then.
        """
        later = {item.name for item in QUESTIONS[QUESTIONS.index(question) + 1 :]}
        try:
            reading = self._reading()
        except StackError as error:  # a value that .env cannot hold
            self.answers.pop(question.name)
            return f"{error.message} {error.hint}"
        for problem in reading.problems:
            own = problem.name == question.name
            if (own or problem.bare not in self._before) and not any(name in problem.text for name in later):
                return problem.bare if own else problem.text
        return f"{question.name} is needed here." if question.needed and not reading.value(question.name) else ""

    @cached_property
    def _before(self) -> list[str]:
        return [problem.bare for problem in settings.read(self.root, self._environ(), self.text).problems]

    def _environ(self) -> dict[str, str]:
        """What the environment has, but for what is asked: it does not count for what is written."""
        return {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
