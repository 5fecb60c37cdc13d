"""Files of messages over sockets."""

from reznet.core.config import Settings
from reznet.core.database import Database
from tests.support.files import store_file
from tests.support.sockets import workspace


async def test_a_message_is_sent_with_its_files_and_told_with_them(
    settings: Settings, database: Database
) -> None:
    async with workspace(settings, database) as running:
        channel = await running.channel()
        file = await store_file(database, settings.data_path, channel.id)
        sender, listener = await running.connect(), await running.connect()
        await listener.join(channel)
        body = {"channel_id": str(channel.id), "content": "", "file_ids": [str(file.id)]}
        ack = await sender.call("send_message", body)
        assert ack["ok"], ack
        assert [found["id"] for found in ack["message"]["files"]] == [str(file.id)]
        await listener.until(lambda: listener.of("message_sent"))
        (told,) = listener.of("message_sent")
        assert told["message"]["files"] == [file.model_dump(mode="json")]
        refused = await sender.call("send_message", body)
        assert refused["error"]["code"] == "file_attached"
        blank = await sender.call("send_message", {"channel_id": str(channel.id), "content": " "})
        assert blank["error"]["errors"][0]["field"] == "content"
