//go:build race

package fetch

// raceDetector is whether the race detector is on, which makes all ten times slower.
const raceDetector = true
