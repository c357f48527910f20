"""Two people in the shop's chat, with plain WebSockets: python3 client.py http://SHOP:PORT ws://ROOMFUL:PORT"""
import asyncio
import json
import sys
from urllib.request import Request, urlopen

import websockets

SHOP, ROOMFUL = sys.argv[1:]


def fetch(path, data=None):
    body = None if data is None else json.dumps(data).encode()
    with urlopen(Request(f"{SHOP}{path}", body, {"content-type": "application/json"}), timeout=30) as answer:
        return json.load(answer)


class Person:
    @classmethod
    async def enter(cls, username, room):
        self = cls()
        self.username = username
        token = fetch(f"/token?username={username}")["token"]
        headers = {"authorization": f"Bearer {token}"}
        self.socket = await websockets.connect(f"{ROOMFUL}/ws/chat/{username}?room={room}", extra_headers=headers)
        await self.hear("system", "welcome")
        return self

    async def hear(self, kind, event=None):
        while True:
            frame = json.loads(await asyncio.wait_for(self.socket.recv(), 30))
            if frame["type"] == kind and event in (None, frame.get("event")):
                return frame

    async def say(self, message, **more):
        await self.socket.send(json.dumps({"message": message, **more}))


async def main():
    alice = await Person.enter("Alice", "garden")
    bob = await Person.enter("Bob", "garden")
    print("Alice hears:", (await alice.hear("system", "join"))["username"], "joined")

    await alice.say("Hello")
    for person in (alice, bob):
        said = await person.hear("message")
        print(f"{person.username} reads: {said['username']}: {said['message']}")

    await bob.say("psst", target_user="Alice")
    secret = await alice.hear("private")
    print(f"Alice alone reads: {secret['from']}: {secret['message']}")

    fetch("/announce", {"room": "garden", "message": "We close at six"})
    said = await bob.hear("message")
    print(f"Bob reads: {said['username']}: {said['message']}")

    await bob.socket.close()
    print("Alice hears:", (await alice.hear("system", "leave"))["username"], "left")
    await alice.socket.close()


asyncio.run(main())
