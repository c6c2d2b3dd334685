"""Messages of the websocket, one channel a file."""
