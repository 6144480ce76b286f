// Command year polls an invented web of 500 feeds for a year, by the schedule of
// tidings and by two fixed ones, and prints how late entries were seen and what it
// cost. It takes some seconds.
//
//	go run ./internal/schedule/simulate/year
package main

import (
	"flag"
	"fmt"
	"time"

	"tidings/internal/schedule/simulate"
)

func main() {
	feeds := flag.Int("feeds", 500, "how many feeds")
	days := flag.Int("days", 365, "how many days")
	seed := flag.Uint64("seed", 1, "what the web is drawn from")
	flag.Parse()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	o := simulate.NewOrigin(*seed, *feeds, start, time.Duration(*days)*24*time.Hour)
	began := time.Now()
	ours := simulate.Run(o, simulate.Learned())
	hour := simulate.Run(o, simulate.Fixed("every hour", time.Hour))
	quarter := simulate.Run(o, simulate.Fixed("every 15 minutes", 15*time.Minute))
	fmt.Printf("%v, simulated in %v\n\n%s\n%s", o, time.Since(began).Round(100*time.Millisecond),
		simulate.Table(ours, hour, quarter), simulate.KindTable(o, ours, hour, quarter))
}
