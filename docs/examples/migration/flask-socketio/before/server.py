"""A shop with a chat, on Flask-SocketIO: python3 server.py PORT"""
import sys

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room

app = Flask(__name__)
socketio = SocketIO(app, async_mode="threading")
people = {}


@socketio.on("join")
def join(data):
    people[request.sid] = (data["username"], data["room"])
    join_room(data["room"])
    emit("joined", {"username": data["username"]}, to=data["room"], include_self=False)


@socketio.on("message")
def message(data):
    username, room = people[request.sid]
    emit("message", {"username": username, "message": data["message"]}, to=room)


@socketio.on("private")
def private(data):
    username, _ = people[request.sid]
    for sid, (name, _) in people.items():
        if name == data["to"]:
            emit("private", {"from": username, "message": data["message"]}, to=sid)


@socketio.on("disconnect")
def disconnect():
    username, room = people.pop(request.sid, (None, None))
    emit("left", {"username": username}, to=room)


@app.post("/announce")
def announce():
    """A part of the shop that is no socket, and says something in a room."""
    data = request.get_json()
    socketio.emit("message", {"username": "shop", "message": data["message"]}, to=data["room"])
    return {"announced": True}


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), allow_unsafe_werkzeug=True)
