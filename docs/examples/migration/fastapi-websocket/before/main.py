"""A shop with a chat, by FastAPI's tutorial: uvicorn main:app --port PORT"""
import json

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

app = FastAPI()


class ConnectionManager:
    def __init__(self):
        self.people = {}

    async def connect(self, username, socket):
        await socket.accept()
        self.people[username] = socket
        count = len(self.people)
        await socket.send_json({"type": "system", "event": "welcome", "username": username, "connected_count": count})
        await self.notice("join", username)

    async def disconnect(self, username):
        del self.people[username]
        await self.notice("leave", username)

    async def notice(self, event, username):
        body = {"type": "system", "event": event, "username": username, "connected_count": len(self.people)}
        for name, socket in self.people.items():
            if name != username:
                await socket.send_json(body)

    async def broadcast(self, username, message):
        for socket in self.people.values():
            await socket.send_json({"type": "message", "username": username, "message": message})

    async def private(self, username, target, message):
        await self.people[target].send_json({"type": "private", "from": username, "message": message})
        await self.people[username].send_json({"type": "confirmation", "target_user": target})


manager = ConnectionManager()


@app.websocket("/ws/chat/{username}")
async def chat(socket: WebSocket, username: str):
    await manager.connect(username, socket)
    try:
        while True:
            body = json.loads(await socket.receive_text())
            if "target_user" in body:
                await manager.private(username, body["target_user"], body["message"])
            else:
                await manager.broadcast(username, body["message"])
    except WebSocketDisconnect:
        await manager.disconnect(username)


@app.post("/announce")
async def announce(body: dict):
    """A part of the shop that is no socket, and says something in the room."""
    await manager.broadcast("shop", body["message"])
    return {"announced": True}
