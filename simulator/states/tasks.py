"""One call of a task: translated, checked as AWS checks it, answered, and translated back."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from builder.sdk_names import Action, Mismatch, UnknownName, action
from simulator.states.account import Account, Refusal
from simulator.states.clock import Clock
from simulator.states.errors import TIMEOUT, Mistake, StateError
from simulator.states.outcome import Call


def perform(
    account: Account,
    clock: Clock,
    resource: str,
    arguments: Any,
    *,
    state: str,
    timeout: int | None,
    record: Callable[[Call], None],
) -> Any:
    """The result of a task in AWS's spelling. Raises StateError as AWS names it, Mistake for what AWS would refuse.

    `timeout` in seconds counts what an answering function lets pass on the clock.
    """
    try:
        called = action(resource)
        parameters = called.request(_invocation(arguments) if called.optimized else arguments)
    except (UnknownName, Mismatch) as error:
        raise Mistake(f"{state}: {error}") from error
    at = clock.now
    failure = None
    result: Any = None
    try:
        answer = account.answer(called, parameters)
        result = _invoked(answer) if called.optimized else called.response(answer)
    except Refusal as refusal:
        failure = _error(called, refusal)
    except Mismatch as error:
        raise Mistake(f"{state}: the script's answer is none of AWS's: {error}") from error
    except StateError as error:
        failure = error
    if timeout is not None and (clock.now - at).total_seconds() > timeout:
        failure = StateError(TIMEOUT)
    record(Call(action=called.name, parameters=parameters, state=state, at=at, error=failure.name if failure else None))
    if failure is not None:
        raise failure
    return result


def _error(called: Action, refusal: Refusal) -> StateError:
    cause = f"{refusal.message} (Service: {called.prefix}, Status Code: {refusal.status}, Request ID: {'0' * 8})"
    return StateError(called.error_name(refusal.code), cause)


def _invocation(arguments: Any) -> Any:
    """lambda:invoke takes a payload of any JSON."""
    if isinstance(arguments, Mapping) and "Payload" in arguments:
        return {**arguments, "Payload": json.dumps(arguments["Payload"]).encode()}
    return arguments


def _invoked(answer: Mapping[str, Any]) -> dict[str, Any]:
    """What lambda:invoke gives: the payload as JSON; an error of the function is the task's."""
    payload = answer.get("Payload", b"null")
    content = payload.read() if hasattr(payload, "read") else payload
    text = content.decode() if isinstance(content, bytes) else str(content)
    parsed = json.loads(text or "null")
    if answer.get("FunctionError"):
        raise StateError(str((parsed or {}).get("errorType", "Exception")), text)
    known = {name: answer[name] for name in ("ExecutedVersion", "StatusCode") if name in answer}
    return {**known, "Payload": parsed}
