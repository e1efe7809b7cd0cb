"""CheckNewVersions: reads a manifest of game versions and tells people what was not there before."""

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar
from sqlalchemy import Connection, insert, select

from orario import Context, Said
from orario.apps.gamehost import letters, mails
from orario.apps.gamehost.desk import desk, now, result, words
from orario.apps.gamehost.failures import RunFailed, in_words
from orario.apps.gamehost.tables import versions

Manifest = dict[str, list[str]]  # the versions of each game

_SECONDS = 60
_LARGEST = 16 * 1024 * 1024
_LONGEST = 100
_NAMED = 20
_MOJANG = "minecraft"


async def check_new_versions(context: Context) -> dict[str, Any]:
    """Check for new game versions in the manifest at ORARIO_GAMEHOST_VERSIONS_URL, and tell what is new."""
    url = desk.settings.versions_url
    if url is None:
        context.info("Job started, processing 0 games", totalGames=0)
        context.info("The manifest is not configured: set ORARIO_GAMEHOST_VERSIONS_URL")
        context.info("Job completed successfully", totalProcessed=0, totalGames=0)
        return result(context)
    manifest = parsed(await _read(url))
    context.progress.expect(len(manifest))
    context.info(f"Job started, processing {words(len(manifest), 'game')}", totalGames=len(manifest))
    found = await context.services.database.transact(_learn, context, manifest)
    for game, new in found.items():
        context.info(f"New versions of {game}: {', '.join(new[:20])}", game=game, versions=new[:200], count=len(new))
    context.progress.advance(len(manifest))
    context.note(newVersions={game: new[:50] for game, new in list(found.items())[:100]})
    figures = result(context)
    context.info("Job completed successfully", totalProcessed=figures["processed"], totalGames=figures["total"])
    return {**figures, "new": {game: new[:200] for game, new in found.items()}}


async def _read(url: str) -> bytes:
    said = f"manifest {url.partition('?')[0]}"
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=_SECONDS), cookie_jar=DummyCookieJar()) as session,
            session.get(url) as response,
        ):
            if response.status != 200:
                raise RunFailed(f"{said}: {in_words(response.status, response.reason)}")
            body = bytearray()
            async for chunk in response.content.iter_any():
                body += chunk
                if len(body) > _LARGEST:
                    raise RunFailed(f"{said}: it is larger than {_LARGEST} bytes")
            return bytes(body)
    except TimeoutError:
        raise RunFailed(f"{said}: no answer within {_SECONDS} s") from None
    except (ClientError, OSError) as error:
        raise RunFailed(f"{said}: {error or type(error).__name__}") from None


def parsed(body: bytes) -> Manifest:
    """`{"games": {"valheim": ["0.219"]}}`, the same without `games`, or Mojang's manifest of Minecraft."""
    try:
        found = json.loads(body)
        if isinstance(found, Mapping) and isinstance(found.get("versions"), list):
            return {_MOJANG: _texts([one["id"] for one in found["versions"]])}
        games = found.get("games", found)
        return {_text(game): _texts([one] if isinstance(one, str) else one) for game, one in games.items()}
    except (ValueError, AttributeError, KeyError, TypeError):
        raise RunFailed("the manifest is not of a form that is known; see the README of gamehost") from None


def _texts(found: list[Any]) -> list[str]:
    return list(dict.fromkeys(_text(one) for one in found))


def _text(found: Any) -> str:
    if not isinstance(found, str) or not 0 < len(found) <= _LONGEST or not found.isprintable():
        raise ValueError
    return found


def _learn(connection: Connection, context: Context, manifest: Manifest) -> Manifest:
    """Remember what is new. Of a game that was never seen everything is known from now on, and nothing is news.

    It is told in the same transaction: what a killed run has learned it has told, too.
    """
    at = now(context)
    known: dict[str, set[str]] = {}
    for game, version in connection.execute(select(versions.c.game, versions.c.version)):
        known.setdefault(game, set()).add(version)
    fresh = {game: [one for one in all if one not in known.get(game, ())] for game, all in manifest.items()}
    rows = [{"game": game, "version": one, "seen_at": at} for game, some in fresh.items() for one in some]
    if rows:
        connection.execute(insert(versions), rows)
    news = {game: some for game, some in fresh.items() if some and game in known}
    if news:
        _tell(connection, context, news)
    return news


def _tell(connection: Connection, context: Context, news: Manifest) -> None:
    """As a notice, and by mail to whoever the settings name."""
    names = ", ".join(list(news)[:_NAMED])
    details = {game: ", ".join(some[:_NAMED]) for game, some in list(news.items())[:_NAMED]}
    context.services.news.tell(
        connection,
        Said(
            app="gamehost",
            about=f"versions:{context.execution_id}",
            sentence=f"There are new versions of {names}.",
            severity="info",
            details=details,
            execution_id=context.execution_id,
        ),
    )
    if (to := desk.settings.versions_mail_to) is not None:
        mails.queue(connection, [letters.new_versions(news, to)], now(context))
