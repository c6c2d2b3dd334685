"""HTTP and WebSocket face of the map: routes, push and the page. Holds no state of its own."""
