"""Two people in the shop's chat, with python-socketio: python3 client.py http://127.0.0.1:PORT"""
import queue
import sys

import requests
import socketio

SHOP = sys.argv[1]


class Person:
    def __init__(self, username, room):
        self.username = username
        self.events = queue.Queue()
        self.socket = socketio.Client()
        for event in ("joined", "left", "message", "private"):
            self.socket.on(event, lambda data, event=event: self.events.put((event, data)))
        self.socket.connect(SHOP)
        self.socket.emit("join", {"username": username, "room": room})

    def hear(self, event):
        while True:
            kind, data = self.events.get(timeout=30)
            if kind == event:
                return data


alice = Person("Alice", "garden")
bob = Person("Bob", "garden")
print("Alice hears:", alice.hear("joined")["username"], "joined")

alice.socket.emit("message", {"message": "Hello"})
for person in (alice, bob):
    said = person.hear("message")
    print(f"{person.username} reads: {said['username']}: {said['message']}")

bob.socket.emit("private", {"to": "Alice", "message": "psst"})
secret = alice.hear("private")
print(f"Alice alone reads: {secret['from']}: {secret['message']}")

requests.post(f"{SHOP}/announce", json={"room": "garden", "message": "We close at six"}, timeout=30)
said = bob.hear("message")
print(f"Bob reads: {said['username']}: {said['message']}")

bob.socket.disconnect()
print("Alice hears:", alice.hear("left")["username"], "left")
alice.socket.disconnect()
