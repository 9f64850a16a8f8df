"""What people see of Earshot: digests, alerts, and the ways by which they leave. Pure but for the transports."""
