"""Runs one command for as long as its parent lives; started as a script, before any package is importable.

    python -I -S supervisor.py GRACE_SECONDS FOLDER_TO_REMOVE COMMAND…

The parent holds the other end of standard input, so its death, however it comes (kill -9 included), is an end of file
here: the command is then asked to stop, killed after the grace, and the folder removed (an empty name: none). To stop
the command on purpose, the parent closes that end. A command that ends by itself leaves its folder, with what it logged
there. The command's process id is the only line on standard output, and the command's exit status is ours.
"""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1
NOT_STARTED = 127


def die_with_supervisor() -> None:
    """Ask Linux to kill this process when the supervisor dies, which covers a kill -9 of the supervisor itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stop_at_end_of_input(child: subprocess.Popen[bytes], grace_seconds: float, parent_left: threading.Event) -> None:
    """Wait for the parent's end of the pipe to close, then say so and end the child."""
    while sys.stdin.buffer.read(1):
        pass
    parent_left.set()
    if grace_seconds > 0:
        child.terminate()
        try:
            child.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            pass
        else:
            return
    child.kill()


def main(grace_seconds: str, folder: str, *command: str) -> int:
    """Run the command and return its exit status."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=_prepare,  # noqa: PLW1509 - there is one thread here so far
        )
    except OSError as error:
        sys.stderr.write(f"{command[0]}: {error.strerror}\n")
        return NOT_STARTED
    sys.stdout.write(f"{child.pid}\n")
    sys.stdout.flush()
    sys.stdout.close()
    parent_left = threading.Event()
    arguments = (child, float(grace_seconds), parent_left)
    threading.Thread(target=stop_at_end_of_input, args=arguments, daemon=True).start()
    status = child.wait()
    if folder and parent_left.is_set():
        shutil.rmtree(folder, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _prepare() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    die_with_supervisor()


if __name__ == "__main__":
    # Not sys.exit: the thread that reads standard input may hold its lock.
    code = main(*sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)
