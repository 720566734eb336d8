"""An answer is written once, and never handed out for another."""

from __future__ import annotations

from pydantic import BaseModel

from api.written import Written


class Shape(BaseModel):
    said: str


class Answer:
    def __init__(self, said: str) -> None:
        self.said = said


def test_it_is_written_once() -> None:
    shaped: list[Answer] = []

    def shape(answer: Answer) -> Shape:
        shaped.append(answer)
        return Shape(said=answer.said)

    written, one, two = Written(), Answer("one"), Answer("one")
    assert written.json(one, shape) == written.json(one, shape) == b'{"said":"one"}'
    written.json(two, shape)
    assert shaped == [one, two]


def test_an_address_used_again_brings_no_old_answer() -> None:
    written = Written(most=30)
    for n in range(2_000):  # dropped at once, so that addresses come round
        assert written.json(Answer(str(n)), lambda answer: Shape(said=answer.said)) == b'{"said":"%d"}' % n
    assert written._kept.currsize <= 30
