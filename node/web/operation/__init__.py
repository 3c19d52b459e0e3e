"""What whoever runs a node asks of it by machine: figures for Prometheus, and whether it is ready."""
