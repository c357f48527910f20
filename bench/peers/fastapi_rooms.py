# Peer: FastAPI with a connection manager: a list of sockets for each room, a loop, an await for each send.
# uvicorn fastapi_rooms:app
import itertools
import json
from collections import defaultdict
from datetime import datetime, timezone

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()
serial = itertools.count(1)


def chat_message(username, message, seq, room):
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "type": "message",
        "username": username,
        "message": message,
        "timestamp": now,
        "id": f"{next(serial):016d}",
        "seq": seq,
        "room": room,
    }


class ConnectionManager:
    def __init__(self):
        self.rooms = defaultdict(list)
        self.seqs = defaultdict(int)

    async def connect(self, room, socket):
        await socket.accept()
        self.rooms[room].append(socket)

    def disconnect(self, room, socket):
        self.rooms[room].remove(socket)

    async def broadcast(self, room, username, message):
        self.seqs[room] += 1
        body = chat_message(username, message, self.seqs[room], room)
        text = json.dumps(body, separators=(",", ":"))
        for socket in self.rooms[room]:
            await socket.send_text(text)


manager = ConnectionManager()


@app.websocket("/ws")
async def echo(socket: WebSocket):
    await socket.accept()
    try:
        while True:
            await socket.send_text(f"Echo: {await socket.receive_text()}")
    except WebSocketDisconnect:
        pass


@app.websocket("/ws/chat/{username}")
async def chat(socket: WebSocket, username: str, room: str = "lobby"):
    await manager.connect(room, socket)
    try:
        while True:
            body = json.loads(await socket.receive_text())
            await manager.broadcast(room, username, body["message"])
    except WebSocketDisconnect:
        manager.disconnect(room, socket)
