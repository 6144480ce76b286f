// Command learn fits the weight table of package dedup to a directory of sets and
// prints it: go run ./internal/measure/learn [-split train] DIR [PAIRS…]
package main

import (
	"flag"
	"fmt"
	"os"

	"tidings/internal/measure"
)

func main() {
	split := flag.String("split", "train", "the half to fit to: train, test or all")
	flag.Parse()
	s, err := measure.ParseSplit(*split)
	if err == nil && flag.NArg() == 0 {
		err = fmt.Errorf("want a directory of sets")
	}
	if err == nil {
		err = measure.Learn(os.Stdout, flag.Arg(0), flag.Args()[1:], s)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "learn:", err)
		os.Exit(1)
	}
}
