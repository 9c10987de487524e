"""What servicing does, each in its caller's transaction unless it says otherwise."""
