"""Every error that a person is told about in one line; a component's edge catches ``TickerboardError`` and exits."""


class TickerboardError(Exception):
    """Base of every error that the project raises on purpose; its text is fit to be shown to a person."""


class ServiceError(TickerboardError):
    """An embedded service cannot start or has stopped."""


class PortTakenError(ServiceError):
    """The port asked for is in use."""


class FolderError(ServiceError):
    """The folder for a service's data cannot be written or its disk is full."""


class DownloadError(ServiceError):
    """Kafka's jars are not in the local cache and cannot be downloaded."""


class ServiceDiedError(ServiceError):
    """The service's process ended by itself; the text ends with the last lines of its log."""


class ServiceSilentError(ServiceError):
    """The service's process runs, but did not answer in time."""


class TopicError(TickerboardError):
    """A topic differs from what is wanted, or the broker refuses to create it."""
