"""Names and origins that the settings add."""

import uuid

from reznet.core.config import Settings
from tests.support.app import running


async def test_further_names_are_taken_from_the_settings(settings: Settings) -> None:
    named = settings.model_copy(update={"allowed_hosts": ("reznet.lan",)})
    async with running(named, base_url="http://reznet.lan") as app:
        assert (await app.http.get("/api/health")).status_code == 200


async def test_origins_of_the_settings_may_act_and_read(settings: Settings) -> None:
    open_to = settings.model_copy(update={"allowed_origins": ("https://ui.example",)})
    headers = {"Origin": "https://ui.example"}
    async with running(open_to) as app:
        made = await app.http.post(
            "/api/channels", json={"name": uuid.uuid4().hex}, headers=headers
        )
        asked = await app.http.options(
            "/api/channels", headers={**headers, "Access-Control-Request-Method": "PUT"}
        )
        other = await app.http.get("/api/channels", headers={"Origin": "https://evil.example"})
    assert made.status_code == 201
    assert made.headers["access-control-allow-origin"] == "https://ui.example"
    assert asked.status_code == 200
    assert "access-control-allow-origin" not in other.headers
