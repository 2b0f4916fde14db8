"""A service that describes a list of numbers: POST /describe with a JSON array."""

import os
import statistics

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def answer(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")


async def health(_: Request) -> Response:
    return answer({"ok": True})


async def describe(request: Request) -> Response:
    try:
        numbers = orjson.loads(await request.body())
        return answer({
            "count": len(numbers),
            "mean": statistics.fmean(numbers),
            "median": statistics.median(numbers),
            "deviation": statistics.pstdev(numbers),
        })
    except (ValueError, TypeError) as problem:  # orjson's and statistics' own errors are ValueErrors
        return answer({"error": str(problem)}, 400)


app = Starlette(routes=[Route("/health", health), Route("/describe", describe, methods=["POST"])])

if __name__ == "__main__":
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", "8080")))
