"""The stand-in Asana: an in-memory tenant behind the documented wire format."""
