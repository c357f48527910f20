"""An independent client: drives every endpoint with the websockets library and prints what it saw, one JSON line a step."""

import asyncio
import json
import sys

from websockets.client import connect

BASE = sys.argv[1]


def show(step, value):
    print(json.dumps({"step": step, "value": value}, ensure_ascii=False), flush=True)


async def receive(socket, kind=None):
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
        if kind is None or frame["type"] == kind:
            return frame


async def echo():
    async with connect(f"{BASE}/ws") as socket:
        await socket.send("你好")
        show("echo text", await socket.recv())
        await socket.send(bytes([0, 255, 128]))
        show("echo binary", list(await socket.recv()))
        await socket.send(["in ", "three ", "pieces"])
        show("echo pieces", await socket.recv())
        pong = await socket.ping()
        await asyncio.wait_for(pong, 10)
        show("echo pong", True)
    show("echo close", socket.close_code)


async def chat():
    async with connect(f"{BASE}/ws/chat/Bob") as bob, connect(f"{BASE}/ws/chat") as guest:
        show("welcome named", await receive(bob))
        show("welcome anonymous", await receive(guest))
        show("join", await receive(bob, "system"))
        async with connect(f"{BASE}/ws/chat/%E5%B0%8F%E6%98%8E/heartbeat") as ming:
            show("welcome heartbeat", await receive(ming))
            await ming.send(json.dumps({"message": "大家好"}))
            show("message", await receive(bob, "message"))
            show("message to guest", await receive(guest, "message"))
            await guest.send(json.dumps({"type": "message", "message": "hi", "username": "Py"}))
            show("message of guest", await receive(bob, "message"))
            await ming.send(json.dumps({"message": "psst", "target_user": "Bob"}))
            show("confirmation", await receive(ming, "confirmation"))
            show("private", await receive(bob, "private"))
            await ming.send(json.dumps({"type": "heartbeat"}))
            show("heartbeat_ack", await receive(ming, "heartbeat_ack"))
            show("ping", await receive(ming, "ping"))
            await ming.send(json.dumps({"type": "pong"}))
            await ming.send(json.dumps({"type": "status"}))
            show("status", await receive(ming, "status"))
            await ming.send("no JSON")
            show("error", await receive(ming, "error"))
        show("leave", await receive(bob, "system"))


asyncio.run(echo())
asyncio.run(chat())
