package poller

import "time"

var noon = time.Date(2026, 11, 18, 12, 0, 0, 0, time.UTC) // a Wednesday
