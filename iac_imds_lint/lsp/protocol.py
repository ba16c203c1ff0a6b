"""What is done with each message, whatever it is. No nonsense ends the session, and every request has its answer.

Of pygls this uses what is public: the registry of features, the types of messages, and what is sent by them. Its own
features are not used: it would keep a second copy of each document, with other rules of where a line ends.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from enum import Enum, auto
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

import cattrs
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.protocol import LanguageServerProtocol, default_converter

from iac_imds_lint.guard import guarded
from iac_imds_lint.lsp.framing import Garbage

if TYPE_CHECKING:
    from iac_imds_lint.lsp.server import Server

_Errors = types.ErrorCodes


class RequestFailed(JsonRpcException):
    """A request that cannot be answered, by no defect: ``code`` says why to the client, ``data`` what it may do."""


class _Phase(Enum):
    """Language Server Protocol 3.17, "Lifecycle Messages"."""

    FRESH = auto()
    RUNNING = auto()
    DOWN = auto()


class _Invalid(NamedTuple):
    """Why params are not what a method takes."""

    reason: str


class Protocol(LanguageServerProtocol):
    """The server's side of a session."""

    _server: Server

    def __init__(self, server: Server, converter: cattrs.Converter) -> None:
        self._makes = converter
        self._phase = _Phase.FRESH
        self._answering: dict[object, asyncio.Future[Any]] = {}
        self._asked: dict[object, tuple[str, Future[Any]]] = {}
        self._numbers = count(1)
        super().__init__(server, converter)
        self.fm.builtin_features.clear()

    @property
    def is_down(self) -> bool:
        """Whether the client has asked for the end."""
        return self._phase is _Phase.DOWN

    @property
    def is_running(self) -> bool:
        """Whether the client may be told something."""
        return self._phase is _Phase.RUNNING

    def receive(self, content: bytes | Garbage) -> None:
        """Do what a message asks."""
        if isinstance(content, Garbage):
            self._refuse(None, _Errors.ParseError, f"{content.size} bytes were skipped: {content.reason}")
            return
        try:
            message = json.loads(content)
        except ValueError as error:
            self._refuse(None, _Errors.ParseError, f"a message is no JSON: {error}")
            return
        except RecursionError:
            self._refuse(None, _Errors.ParseError, "a message is nested too deeply")
            return
        if isinstance(message, dict) and "method" in message:
            self._call(message)
        elif isinstance(message, dict) and ("result" in message or "error" in message):
            self._answered(message)
        else:
            number = message.get("id") if isinstance(message, dict) else None
            self._refuse(_number(number), _Errors.InvalidRequest, "a message is neither a request nor an answer")

    def _call(self, message: Mapping[str, Any]) -> None:
        number, method = _number(message.get("id")), message["method"]
        if not isinstance(method, str):
            self._refuse(number, _Errors.InvalidRequest, "the method of a message is no text")
        elif "id" not in message:
            self._notified(method, message)
        elif number is None:
            self._refuse(None, _Errors.InvalidRequest, f"the id of a request ({method}) is neither a number nor a text")
        elif (refusal := self._untimely(method)) is not None:
            self._refuse(number, *refusal)
        elif (handler := self._handler(method)) is None:
            self._refuse(number, _Errors.MethodNotFound, f"there is no method {method}")
        elif isinstance(params := self._params(method, message), _Invalid):
            self._refuse(number, _Errors.InvalidParams, f"{method}: {params.reason}")
        else:
            self._begin(number, method, handler, params)

    def _untimely(self, method: str) -> tuple[_Errors, str] | None:
        """Why a request cannot be answered now."""
        match self._phase:
            case _Phase.FRESH if method != types.INITIALIZE:
                return _Errors.ServerNotInitialized, f"{method} came before initialize"
            case _Phase.RUNNING if method == types.INITIALIZE:
                return _Errors.InvalidRequest, "initialize came a second time"
            case _Phase.DOWN:
                return _Errors.InvalidRequest, f"{method} came after shutdown"
            case _:
                return None

    def _begin(self, number: int | str, method: str, handler: Callable[[Any], Any], params: Any) -> None:
        self._server.told.trace(f"Received request '{method} - ({number})'.")
        if method == types.SHUTDOWN:
            self._phase = _Phase.DOWN
        answer = _outcome(handler, params)
        if answer.done():
            self._answer(number, method, answer)
        else:
            self._answering[number] = answer
            answer.add_done_callback(partial(self._answer, number, method))
        if method == types.INITIALIZE and self._phase is _Phase.FRESH and answer.exception() is None:
            self._phase = _Phase.RUNNING

    def _answer(self, number: int | str, method: str, answer: asyncio.Future[Any]) -> None:
        """Send what a handler gives, or why it gives nothing."""
        if self._answering.get(number) is answer:
            del self._answering[number]
        if answer.cancelled():
            self._refuse(number, types.LSPErrorCodes.RequestCancelled, f"{method} was cancelled")
            return
        match answer.exception():
            case None:
                self.reply(number, method, answer.result())
            case JsonRpcException() as refusal:
                self._send_error(number, types.ResponseError(refusal.code, refusal.message, refusal.data))
            case error:
                told = self._server.told.defect(f"answering {method}", error)
                self._send_error(number, types.ResponseError(_Errors.InternalError, told))

    def reply(self, number: int | str, method: str, result: Any) -> None:
        """Answer a request."""
        answer = self.get_result_type(method)
        if answer is None:
            self.send({"jsonrpc": self.VERSION, "id": number, "result": result})
        else:
            self.send(answer(id=number, result=result))

    def _notified(self, method: str, message: Mapping[str, Any]) -> None:
        if method == types.EXIT:
            self._server.end(0 if self.is_down else 1)
        elif not self.is_running:
            self._server.told.debug(f"{method} came before initialize, or after shutdown: it is not heard")
        elif method == types.CANCEL_REQUEST:
            self._cancel(message.get("params"))
        elif (handler := self._handler(method)) is None:
            if not method.startswith("$/"):
                self._server.told.debug(f"nothing is known of a notification {method}")
        elif isinstance(params := self._params(method, message), _Invalid):
            self._server.misheard(method, message.get("params"), params.reason)
        else:
            self._server.told.trace(f"Received notification '{method}'.")
            heard = _outcome(handler, params)
            heard.add_done_callback(partial(self._heard, method))

    def _heard(self, method: str, heard: asyncio.Future[None]) -> None:
        if not heard.cancelled() and (error := heard.exception()) is not None:
            self._server.told.defect(f"what {method} asks for", error)

    def _cancel(self, params: object) -> None:
        number = _number(params.get("id")) if isinstance(params, dict) else None
        if number in self._answering:
            self._answering[number].cancel()

    def _handler(self, method: str) -> Callable[[Any], Any] | None:
        found: Callable[[Any], Any] | None = self.fm.features.get(method)
        return found

    def _params(self, method: str, message: Mapping[str, Any]) -> Any:
        """The params of a message, as its method has them."""
        of = self.get_message_type(method)
        params = message.get("params")
        if of is None or (params is None and method == types.INITIALIZED):
            return params
        whole = {"method": method, "params": params, **({"id": message["id"]} if "id" in message else {})}
        return guarded(lambda: self._makes.structure(whole, of).params, _invalid)

    def _refuse(self, number: int | str | None, code: _Errors | types.LSPErrorCodes, message: str) -> None:
        """Answer with an error, and say it where a person finds it."""
        if code in (_Errors.ParseError, _Errors.InvalidRequest, _Errors.InvalidParams):
            self._server.told.log(f"Refused: {message}", types.MessageType.Warning)
        self._send_error(number, types.ResponseError(int(code), message))

    def _send_error(self, number: int | str | None, error: types.ResponseError) -> None:
        told: dict[str, Any] = {"code": int(error.code), "message": error.message}
        if error.data is not None:
            told["data"] = self._makes.unstructure(error.data)
        self.send({"jsonrpc": self.VERSION, "id": number, "error": told})

    def send(self, message: Any) -> None:
        """Send a message."""
        if self.writer is not None:
            content = json.dumps(self._makes.unstructure(message), separators=(",", ":"))
            self.writer.write(content.encode("ascii"))

    # What the server asks, and the client answers.

    def notify(self, method: str, params: Any = None) -> None:
        """Send a notification, while a session is."""
        if not self.is_running:
            return
        of = self.get_message_type(method)
        self.send(
            of(params=params) if of is not None else {"jsonrpc": self.VERSION, "method": method, "params": params}
        )

    def send_request(
        self,
        method: str,
        params: Any = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: int | str | None = None,
    ) -> Future[Any]:
        """Ask the client, while a session is; what it answers, some time."""
        number = next(self._numbers) if msg_id is None else msg_id
        result: Future[Any] = Future()
        if not self.is_running:
            result.cancel()
            return result
        self._asked[number] = method, result
        if callback is not None:
            result.add_done_callback(lambda done: callback(done.result()))
        of = self.get_message_type(method)
        plain = {"jsonrpc": self.VERSION, "id": number, "method": method, "params": params}
        self.send(of(id=number, params=params) if of is not None else plain)
        return result

    def _answered(self, message: Mapping[str, Any]) -> None:
        method, result = self._asked.pop(_number(message.get("id")), ("", None))
        if result is None or result.done():
            self._server.told.debug("an answer came to nothing that was asked")
        elif "error" in message:
            result.set_exception(_refusal(method, message["error"]))
        else:
            of = self.get_result_type(method)
            whole = {"id": message["id"], "result": message["result"], "jsonrpc": self.VERSION}
            found = guarded(lambda: self._makes.structure(whole, of).result if of else message["result"], _invalid)
            if isinstance(found, _Invalid):
                result.set_exception(RequestFailed(f"{method}: {found.reason}", int(_Errors.InvalidParams)))
            else:
                result.set_result(found)

    def drop(self) -> None:
        """Nobody waits for anything any more."""
        for answer in list(self._answering.values()):
            answer.cancel()
        for _, result in self._asked.values():
            result.cancel()


def converter() -> cattrs.Converter:
    """What makes values of the types of the protocol: a text is a text, and nothing else is taken for one."""
    made: cattrs.Converter = default_converter()  # type: ignore[no-untyped-call]
    made.register_structure_hook(str, _text)
    return made


def _text(value: Any, _: type[str]) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value


def _outcome(handler: Callable[[Any], Any], params: Any) -> asyncio.Future[Any]:
    """What a handler gives, now or later."""
    loop = asyncio.get_running_loop()
    if asyncio.iscoroutinefunction(handler):
        return loop.create_task(handler(params))
    done: asyncio.Future[Any] = loop.create_future()
    guarded(lambda: done.set_result(handler(params)), done.set_exception)
    return done


def _number(value: Any) -> int | str | None:
    """The id of a request; None where it is none (JSON-RPC 2.0, "Request object")."""
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) else None


def _invalid(error: Exception) -> _Invalid:
    reasons = cattrs.transform_error(error) if isinstance(error, cattrs.BaseValidationError) else [str(error)]
    return _Invalid("; ".join(reasons))


def _refusal(method: str, error: Any) -> RequestFailed:
    code, message = (error.get("code"), error.get("message")) if isinstance(error, dict) else (None, None)
    return RequestFailed(f"{method}: {message}", code if isinstance(code, int) else int(_Errors.UnknownErrorCode))
