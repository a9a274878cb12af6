"""The gateway: reads Redis, never Kafka; pushes boards and symbols over WebSockets; serves REST and the page."""
