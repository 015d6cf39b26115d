from __future__ import annotations

import pytest
from function_samples import function

from qarepo_graph.llm.backend import Backend, Fault, Request
from qarepo_graph.offline import OfflineBackend
from qarepo_graph.schema import DescribeInputs, Description, JudgeInputs, Judgement, ParaphraseInputs, Questions

SAMPLE = function("def sample(a):\n    return a", parameters="a")
DESCRIPTION = Description(description="`sample` gives `a` back.", logic_steps=[{"text": "Return.", "start_line": 2, "end_line": 2}])  # type: ignore[list-item]  # pydantic builds it  # fmt: skip  # noqa: E501


async def test_replies_are_json_of_the_schema_with_no_tokens_spent():
    backend: Backend = OfflineBackend()
    await backend.check()
    request = Request(
        name="describe", messages=(), output=Description, inputs=DescribeInputs(function=SAMPLE, language="en")
    )
    reply, again = await backend.ask(request), await backend.ask(request)
    assert Description.model_validate_json(reply.text).logic_steps[0].text == "Return `a`."
    assert (reply.method, reply.model, reply.exhausted) == ("rules", "offline:rules", False)
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens, reply.usage.estimated) == (0, 0, True)
    assert reply == again
    assert (backend.spec, backend.host) == ("offline:rules", "")


async def test_fewer_wordings_than_asked_are_marked_as_all_there_are():
    inputs = ParaphraseInputs(function=SAMPLE, description=DESCRIPTION, language="en", count=500)
    reply = await OfflineBackend().ask(Request(name="p", messages=(), output=Questions, inputs=inputs))
    assert reply.exhausted
    assert len(Questions.model_validate_json(reply.text).questions) < 500


async def test_it_does_not_judge():
    inputs = JudgeInputs(functions=(SAMPLE,), question="?", answer=DESCRIPTION, language="en")
    with pytest.raises(Fault) as raised:
        await OfflineBackend().ask(Request(name="j", messages=(), output=Judgement, inputs=inputs))
    assert (raised.value.action, raised.value.code) == ("item", "unsupported")
