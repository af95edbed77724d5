"""Pure renderings of a message: no socket, no file, no clock."""
