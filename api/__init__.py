"""The top floor: HTTP, the shell, the environment, jobs, sessions."""
