"""The questions of `stackctl init`: asks one after the other and checks each answer."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from stackctl.errors import CheckFailedError, StackError
from stackctl.settings import dotenv, model
from stackctl.settings.model import DEFAULTS, Reading
from stackctl.settings.questions import QUESTIONS, Question
from stackctl.ui import console

NAMES = {question.name for question in QUESTIONS}

NOTHING = "none"
"""Typed for an empty value."""


@dataclass
class Interview:
    """`text`: of the present .env. `options`: answers from the command line, which are not asked for."""

    root: Path
    text: str
    options: Mapping[str, str]
    answers: dict[str, str | None] = field(default_factory=dict)

    def run(self, *, ask: bool) -> None:
        """Collect every answer: ask for those without an option, or, without `ask`, keep the current values.

        Raises CheckFailedError for an invalid option, and when asking needs a terminal.
        """
        self.answers.update(self.options)
        for question in QUESTIONS:
            if question.name in self.options:
                if problem := self._problem(question):
                    raise CheckFailedError(f"{question.option}: {problem}")
            elif not question.when(self._reading().value):
                if any(question.name in problem.text for problem in self._reading().problems):
                    self.answers[question.name] = None  # its value in .env belongs to a different answer
            elif ask:
                self._ask(question)

    def _ask(self, question: Question) -> None:
        """Ask until the answer is valid."""
        now = f"[{self._reading().value(question.name) or NOTHING}] "
        answers = [f"  {answer:<12}{meaning}" for answer, meaning in question.answers.items()]
        prompt = "\n".join(["", question.text, *answers, now])
        hint = f"Pass {question.option}, or --yes to keep current values."
        while True:
            typed = console.ask(prompt, f"{question.option} is missing.", hint)
            self.answers.pop(question.name, None)
            if typed:
                self.answers[question.name] = "" if typed == NOTHING and not DEFAULTS[question.name] else typed
            if not (problem := self._problem(question)):
                return
            console.warn(problem)
            prompt = now

    def _reading(self) -> Reading:
        """The settings with the answers so far."""
        return model.read(self.root, self._environ(), dotenv.edited(self.text, self.answers))

    def _problem(self, question: Question) -> str:
        """What is wrong with an answer, or with another setting because of it; "" for nothing.

        Problems with settings that are asked for later can wait.
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
        return f"{question.name} is required here." if question.needed and not reading.value(question.name) else ""

    @cached_property
    def _before(self) -> list[str]:
        return [problem.bare for problem in model.read(self.root, self._environ(), self.text).problems]

    def _environ(self) -> dict[str, str]:
        """The environment without the settings that are asked for, which are for .env."""
        return {name: value for name, value in os.environ.items() if name.upper() not in NAMES}
