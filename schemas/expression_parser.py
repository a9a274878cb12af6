"""Parses the text of an expression with sqlglot and refuses whatever is not on two short lists, of tokens and of nodes.

The tokenizer knows no words but those of ``_Tokenizer``: all others are names, whatever they mean in SQL, and so
``float`` and ``open`` are metrics.
"""

import re
from collections.abc import Collection, Iterator
from difflib import get_close_matches
from typing import ClassVar, Final

from sqlglot import exp
from sqlglot.errors import ParseError, TokenError
from sqlglot.parser import Parser
from sqlglot.tokenizer_core import Token, TokenType
from sqlglot.tokens import Tokenizer

from schemas.expression_error import ErrorCode, ExpressionError

LENGTH: Final = 2_000
"""Characters of a text, and of its normal form, at most."""
NESTING: Final = 20
"""Parentheses within one another at most: sqlglot takes twenty calls for each, and Python allows a thousand in all."""
DEPTH: Final = 50
"""Operations within one another at most; chains of AND and of OR count once."""

_LEAF: Final = frozenset({"this"})
_PAIR: Final = frozenset({"this", "expression"})
NODES: Final[dict[type[exp.Expr], frozenset[str]]] = {
    **dict.fromkeys((exp.Column, exp.Literal, exp.Paren, exp.Not, exp.Neg, exp.Abs), _LEAF),
    **dict.fromkeys((exp.And, exp.Or, exp.Is, exp.Add, exp.Sub, exp.Mul, exp.Div), _PAIR),
    **dict.fromkeys((exp.LT, exp.LTE, exp.GT, exp.GTE, exp.EQ, exp.NEQ), _PAIR),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.In: frozenset({"this", "expressions"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Null: frozenset(),
}
"""The nodes a tree may have, and what each may say: a column has no table, a list is no query."""


class _Tokenizer(Tokenizer):
    """Numbers, names, and the few words and signs of an expression."""

    KEYWORDS: ClassVar = {
        "AND": TokenType.AND,
        "OR": TokenType.OR,
        "NOT": TokenType.NOT,
        "BETWEEN": TokenType.BETWEEN,
        "IN": TokenType.IN,
        "IS": TokenType.IS,
        "NULL": TokenType.NULL,
        "<=": TokenType.LTE,
        ">=": TokenType.GTE,
        "<>": TokenType.NEQ,
        "!=": TokenType.NEQ,
        "==": TokenType.EQ,
    }
    COMMENTS: ClassVar = []
    COMMANDS: ClassVar = set()


_TOKENS: Final = frozenset(
    {
        *_Tokenizer.KEYWORDS.values(),
        *(TokenType.NUMBER, TokenType.VAR, TokenType.IDENTIFIER),
        *(TokenType.LT, TokenType.GT, TokenType.PLUS, TokenType.DASH, TokenType.STAR, TokenType.SLASH),
        *(TokenType.L_PAREN, TokenType.R_PAREN, TokenType.COMMA, TokenType.DOT),
    }
)


def parse(text: str, columns: Collection[str]) -> exp.Expr:
    """Return the tree of ``text``, made of ``NODES`` alone; raise ``ExpressionError`` if it is none.

    Names are spelled as in ``columns``, which they must be among (in upper case or lower).
    """
    if len(text) > LENGTH:
        message = f"an expression has {LENGTH:,} characters at most, this one {len(text):,}"
        raise ExpressionError(ErrorCode.TOO_LONG, message, position=LENGTH)
    tokens = _tokens(text)
    _refuse_nesting(tokens)
    tree = _tree(tokens, text)
    for node in _within(tree):
        _refuse_node(node)
        if isinstance(node, exp.Column):
            _resolve(node.this, columns)
    return tree


def _tokens(text: str) -> list[Token]:
    try:
        tokens = _Tokenizer().tokenize(text)
    except TokenError as problem:
        raise ExpressionError(ErrorCode.SYNTAX, f"the text cannot be read: {problem}") from None
    if not tokens:
        raise ExpressionError(ErrorCode.SYNTAX, "the expression is empty", position=0)
    for token in tokens:
        if token.token_type not in _TOKENS or token.comments:
            found = "a comment" if token.comments else text[token.start : token.end + 1]
            message = f"{found} has no place in an expression"
            raise ExpressionError(ErrorCode.NOT_ALLOWED, message, value=found, position=token.start)
    return tokens


def _refuse_nesting(tokens: list[Token]) -> None:
    open_now = 0
    for token in tokens:
        open_now += (token.token_type is TokenType.L_PAREN) - (token.token_type is TokenType.R_PAREN)
        if open_now > NESTING:
            message = f"parentheses stand within one another {NESTING} deep at most"
            raise ExpressionError(ErrorCode.TOO_DEEP, message, position=token.start)


def _tree(tokens: list[Token], text: str) -> exp.Expr:
    try:
        (tree,) = Parser(error_message_context=LENGTH).parse_into(exp.Condition, tokens, text)
    except ParseError as problem:
        raise _syntax(problem) from None
    except RecursionError:
        raise ExpressionError(ErrorCode.TOO_DEEP, "the expression is nested too deeply") from None
    if tree is None:
        raise ExpressionError(ErrorCode.SYNTAX, "the expression is empty", position=0)
    return tree


def _syntax(problem: ParseError) -> ExpressionError:
    """Return what sqlglot found, without its names for things where it uses any."""
    first = problem.errors[0]
    near = first["highlight"] or None
    where = f"near {near!r}" if near else "at the end"
    missing = "something is missing" if "missing" in first["description"] else "the text makes no sense"
    return ExpressionError(ErrorCode.SYNTAX, f"{missing} {where}", value=near, position=len(first["start_context"]))


def _within(tree: exp.Expr) -> Iterator[exp.Expr]:
    """Yield every node from left to right; raise ``ExpressionError`` where they stand too deep."""
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        if depth > DEPTH:
            raise ExpressionError(ErrorCode.TOO_DEEP, f"operations stand within one another {DEPTH} deep at most")
        yield node
        chain = type(node) if isinstance(node, exp.Connector) else None
        waiting += [(child, depth + (type(child) is not chain)) for child in node.iter_expressions(reverse=True)]


def _refuse_node(node: exp.Expr) -> None:
    """Raise ``ExpressionError`` for a node that is not on the list, or says more than the list has."""
    said = {name for name, value in node.args.items() if value}
    if type(node) not in NODES or not said <= NODES[type(node)]:
        found = _in_words(node)
        message = f"{found}{', used like this,' if type(node) in NODES else ''} has no place in an expression"
        raise ExpressionError(ErrorCode.NOT_ALLOWED, message, value=found, position=_position(node))
    if isinstance(node, exp.Is) and not isinstance(node.expression, exp.Null):
        message = "after IS comes NULL or NOT NULL"
        raise ExpressionError(
            ErrorCode.NOT_ALLOWED, message, value=_in_words(node.expression), position=_position(node)
        )
    if isinstance(node, exp.In) and not node.expressions:
        raise ExpressionError(ErrorCode.SYNTAX, "IN needs a list in parentheses", position=_position(node))


def _in_words(node: exp.Expr) -> str:
    """Return what a node is: ``the function sqrt``, ``at time zone``."""
    if isinstance(node, exp.Func):
        return f"the function {node.name if isinstance(node, exp.Anonymous) else node.sql_name()}".lower()
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(node).__name__).lower()


def _position(node: exp.Expr) -> int | None:
    """Return where the first name in a node stands; sqlglot keeps the place of names alone."""
    name = node.find(exp.Identifier, bfs=False)
    return name.meta.get("start") if name else None


def _resolve(name: exp.Identifier, columns: Collection[str]) -> None:
    """Spell a name as the columns do; raise ``ExpressionError`` if it is none of them."""
    given = name.name
    known = given.lower()
    if known not in columns:
        near = tuple(get_close_matches(known, columns, n=3))
        meant = f"; did you mean {' or '.join(near)}?" if near else ""
        message = f"there is no metric {given}{meant}"
        raise ExpressionError(ErrorCode.UNKNOWN_NAME, message, value=given, position=_position(name), near=near)
    name.set("this", known)
    name.set("quoted", False)  # noqa: FBT003 (sqlglot's argument)
