"""What the sensor reports of itself: log, status line, Prometheus metrics, totals."""
