# Peer: Flask-SocketIO with a room, on gevent. python3 flask_rooms.py PORT
import itertools
import sys
from collections import defaultdict
from datetime import datetime, timezone

from flask import Flask, request
from flask_socketio import SocketIO, emit, join_room

HOUR = 3600

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", ping_interval=HOUR, ping_timeout=HOUR)
serial = itertools.count(1)
seqs = defaultdict(int)
seats = {}


@socketio.on("connect")
def connect(auth):
    seats[request.sid] = auth
    join_room(auth["room"])


@socketio.on("disconnect")
def disconnect():
    seats.pop(request.sid, None)


@socketio.on("message")
def message(body):
    seat = seats[request.sid]
    room = seat["room"]
    seqs[room] += 1
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    out = {
        "type": "message",
        "username": seat["user"],
        "message": body["message"],
        "timestamp": now,
        "id": f"{next(serial):016d}",
        "seq": seqs[room],
        "room": room,
    }
    emit("message", out, to=room)


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_output=False)
