"""Two people in the shop's chat, before and after: python3 client.py http://SHOP:PORT ws://CHAT:PORT"""
import asyncio
import json
import sys
from urllib.request import Request, urlopen

import websockets

SHOP, CHAT = sys.argv[1:]


async def hear(socket, kind, event=None):
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 30))
        if frame["type"] == kind and event in (None, frame.get("event")):
            return frame


async def main():
    alice = await websockets.connect(f"{CHAT}/ws/chat/Alice")
    print("Alice is one of", (await hear(alice, "system", "welcome"))["connected_count"])
    bob = await websockets.connect(f"{CHAT}/ws/chat/Bob")
    print("Bob is one of", (await hear(bob, "system", "welcome"))["connected_count"])
    print("Alice hears:", (await hear(alice, "system", "join"))["username"], "joined")

    await alice.send(json.dumps({"message": "Hello"}))
    for name, socket in (("Alice", alice), ("Bob", bob)):
        said = await hear(socket, "message")
        print(f"{name} reads: {said['username']}: {said['message']}")

    await bob.send(json.dumps({"message": "psst", "target_user": "Alice"}))
    secret = await hear(alice, "private")
    print(f"Alice alone reads: {secret['from']}: {secret['message']}")
    print("Bob is told that it was sent to", (await hear(bob, "confirmation"))["target_user"])

    body = json.dumps({"message": "We close at six"}).encode()
    urlopen(Request(f"{SHOP}/announce", body, {"content-type": "application/json"}), timeout=30).close()
    said = await hear(bob, "message")
    print(f"Bob reads: {said['username']}: {said['message']}")

    await bob.close()
    print("Alice hears:", (await hear(alice, "system", "leave"))["username"], "left")
    await alice.close()


asyncio.run(main())
